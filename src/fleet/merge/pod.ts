import type { PodFigures, PodStatistics, SetAsideReason, Target } from '../../contract/fleet.ts';
import type { DigestSnapshot } from '../../contract/snapshot.ts';
import { digestOf } from './centroids.ts';
import { distributionOf } from './distribution.ts';
import { MAX_NEW_RUNS_PER_MINUTE, MINUTE_MILLIS, STALE_MILLIS } from './limits.ts';
import type { Run } from './run.ts';

/** A target and what became of its answers. */
export class Pod {
  target: Target;
  /** The run that it reported last. */
  run: Run | null = null;
  /** The round in which it was merged last; 0 when it never was. */
  mergedRound = 0;
  mergedAt: number | null = null;
  reason: SetAsideReason | null = null;
  figures: PodFigures | null = null;
  /** Pairs of service and event that it was the first to bring. */
  newPairs = 0;
  /** The last snapshot's own time, and when by our clock it was first seen. */
  private at = Number.NaN;
  private movedAt = 0;
  /** When the latest new runs were seen, oldest first. */
  private readonly newRuns: number[] = [];

  constructor(target: Target) {
    this.target = target;
  }

  /**
   * Whether the snapshot is of a process that goes on: its time must move between rounds. The times themselves are not
   * compared with ours, since the pod's clock may be wrong.
   */
  isStale({ at, startedAt }: DigestSnapshot, now: number): boolean {
    // A new run is a new process, even where a clock without resolution gives it the same time.
    const moved = at !== this.at || startedAt !== this.run?.startedAt;
    if (moved || now < this.movedAt) this.movedAt = now;
    this.at = at;
    return now - this.movedAt >= STALE_MILLIS;
  }

  /** Takes note of a run that nobody knew; false when there were too many of late. */
  mayStartRun(now: number): boolean {
    const { newRuns } = this;
    while (newRuns.length > 0 && !(Math.abs(now - newRuns[0]) < MINUTE_MILLIS)) newRuns.shift();
    if (newRuns.length >= MAX_NEW_RUNS_PER_MINUTE) return false;
    newRuns.push(now);
    return true;
  }

  merged(snapshot: DigestSnapshot, round: number, now: number): void {
    this.mergedRound = round;
    this.mergedAt = now;
    this.reason = null;
    this.figures = figuresOf(snapshot);
  }

  /** A target that is yet to be asked is set aside without a reason. */
  statistics(round: number): PodStatistics {
    const { id, name, service, url } = this.target;
    const { reason, mergedAt, figures } = this;
    const state = this.mergedRound === round ? 'merged' : 'set_aside';
    return { id, name, service, url, state, reason, mergedAt, figures };
  }
}

function figuresOf(snapshot: DigestSnapshot): PodFigures {
  const { aggregated: _, events, ...figures } = snapshot;
  return {
    ...figures,
    events: events.map(({ name, unit, slaThreshold, objective, total, windows }) => ({
      event: name,
      unit,
      objective,
      count: total.count,
      errors: total.errors,
      breaches: total.breaches,
      minute: distributionOf(windows[2], digestOf(windows[2].digest), slaThreshold !== null),
    })),
  };
}
