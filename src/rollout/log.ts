type Fields = Readonly<Record<string, string | number>>;

/** As pino's: what happened in words, and its figures as fields. */
export interface RolloutLog {
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
}
