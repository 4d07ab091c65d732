import type { EventStatistics, Quantiles } from '../contract/statistics.ts';
import type { Dump } from './dumps.ts';

/** What the dumps of a period say, all processes of the directory together. Times in Unix milliseconds. */
export interface DumpSummary {
  readonly from: number | null;
  readonly to: number | null;
  readonly dumps: number;
  /** Runs of a process: a restart begins another. */
  readonly runs: number;
  readonly events: readonly EventSummary[];
}

export interface EventSummary {
  readonly event: string;
  readonly unit: string;
  /** Increases within the period. */
  readonly count: number;
  readonly errors: number;
  readonly breaches: number;
  /** Of the period; null without an SLA or without events. */
  readonly compliance: number | null;
  readonly threshold: number | null;
  /** P99 of the minute before each dump: the median over the dumps, the worst, and when that was. */
  readonly medianP99: number | null;
  readonly worstP99: number | null;
  readonly worstAt: number | null;
  /** Since the start of the run, in its last dump. */
  readonly quantiles: Quantiles | null;
}

interface Counters {
  readonly count: number;
  readonly errors: number;
  readonly breaches: number;
}

const NONE: Counters = { count: 0, errors: 0, breaches: 0 };

/**
 * Sums the increases of each run's counters. A run that began within the period counts from 0; of one that began
 * before it, the first dump in the period is what later ones are compared with.
 */
export async function summarizeDumps(
  dumps: AsyncIterable<Dump>,
  from = Number.NEGATIVE_INFINITY,
): Promise<DumpSummary> {
  const runs = new Set<string>();
  const events = new Map<string, EventHistory>();
  let count = 0;
  let first: number | null = null;
  let last: number | null = null;
  for await (const { pid, statistics } of dumps) {
    const { at, startedAt } = statistics;
    const run = `${pid} ${startedAt}`;
    for (const event of statistics.events) {
      const history = events.get(event.event) ?? new EventHistory(event);
      events.set(event.event, history);
      history.add(run, at, event, startedAt >= from);
    }
    runs.add(run);
    count++;
    first = Math.min(first ?? at, at);
    last = Math.max(last ?? at, at);
  }
  return {
    from: first,
    to: last,
    dumps: count,
    runs: runs.size,
    events: [...events.values()].map((e) => e.summary()),
  };
}

/** One event's counters and quantiles, dump by dump. */
class EventHistory {
  private latest: EventStatistics;
  private readonly before = new Map<string, Counters>();
  private total = NONE;
  private readonly p99: number[] = [];
  private worstP99: number | null = null;
  private worstAt: number | null = null;

  constructor(event: EventStatistics) {
    this.latest = event;
  }

  add(run: string, at: number, event: EventStatistics, beganWithin: boolean): void {
    const before = this.before.get(run) ?? (beganWithin ? NONE : event);
    this.total = increase(this.total, before, event);
    this.before.set(run, { count: event.count, errors: event.errors, breaches: event.breaches });
    this.latest = event;
    const p99 = event.windows['1m'].quantiles?.p99;
    if (p99 === undefined) return;
    this.p99.push(p99);
    if (this.worstP99 !== null && p99 <= this.worstP99) return;
    this.worstP99 = p99;
    this.worstAt = at;
  }

  summary(): EventSummary {
    const { latest, total, worstP99, worstAt } = this;
    const { event, unit, sla, quantiles } = latest;
    const hasVerdict = sla !== null && total.count > 0;
    return {
      event,
      unit,
      ...total,
      compliance: hasVerdict ? Math.max(0, 1 - total.breaches / total.count) : null,
      threshold: sla?.threshold ?? null,
      medianP99: median(this.p99),
      worstP99,
      worstAt,
      quantiles,
    };
  }
}

/** A counter that fell was begun anew: all it shows came since. */
function increase(total: Counters, before: Counters, now: Counters): Counters {
  const since = now.count < before.count ? NONE : before;
  return {
    count: total.count + now.count - since.count,
    errors: total.errors + Math.max(0, now.errors - since.errors),
    breaches: total.breaches + Math.max(0, now.breaches - since.breaches),
  };
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
