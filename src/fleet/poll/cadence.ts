export const INTERVAL_MILLIS = 1000;

/**
 * When rounds are due: each an interval after the one before, however late that began, so that they do not drift. A round
 * that took longer than the interval is followed by the next at once; what it missed whole is left out.
 */
export class Cadence {
  rounds = 0;
  /** Rounds that began more than half an interval after they were due. */
  late = 0;
  private due: number;

  /** `now`, here and below: milliseconds on a monotonic clock. The first round is due at once. */
  constructor(now: number) {
    this.due = now;
  }

  waitMillis(now: number): number {
    return Math.max(0, this.due - now);
  }

  /** A round begins. Returns how many milliseconds late it is. */
  begin(now: number): number {
    const lagMillis = Math.max(0, now - this.due);
    this.due += INTERVAL_MILLIS * (1 + Math.floor(lagMillis / INTERVAL_MILLIS));
    this.rounds += 1;
    if (lagMillis > INTERVAL_MILLIS / 2) this.late += 1;
    return lagMillis;
  }
}
