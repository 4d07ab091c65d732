import type { Quantiles } from '../../contract/statistics.ts';
import { TDigest } from '../../sketch/tdigest.ts';
import type { Minute, MinuteEvent } from '../minute.ts';
import { mergedDigest, minuteDigest } from './minute-digest.ts';

/** What an event did in a period. Times in Unix milliseconds. */
export interface EventPeriodSummary {
  /** `''` for all services together. */
  readonly service: string;
  readonly event: string;
  readonly unit: string;
  /** Sums over the minutes, exact. */
  readonly count: number;
  readonly errors: number;
  readonly breaches: number;
  /** Of the events that had an SLA; null when none had. */
  readonly compliance: number | null;
  /** As it was last; of all services together the strictest. */
  readonly sla: Sla | null;
  /** Of all events of the period: the minutes' digests merged, each in proportion to its count. */
  readonly quantiles: Quantiles | null;
  /** The minute of the greatest P99. */
  readonly worst: WorstMinute | null;
}

export interface Sla {
  readonly threshold: number;
  readonly objective: number;
}

export interface WorstMinute {
  readonly p99: number;
  readonly from: number;
  readonly to: number;
}

/** Four times as fine as what is merged, so that merging 43,200 minutes adds no error of its own. */
const COMPRESSION = 1024;
/** One compression for so many minutes: quicker and finer than one for each. */
const AT_ONCE = 64;

/** An event of one service, minute by minute. */
export class EventPeriod {
  readonly service: string;
  readonly event: string;
  readonly unit: string;
  private count = 0;
  private errors = 0;
  private breaches = 0;
  /** Events that had an SLA. */
  private judged = 0;
  private sla: Sla | null = null;
  private readonly digest = TDigest.create(COMPRESSION);
  private pending: TDigest[] = [];
  private readonly worst = new WorstOf();

  constructor({ service, event, unit }: Pick<MinuteEvent, 'service' | 'event' | 'unit'>) {
    this.service = service;
    this.event = event;
    this.unit = unit;
  }

  /** Returns the minute's digest; null when nothing happened. */
  add(event: MinuteEvent, minute: Minute): TDigest | null {
    this.count += event.count;
    this.errors += event.errors;
    if (event.slaThreshold !== null) {
      this.judged += event.count;
      this.breaches += event.breaches;
      this.sla = { threshold: event.slaThreshold, objective: event.objective };
    }
    const digest = minuteDigest(event);
    if (digest === null) return null;
    this.worst.add([digest], minute);
    this.pending.push(digest);
    if (this.pending.length >= AT_ONCE) this.mergePending();
    return digest;
  }

  /** What several services did together. The worst minute is that of all of them, which none of them knows. */
  static together(parts: readonly EventPeriod[], worst: WorstOf): EventPeriodSummary {
    const sum = (of: (part: EventPeriod) => number): number =>
      parts.reduce((total, part) => total + of(part), 0);
    for (const part of parts) part.mergePending();
    return summary(
      { service: '', event: parts[0].event, unit: parts[0].unit },
      {
        count: sum(({ count }) => count),
        errors: sum(({ errors }) => errors),
        breaches: sum(({ breaches }) => breaches),
        judged: sum(({ judged }) => judged),
        sla: parts.map(({ sla }) => sla).reduce(strictest),
        digest: mergedDigest(
          parts.map(({ digest }) => digest),
          COMPRESSION,
        ),
        worst: worst.minute,
      },
    );
  }

  summary(): EventPeriodSummary {
    this.mergePending();
    const { count, errors, breaches, judged, sla, digest } = this;
    return summary(this, { count, errors, breaches, judged, sla, digest, worst: this.worst.minute });
  }

  private mergePending(): void {
    if (this.pending.length > 0) this.digest.assignMerged([this.digest, ...this.pending]);
    this.pending = [];
  }
}

/** The minute of the greatest P99, of what one or several digests hold together. */
export class WorstOf {
  minute: WorstMinute | null = null;

  add(digests: readonly TDigest[], { from, to }: Minute): void {
    const least = this.minute?.p99 ?? Number.NEGATIVE_INFINITY;
    // What they hold together has no greater P99 than the greatest of theirs: most minutes need not be merged.
    if (!digests.some((digest) => digest.quantile(0.99) > least)) return;
    const p99 = mergedDigest(digests, COMPRESSION).quantile(0.99);
    if (p99 > least) this.minute = { p99, from, to };
  }
}

function summary(
  { service, event, unit }: Pick<EventPeriodSummary, 'service' | 'event' | 'unit'>,
  found: {
    readonly count: number;
    readonly errors: number;
    readonly breaches: number;
    readonly judged: number;
    readonly sla: Sla | null;
    readonly digest: TDigest;
    readonly worst: WorstMinute | null;
  },
): EventPeriodSummary {
  const { count, errors, breaches, judged, sla, digest, worst } = found;
  return {
    service,
    event,
    unit,
    count,
    errors,
    breaches,
    compliance: judged > 0 ? Math.max(0, 1 - breaches / judged) : null,
    sla,
    quantiles: digest.centroidCount > 0 ? quantilesOf(digest) : null,
    worst,
  };
}

function quantilesOf(digest: TDigest): Quantiles {
  return {
    p50: digest.quantile(0.5),
    p95: digest.quantile(0.95),
    p99: digest.quantile(0.99),
    p999: digest.quantile(0.999),
  };
}

function strictest(a: Sla | null, b: Sla | null): Sla | null {
  if (a === null || b === null) return a ?? b;
  return { threshold: Math.min(a.threshold, b.threshold), objective: Math.max(a.objective, b.objective) };
}
