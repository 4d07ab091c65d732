/** How the page stands with the service. Times are those of `performance.now()`. */
export interface Contact {
  readonly answeredAt: number | null;
  /** Since when an answer is owed: since the last one, or since the page came back into view. */
  readonly waitingSince: number;
  /** Why there is no answer; `null` after a good one. */
  readonly failure: string | null;
  readonly nextTryAt: number | null;
  readonly isPaused: boolean;
}

const FIRST_WAIT_MILLIS = 1000;
const LONGEST_WAIT_MILLIS = 10_000;

/** How long to wait after so many failures in a row. */
export function backOffMillis(failures: number): number {
  return Math.min(FIRST_WAIT_MILLIS * 2 ** failures, LONGEST_WAIT_MILLIS);
}
