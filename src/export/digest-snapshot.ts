import type { EventSpec } from '../contract/events.ts';
import type {
  DigestCentroids,
  DigestSnapshot,
  DistributionSnapshot,
  EventSnapshot,
} from '../contract/snapshot.ts';
import { encodeSnapshot } from '../contract/snapshot-encoder.ts';
import type { Statistics } from '../contract/statistics.ts';
import type { TDigest } from '../sketch/tdigest.ts';
import {
  BREACHES,
  COUNT,
  ERRORS,
  type EventState,
  WINDOW_BREACHES,
  WINDOW_COUNT,
  WINDOW_ERRORS,
} from '../state/event-state.ts';
import { type ProcessTotals, processTotals } from '../state/process-totals.ts';
import { statisticsOf } from '../state/statistics.ts';
import type { StatisticsSource } from '../state/statistics-source.ts';
import { nativeSample } from './histogram-sample.ts';

/** The body of `/digest`. */
export function renderSnapshot(source: StatisticsSource): Uint8Array<ArrayBuffer> {
  return encodeSnapshot(takeSnapshot(source));
}

/** What `/digest` holds, from one consistent picture. */
export function takeSnapshot(source: StatisticsSource): DigestSnapshot {
  const cpuSeconds = source.processCpuSeconds();
  return source.state.read((bank) => ({
    ...processSnapshot(statisticsOf(bank, source), processTotals(bank)),
    cpuSeconds,
    events: source.state.catalogue.specs.map((spec, id) => eventSnapshot(spec, bank.events[id])),
  }));
}

function processSnapshot(
  { at, startedAt, instance, ring, sampling, overhead }: Statistics,
  { offered, loopDelaySeconds, loopBeats }: ProcessTotals,
): Omit<DigestSnapshot, 'events' | 'cpuSeconds'> {
  return {
    at,
    startedAt,
    instance,
    enabled: sampling.enabled,
    generation: sampling.configGeneration,
    rate: sampling.ratio,
    targetRate: sampling.targetRatio,
    recordOverheadRatio: overhead.recordRatio,
    aggregateOverheadRatio: overhead.aggregateRatio,
    offered,
    loopDelaySeconds,
    loopBeats,
    recorded: ring.recorded,
    aggregated: ring.aggregated,
    overwritten: ring.overwritten,
  };
}

function eventSnapshot(
  spec: EventSpec,
  { slots, digest, native, windows, windowDigests }: EventState,
): EventSnapshot {
  const window = (i: number): DistributionSnapshot => ({
    count: windows[i][WINDOW_COUNT],
    errors: windows[i][WINDOW_ERRORS],
    breaches: windows[i][WINDOW_BREACHES],
    digest: centroids(windowDigests[i]),
  });
  return {
    name: spec.name,
    unit: spec.unit,
    slaThreshold: spec.slaThreshold,
    objective: spec.objective,
    total: {
      count: slots[COUNT],
      errors: slots[ERRORS],
      breaches: slots[BREACHES],
      digest: centroids(digest),
    },
    native: { ...nativeSample(native), count: native.count, sum: native.sum },
    windows: [window(0), window(1), window(2)],
  };
}

function centroids(digest: TDigest): DigestCentroids {
  const means = new Float64Array(digest.centroidCount);
  const weights = new Float64Array(digest.centroidCount);
  digest.copyCentroids(means, weights);
  const { min, max, sum, exactCount } = digest;
  return { means, weights, min, max, sum, exactCount };
}
