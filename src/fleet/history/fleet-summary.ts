import type { TDigest } from '../../sketch/tdigest.ts';
import type { Minute } from '../minute.ts';
import { Coverage, type Gap } from './coverage.ts';
import { EventPeriod, type EventPeriodSummary, WorstOf } from './event-period.ts';

/** What the minutes of a period say. Times in Unix milliseconds. */
export interface FleetSummary {
  readonly kind: 'fleet';
  /** Of the period: as asked for, else of the first and the last minute. Null when there are no minutes. */
  readonly from: number | null;
  readonly to: number | null;
  /** How many there are, the share of the period's time that they cover, and where at least half a minute is missing. */
  readonly minutes: number;
  readonly coverage: number | null;
  readonly gaps: readonly Gap[];
  /** All services of the minutes, whether asked for or not. */
  readonly services: readonly string[];
  /** All services together first, then by service; events by name. */
  readonly events: readonly EventPeriodSummary[];
}

export interface SummaryPeriod {
  /** Unix milliseconds. */
  readonly from?: number;
  readonly to?: number;
  /** Only this one. */
  readonly service?: string;
}

/** @param minutes by time. */
export async function summarizeMinutes(
  minutes: AsyncIterable<Minute>,
  { from, to, service }: SummaryPeriod = {},
): Promise<FleetSummary> {
  const coverage = new Coverage(from);
  const services = new Set<string>();
  const events = new Events();
  for await (const minute of minutes) {
    coverage.add(minute);
    for (const event of minute.events) services.add(event.service);
    events.add(minute, service);
  }
  const covered = coverage.summary(to);
  return {
    kind: 'fleet',
    from: covered?.from ?? null,
    to: covered?.to ?? null,
    minutes: covered?.minutes ?? 0,
    coverage: covered?.ratio ?? null,
    gaps: covered?.gaps ?? [],
    services: [...services].sort(),
    events: [...(service === undefined ? events.together() : []), ...events.apart()],
  };
}

class Events {
  /** By service, event and unit; and what all services did, by event and unit. */
  private readonly periods = new Map<string, EventPeriod>();
  private readonly worst = new Map<string, WorstOf>();

  add(minute: Minute, service: string | undefined): void {
    const digests = new Map<string, TDigest[]>();
    for (const event of minute.events) {
      if (service !== undefined && event.service !== service) continue;
      const key = keyOf(event);
      const period = getOrAdd(this.periods, `${event.service}\n${key}`, () => new EventPeriod(event));
      const digest = period.add(event, minute);
      if (digest !== null) getOrAdd(digests, key, () => []).push(digest);
    }
    for (const [key, parts] of digests) getOrAdd(this.worst, key, () => new WorstOf()).add(parts, minute);
  }

  apart(): EventPeriodSummary[] {
    return [...this.periods.values()].map((period) => period.summary()).sort(byService);
  }

  together(): EventPeriodSummary[] {
    const parts = Map.groupBy(this.periods.values(), keyOf);
    return [...parts]
      .map(([key, periods]) => EventPeriod.together(periods, this.worst.get(key) ?? new WorstOf()))
      .sort(byService);
  }
}

/** Names hold no control characters. */
function keyOf({ event, unit }: { readonly event: string; readonly unit: string }): string {
  return `${event}\n${unit}`;
}

function byService(a: EventPeriodSummary, b: EventPeriodSummary): number {
  return compare(a.service, b.service) || compare(a.event, b.event) || compare(a.unit, b.unit);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function getOrAdd<T>(map: Map<string, T>, key: string, make: () => T): T {
  let found = map.get(key);
  if (found === undefined) {
    found = make();
    map.set(key, found);
  }
  return found;
}
