type Fields = Readonly<Record<string, string | number>>;

/** As pino's: what happened in words, and its figures as fields. */
export interface Log {
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
}
