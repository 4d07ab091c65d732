/** What adaptive sampling looks at. */
export interface Load {
  /** Share of an application thread that recording takes; of the busiest thread. */
  readonly overheadRatio: number;
  /** Fill of the fullest ring when it was drained, 0 to 1 and beyond. */
  readonly backlogRatio: number;
  readonly lost: boolean;
}

const MIN_RATE = 0.01;
const BACKLOG_BUDGET = 0.5;
/** Load must have fallen this far below its budget before the rate is raised again. */
const RAISE_BELOW = 0.4;
const LOWER_INTERVAL_MILLIS = 300;
/** The overhead is measured once a second: so long after a change of rate a figure tells of the new rate alone. */
const MEASURED_AFTER_MILLIS = 2500;

/**
 * Halves the sampling rate while recording costs more than its budget or a ring fills faster than it is read, and
 * doubles it, more slowly, once there is room again for twice the load.
 */
export class AdaptiveSampling {
  /** What the target rate is multiplied by. */
  private factor = 1;
  private changedAt = Number.NEGATIVE_INFINITY;

  /** The rate to use now (monotonic milliseconds), at most `target`. */
  next(now: number, target: number, load: Load, overheadBudget: number): number {
    const isFlooded = load.backlogRatio > BACKLOG_BUDGET || load.lost;
    const isDear = load.overheadRatio > overheadBudget;
    const isRoomy =
      load.overheadRatio < overheadBudget * RAISE_BELOW && load.backlogRatio < BACKLOG_BUDGET * RAISE_BELOW;
    const elapsed = now - this.changedAt;
    const isMeasured = elapsed >= MEASURED_AFTER_MILLIS;
    if ((isFlooded && elapsed >= LOWER_INTERVAL_MILLIS) || (isDear && isMeasured)) {
      if (target * this.factor > MIN_RATE) this.change(now, this.factor / 2);
    } else if (isRoomy && !isFlooded && isMeasured && this.factor < 1) {
      this.change(now, this.factor * 2);
    }
    return Math.max(MIN_RATE, target * this.factor);
  }

  /** Forgets what it has lowered: the rate is the target's again. */
  reset(): void {
    this.factor = 1;
    this.changedAt = Number.NEGATIVE_INFINITY;
  }

  private change(now: number, factor: number): void {
    this.factor = factor;
    this.changedAt = now;
  }
}
