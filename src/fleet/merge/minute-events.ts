import type { DigestCentroids } from '../../contract/snapshot.ts';
import { TDigest } from '../../sketch/tdigest.ts';
import type { MinuteEvent } from '../minute.ts';
import { centroidsOf } from './centroids.ts';
import type { MergedEvent } from './merged-event.ts';
import type { MergedService } from './merged-service.ts';

/** Some 2.4 KB of JSON an event; at half of it, the P50 of many minutes merged is off by 4 %. */
const MINUTE_COMPRESSION = 200;
/** As many as a 32-bit float has, in which pods send means. */
const MEAN_DIGITS = 7;
const compact = TDigest.create(MINUTE_COMPRESSION);

/**
 * What each service did since the last call. Events that no pod reports any more and nobody counted are left out, so
 * that a year of names costs nothing.
 */
export function minuteEvents(services: Iterable<MergedService>): MinuteEvent[] {
  const events: MinuteEvent[] = [];
  for (const { service, events: merged } of services) {
    for (const event of merged.values()) {
      const { minuteBase, count, errors, breaches } = event;
      if (!event.isReported && count === minuteBase.count) continue;
      events.push({
        service,
        event: event.event,
        unit: event.unit,
        slaThreshold: event.terms.threshold,
        objective: event.terms.objective,
        count: Math.max(0, count - minuteBase.count),
        errors: Math.max(0, errors - minuteBase.errors),
        breaches: Math.max(0, breaches - minuteBase.breaches),
        digest: minuteDigest(event),
      });
      Object.assign(minuteBase, { count, errors, breaches });
    }
  }
  return events;
}

function minuteDigest({ windows }: MergedEvent): DigestCentroids {
  compact.assignMerged([windows[2].digest]);
  const digest = centroidsOf(compact);
  const { means, min, max } = digest;
  // Rounding keeps the order, but may leave the range.
  for (let i = 0; i < means.length; i++) {
    means[i] = Math.min(max, Math.max(min, Number(means[i].toPrecision(MEAN_DIGITS))));
  }
  return digest;
}
