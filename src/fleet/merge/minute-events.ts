import type { DigestCentroids } from '../../contract/snapshot.ts';
import { TDigest } from '../../sketch/tdigest.ts';
import { WINDOW_COMPRESSION } from '../../state/event-state.ts';
import type { MinuteEvent } from '../minute.ts';
import { centroidsOf, digestOf } from './centroids.ts';
import type { MergedEvent } from './merged-event.ts';
import type { MergedService } from './merged-service.ts';
import type { Run } from './run.ts';

/** Some 2.4 KB of JSON an event; at half of it, the P50 of many minutes merged is off by 4 %. */
const MINUTE_COMPRESSION = 200;
/** As many as a 32-bit float has, in which pods send means. */
const MEAN_DIGITS = 7;
const gathered = TDigest.create(WINDOW_COMPRESSION);
const compact = TDigest.create(MINUTE_COMPRESSION);

/**
 * What each service did since the last call; `runs` are all that are not folded. Each is in the digest with the last 1 m
 * window that it gave within the minute, also when it gave no answer, or was gone, at the end of it. Events that no pod reports any more and nobody counted are left out, so
 * that a year of names costs nothing.
 */
export function minuteEvents(services: Iterable<MergedService>, runs: Iterable<Run>): MinuteEvent[] {
  const windows = takeWindows(runs);
  const events: MinuteEvent[] = [];
  for (const { service, events: merged } of services) {
    for (const event of merged.values()) {
      const { minuteBase, count, errors, breaches } = event;
      const folded = event.takeFoldedOfMinute();
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
        digest: minuteDigest(windows.get(event) ?? [], folded),
      });
      Object.assign(minuteBase, { count, errors, breaches });
    }
  }
  return events;
}

/** Out of the runs, so that the next minute begins with none. */
function takeWindows(runs: Iterable<Run>): Map<MergedEvent, DigestCentroids[]> {
  const windows = new Map<MergedEvent, DigestCentroids[]>();
  for (const run of runs) {
    for (const event of run.events.values()) {
      const { merged, minute } = event;
      event.minute = null;
      if (minute === null || minute.means.length === 0) continue;
      const list = windows.get(merged);
      if (list === undefined) windows.set(merged, [minute]);
      else list.push(minute);
    }
  }
  return windows;
}

function minuteDigest(windows: readonly DigestCentroids[], folded: TDigest | null): DigestCentroids {
  gathered.clear();
  if (folded !== null) gathered.merge(folded);
  for (const window of windows) gathered.merge(digestOf(window));
  compact.assignMerged([gathered]);
  const digest = centroidsOf(compact);
  const { means, min, max } = digest;
  // Rounding keeps the order, but may leave the range.
  for (let i = 0; i < means.length; i++) {
    means[i] = Math.min(max, Math.max(min, Number(means[i].toPrecision(MEAN_DIGITS))));
  }
  return digest;
}
