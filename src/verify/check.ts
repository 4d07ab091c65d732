/** What a check found at one look. */
export interface Finding {
  readonly isOk: boolean;
  /** A sentence: what holds, or what is wrong. */
  readonly summary: string;
  /** Each a sentence of its own: what is wrong one by one, and what to do. */
  readonly details: readonly string[];
}

export interface Check {
  readonly name: string;
  /**
   * Looks once; is asked again until it finds that all is well. An error thrown is a finding too, for instance of a server
   * that does not answer.
   */
  look(signal: AbortSignal): Promise<Finding>;
}

export function ok(summary: string, details: readonly string[] = []): Finding {
  return { isOk: true, summary, details };
}

export function fault(summary: string, details: readonly string[] = []): Finding {
  return { isOk: false, summary, details };
}
