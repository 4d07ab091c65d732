/** Stable codes: programs may match on them, texts may change. */
export type ErrorCode =
  | 'PERF_OPTION_UNKNOWN'
  | 'PERF_OPTION_INVALID'
  | 'PERF_OPTIONS_FILE'
  | 'PERF_EVENT_INVALID'
  | 'PERF_BUFFER_INVALID'
  | 'PERF_STATE'
  | 'PERF_DUMP_DIRECTORY'
  | 'PERF_SNAPSHOT'
  | 'PERF_FLEET'
  | 'PERF_ROLLOUT'
  | 'PERF_ROLLOUT_REFUSED'
  | 'PERF_ROLLOUT_SPEC';

/** What start-up throws on bad input. At run time nothing is thrown: a bad call is a counted no-op. */
export class PerfMetricsError extends Error {
  override readonly name = 'PerfMetricsError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What to tell of anything that was thrown: not all of it is an Error. */
export function thrownText(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === 'string' ? thrown : `a thrown ${thrown === null ? 'null' : typeof thrown}`;
}

/** Codes of conditions that are reported once each, while the application runs on. */
export type WarningCode =
  | 'PERF_WORKER_FAILED'
  | 'PERF_PORT_IN_USE'
  | 'PERF_ENDPOINT_FAILED'
  | 'PERF_OPTIONS_FILE'
  | 'PERF_DUMP_FAILED'
  | 'PERF_DUMP_CORRUPT'
  | 'PERF_PROBE_FAILED'
  | 'PERF_THREAD_LIMIT';

export type Warn = (code: WarningCode, message: string) => void;
