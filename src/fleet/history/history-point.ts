import type { FleetStatistics, HistoryEvent, HistoryPoint, ServiceStatistics } from '../../contract/fleet.ts';
import type { TDigest } from '../../sketch/tdigest.ts';
import type { Minute, MinuteEvent } from '../minute.ts';
import { mergedDigest, minuteDigest } from './minute-digest.ts';

/** Of what all services did in a minute together: as fine as that of one of them. */
const COMPRESSION = 256;

/** The 5 s windows of a round. Windows without events are left out. */
export function roundPoint({ at, overall, services }: FleetStatistics): HistoryPoint {
  return { at, events: [overall, ...services].flatMap(windowsOf) };
}

function windowsOf({ service, events }: ServiceStatistics): HistoryEvent[] {
  return events.flatMap(({ event, unit, windows }) => {
    const { count, quantiles, compliance } = windows['5s'];
    return quantiles === null ? [] : [{ service, event, unit, count, ...quantiles, compliance }];
  });
}

/** What each service did in a minute, and all of them together. Events that did not happen are left out. */
export function minutePoint({ to, events }: Minute): HistoryPoint {
  const together = new Map<string, Seen[]>();
  const apart: HistoryEvent[] = [];
  for (const event of events) {
    const digest = minuteDigest(event);
    if (digest === null) continue;
    const seen = { event, digest };
    apart.push(historyEvent(event.service, [seen]));
    const key = `${event.event}\n${event.unit}`;
    together.set(key, [...(together.get(key) ?? []), seen]);
  }
  return { at: to, events: [...[...together.values()].map((seen) => historyEvent('', seen)), ...apart] };
}

interface Seen {
  readonly event: MinuteEvent;
  readonly digest: TDigest;
}

function historyEvent(service: string, seen: readonly Seen[]): HistoryEvent {
  const digests = seen.map(({ digest }) => digest);
  const digest = mergedDigest(digests, COMPRESSION);
  const { event, unit } = seen[0].event;
  let [count, judged, breaches] = [0, 0, 0];
  for (const { event } of seen) {
    count += event.count;
    if (event.slaThreshold === null) continue;
    judged += event.count;
    breaches += event.breaches;
  }
  return {
    service,
    event,
    unit,
    count,
    p50: digest.quantile(0.5),
    p95: digest.quantile(0.95),
    p99: digest.quantile(0.99),
    p999: digest.quantile(0.999),
    compliance: judged > 0 ? Math.max(0, 1 - breaches / judged) : null,
  };
}
