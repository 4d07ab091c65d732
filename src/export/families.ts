import { DURATION_UNIT } from '../contract/events.ts';
import { FAMILIES, type MetricFamily, type Sample } from '../contract/families.ts';
import { GC_KINDS } from '../contract/record.ts';
import {
  type EventStatistics,
  QUANTILES,
  type Quantiles,
  type Statistics,
  WINDOW_NAMES,
} from '../contract/statistics.ts';
import { successCount } from '../contract/success-count.ts';
import { processTotals } from '../state/process-totals.ts';
import type { Bank } from '../state/state-buffer.ts';
import { DRAIN_SECONDS, gcHistogram } from '../state/state-layout.ts';
import { statisticsOf } from '../state/statistics.ts';
import type { StatisticsSource } from '../state/statistics-source.ts';
import { classicSample, eventHistogram } from './histogram-sample.ts';
import { slowestSymbolSamples } from './slowest-symbols.ts';

/** Values of the label `quantile`, with their key in `Quantiles`. */
const QUANTILE_LABELS = QUANTILES.map((q, i): [label: string, key: keyof Quantiles] => [
  String(q),
  (['p50', 'p95', 'p99', 'p999'] as const)[i],
]);

/**
 * Every family of the contract that has samples now, in the contract's order, from one consistent picture. Counters and
 * histograms of an event exist from the start, at 0, so that the first increase of each is seen; quantiles and
 * compliance are absent while there is nothing to tell them from.
 */
export function collectFamilies(source: StatisticsSource): MetricFamily[] {
  const cpuSeconds = source.processCpuSeconds();
  return source.state.read((bank) => familiesOf(bank, statisticsOf(bank, source), source, cpuSeconds));
}

type FamilyKey = keyof typeof FAMILIES;

function familiesOf(
  bank: Bank,
  statistics: Statistics,
  { rings }: StatisticsSource,
  cpuSeconds: number,
): MetricFamily[] {
  const samples: Record<FamilyKey, Sample[]> = {
    ...eventSamples(bank, statistics),
    ...slaSamples(statistics.events),
    ...pauseSamples(bank, statistics),
    slowestSymbol: slowestSymbolSamples(statistics.events, rings),
    ...ringSamples(statistics),
    ...controlSamples(statistics),
    ...processSamples(bank, statistics),
    ...countedWhileDisabled(bank, cpuSeconds),
  };
  return (Object.keys(FAMILIES) as FamilyKey[])
    .map((key) => ({ spec: FAMILIES[key], samples: samples[key] }))
    .filter((family) => family.samples.length > 0);
}

function eventSamples(bank: Bank, { events }: Statistics) {
  const histograms = events.map(({ event, unit }, id) => {
    const labels = unit === DURATION_UNIT ? [event] : [event, unit];
    return {
      unit,
      sample: { labels, value: bank.events[id].classic.sum, histogram: eventHistogram(bank.events[id]) },
    };
  });
  const windows = events.flatMap((event) =>
    WINDOW_NAMES.map((window) => ({ event, window, ...event.windows[window] })),
  );
  return {
    eventDuration: histograms.filter(({ unit }) => unit === DURATION_UNIT).map(({ sample }) => sample),
    eventValue: histograms.filter(({ unit }) => unit !== DURATION_UNIT).map(({ sample }) => sample),
    events: events.flatMap(({ event, count, errors }) => [
      { labels: [event, 'ok'], value: successCount(count, errors) },
      { labels: [event, 'error'], value: errors },
    ]),
    eventQuantile: events.flatMap(({ event, unit, quantiles }) =>
      unit === DURATION_UNIT ? quantileSamples([event], quantiles) : [],
    ),
    eventValueQuantile: events.flatMap(({ event, unit, quantiles }) =>
      unit === DURATION_UNIT ? [] : quantileSamples([event, unit], quantiles),
    ),
    eventWindow: windows.flatMap(({ event, window, quantiles }) =>
      event.unit === DURATION_UNIT ? quantileSamples([event.event, window], quantiles) : [],
    ),
    eventWindowValue: windows.flatMap(({ event, window, quantiles }) =>
      event.unit === DURATION_UNIT ? [] : quantileSamples([event.event, event.unit, window], quantiles),
    ),
    eventWindowEvents: windows.map(({ event, window, count }) => ({
      labels: [event.event, window],
      value: count,
    })),
  };
}

function quantileSamples(labels: readonly string[], quantiles: Quantiles | null): Sample[] {
  if (quantiles === null) return [];
  return QUANTILE_LABELS.map(([label, key]) => ({ labels: [...labels, label], value: quantiles[key] }));
}

function slaSamples(events: readonly EventStatistics[]) {
  const slas = events.flatMap((event) => (event.sla === null ? [] : [{ ...event, ...event.sla }]));
  return {
    slaThreshold: slas
      .filter(({ unit }) => unit === DURATION_UNIT)
      .map(({ event, threshold }) => ({ labels: [event], value: threshold })),
    sloObjective: slas.map(({ event, objective }) => ({ labels: [event], value: objective })),
    slaBreaches: slas.map(({ event, breaches }) => ({ labels: [event], value: breaches })),
    slaCompliance: slas.flatMap(({ event, windows }) =>
      WINDOW_NAMES.flatMap((window) => {
        const { compliance } = windows[window];
        return compliance === null ? [] : [{ labels: [event, window], value: compliance }];
      }),
    ),
    slaBroken: slas.flatMap(({ event, broken }) =>
      WINDOW_NAMES.map((window) => ({ labels: [event, window], value: broken.includes(window) ? 1 : 0 })),
    ),
  };
}

function pauseSamples({ process }: Bank, { events, health }: Statistics) {
  return {
    gcPause: GC_KINDS.flatMap((kind, i) => {
      const histogram = gcHistogram(process, i);
      return histogram.count > 0
        ? [{ labels: [kind], value: histogram.sum, histogram: classicSample(histogram) }]
        : [];
    }),
    eventGc: events.map(({ event, gcSeconds }) => ({ labels: [event], value: gcSeconds })),
    eventStall: events.map(({ event, stallSeconds }) => ({ labels: [event], value: stallSeconds })),
    tailGcRatio: events.flatMap(({ event, tail }) =>
      tail === null ? [] : [{ labels: [event], value: tail.gcRatio }],
    ),
    stall: health.stalls.map(({ ring, seconds }) => ({ labels: [ring], value: seconds })),
    stallSeconds: single(health.stallSecondsTotal),
  };
}

function ringSamples({ ring }: Statistics) {
  return {
    ringRecords: single(ring.recorded),
    ringAggregated: single(ring.aggregated),
    ringOverwritten: single(ring.overwritten),
    ringBacklog: ring.rings.map(({ ring: name, backlog }) => ({ labels: [name], value: backlog })),
    ringCapacity: ring.rings.map(({ ring: name, capacity }) => ({ labels: [name], value: capacity })),
    rejected: byName(ring.rejected),
  };
}

function controlSamples({ sampling, overhead }: Statistics) {
  return {
    enabled: single(sampling.enabled ? 1 : 0),
    samplingRatio: single(sampling.ratio),
    samplingTarget: single(sampling.targetRatio),
    configGeneration: single(sampling.configGeneration),
    configFileOk: single(sampling.configFileOk ? 1 : 0),
    overheadSeconds: [
      { labels: ['record'], value: overhead.recordSeconds },
      { labels: ['aggregate'], value: overhead.aggregateSeconds },
    ],
    overheadRatio: [
      { labels: ['record'], value: overhead.recordRatio },
      { labels: ['aggregate'], value: overhead.aggregateRatio },
    ],
  };
}

function processSamples({ process }: Bank, { health, startedAt }: Statistics) {
  return {
    queueDepth: byName(health.queues),
    memory: byName(health.memoryBytes),
    workerRestarts: single(health.workerRestarts),
    drain: single(process[DRAIN_SECONDS]),
    startTime: single(startedAt / 1e3),
  };
}

/** What compares processes that measure with those that do not. */
function countedWhileDisabled(bank: Bank, cpuSeconds: number) {
  const { skipped, loopDelaySeconds, loopBeats } = processTotals(bank);
  return {
    eventsSkipped: single(skipped),
    cpu: single(cpuSeconds),
    loopDelay: single(loopDelaySeconds),
    loopBeats: single(loopBeats),
  };
}

function single(value: number): Sample[] {
  return [{ labels: [], value }];
}

function byName(values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]) => ({ labels: [name], value }));
}
