import type { PodEventFigures } from '../../contract/fleet.ts';

/** Estimated true counts. */
export type EventCounts = readonly [event: string, count: number, errors: number, breaches: number];

/** Events beyond these are not compared. */
const MAX_EVENTS = 100;
/** Pods times events: beyond it the shares are those of the first pods, which are as good a sample as any. */
const MAX_FOLLOWED = 5000;
const FIGURES = 3;

/** Totals as they were when the pod was seen last. */
interface Followed {
  readonly run: number;
  readonly events: readonly number[] | null;
}

/** Adds the increases of events' totals over pods. Bounded, since what was seen last has to be kept for each pod. */
export class EventTally {
  private readonly sums: Map<string, [count: number, errors: number, breaches: number]>;
  private followed: number;

  constructor(counts: readonly EventCounts[], pods: readonly Followed[]) {
    this.sums = new Map(counts.map(([event, ...figures]) => [event, figures]));
    this.followed = pods.filter(({ events }) => events !== null).length;
  }

  counts(): EventCounts[] {
    return [...this.sums].map(([event, figures]) => [event, ...figures]);
  }

  /** Adds what the pod counted since `before`, and returns its totals of now; null when it is one too many. */
  follow(
    before: Followed | undefined,
    after: { readonly run: number },
    events: readonly PodEventFigures[],
  ): number[] | null {
    for (const { event } of events) {
      if (!this.sums.has(event) && this.sums.size < MAX_EVENTS) this.sums.set(event, [0, 0, 0]);
    }
    const known = before?.events ?? null;
    const limit = Math.floor(MAX_FOLLOWED / Math.max(1, this.sums.size));
    if (this.followed > limit && known !== null) {
      this.followed--;
      return null;
    }
    if (known === null) {
      if (this.followed >= limit) return null;
      this.followed++;
    }
    const totals = this.totals(events);
    if (known !== null && before?.run === after.run) this.add(known, totals);
    return totals;
  }

  private totals(events: readonly PodEventFigures[]): number[] {
    const byName = new Map(events.map((figures) => [figures.event, figures]));
    return [...this.sums.keys()].flatMap((event) => {
      const figures = byName.get(event);
      // Whole numbers: what the rounding of one increase takes, that of the next gives back.
      return [figures?.count ?? 0, figures?.errors ?? 0, figures?.breaches ?? 0].map(Math.round);
    });
  }

  private add(known: readonly number[], totals: readonly number[]): void {
    [...this.sums.values()].forEach((sum, i) => {
      for (let k = 0; k < FIGURES; k++) {
        const at = i * FIGURES + k;
        // An event without a figure before had not been counted at all.
        sum[k] += Math.max(0, totals[at] - (known[at] ?? 0));
      }
    });
  }
}
