import type { FleetEventStatistics, FleetStatistics, PodStatistics } from '../../contract/fleet.ts';

/** Of fewer events a P99 says little: such pods come after the others. */
const ENOUGH_EVENTS = 20;

/** A merged pod, and where it is furthest from its service: over the last minute. */
export interface PodDeviation {
  readonly pod: PodStatistics;
  /** Null when there is no event to compare. */
  readonly event: string | null;
  readonly unit: string;
  readonly p99: number | null;
  /** The pod's P99 over its service's: 2 is twice as slow. */
  readonly ratio: number;
}

/**
 * Merged pods, those first whose P99 of any event is furthest from that of their service, above or below it (as a ratio:
 * half is as far as twice).
 */
export function podDeviations({ services, pods }: FleetStatistics): PodDeviation[] {
  const events = new Map(services.map(({ service, events }) => [service, byName(events)]));
  return pods
    .filter(({ state }) => state === 'merged')
    .map((pod) => deviationOf(pod, events.get(pod.service)))
    .map((deviation) => ({ deviation, distance: distanceOf(deviation) }))
    .sort((a, b) => b.distance - a.distance)
    .map(({ deviation }) => deviation);
}

function deviationOf(
  pod: PodStatistics,
  service: ReadonlyMap<string, FleetEventStatistics> | undefined,
): PodDeviation {
  let furthest: PodDeviation = { pod, event: null, unit: '', p99: null, ratio: 1 };
  for (const { event, unit, minute } of pod.figures?.events ?? []) {
    const p99 = minute.quantiles?.p99;
    const fleet = service?.get(event)?.windows['1m'].quantiles?.p99;
    // Values that are no duration may be negative, and have no ratio then.
    if (p99 === undefined || fleet === undefined || !(p99 > 0) || !(fleet > 0)) continue;
    if (minute.count < ENOUGH_EVENTS) continue;
    const found = { pod, event, unit, p99, ratio: p99 / fleet };
    if (distanceOf(found) > distanceOf(furthest)) furthest = found;
  }
  return furthest;
}

/** Below 0 when there is nothing to compare. */
function distanceOf({ event, ratio }: PodDeviation): number {
  return event === null ? -1 : Math.abs(Math.log(ratio));
}

function byName(events: readonly FleetEventStatistics[]): ReadonlyMap<string, FleetEventStatistics> {
  return new Map(events.map((event) => [event.event, event]));
}
