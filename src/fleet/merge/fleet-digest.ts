import type { PodFigures } from '../../contract/fleet.ts';
import { MAX_EVENTS } from '../../contract/record.ts';
import {
  type DigestCentroids,
  type DistributionSnapshot,
  type EventSnapshot,
  SNAPSHOT_LIMITS,
} from '../../contract/snapshot.ts';
import { encodeSnapshot } from '../../contract/snapshot-encoder.ts';
import { centroidsOf, nativeOf } from './centroids.ts';
import type { MergedEvent } from './merged-event.ts';
import type { MergedService } from './merged-service.ts';
import type { MergedWindow } from './merged-window.ts';

const INSTANCE = 'fleet';

/** All services together as one process would tell it in `/digest`: gauges are the worst or the sum of the merged pods'. */
export function encodeFleet(
  overall: MergedService,
  pods: readonly PodFigures[],
  at: number,
  startedAt: number,
): Uint8Array<ArrayBuffer> {
  const all = (read: (pod: PodFigures) => number): number[] => pods.map(read);
  const recorded = Math.min(overall.recorded, SNAPSHOT_LIMITS.count);
  const overwritten = Math.min(overall.overwritten, recorded);
  return encodeSnapshot({
    at,
    startedAt,
    instance: INSTANCE,
    enabled: pods.some(({ enabled }) => enabled),
    generation: least(all(({ generation }) => generation)),
    rate: least(all(({ rate }) => rate)),
    targetRate: least(all(({ targetRate }) => targetRate)),
    recordOverheadRatio: Math.max(0, ...all(({ recordOverheadRatio }) => recordOverheadRatio)),
    aggregateOverheadRatio: Math.max(0, ...all(({ aggregateOverheadRatio }) => aggregateOverheadRatio)),
    cpuSeconds: total(all(({ cpuSeconds }) => cpuSeconds)),
    offered: total(all(({ offered }) => offered)),
    loopDelaySeconds: total(all(({ loopDelaySeconds }) => loopDelaySeconds)),
    loopBeats: total(all(({ loopBeats }) => loopBeats)),
    recorded,
    aggregated: recorded - overwritten,
    overwritten,
    events: [...overall.events.values()].slice(0, MAX_EVENTS).map(snapshotOf),
  });
}

function snapshotOf(event: MergedEvent): EventSnapshot {
  const { terms, total, native, windows } = event;
  return {
    name: event.event,
    unit: event.unit,
    slaThreshold: terms.threshold,
    objective: terms.objective,
    total: distribution(event, centroidsOf(total)),
    native: nativeOf(native),
    windows: [window(windows[0]), window(windows[1]), window(windows[2])],
  };
}

function window(merged: MergedWindow): DistributionSnapshot {
  return distribution(merged, centroidsOf(merged.digest));
}

function distribution(
  { count, errors, breaches }: { count: number; errors: number; breaches: number },
  digest: DigestCentroids,
): DistributionSnapshot {
  const most = Math.min(count, SNAPSHOT_LIMITS.count);
  return { count: most, errors: Math.min(errors, most), breaches: Math.min(breaches, most), digest };
}

function least(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.min(...values);
}

function total(values: readonly number[]): number {
  return Math.min(
    values.reduce((sum, value) => sum + value, 0),
    SNAPSHOT_LIMITS.count,
  );
}
