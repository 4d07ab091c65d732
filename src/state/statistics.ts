import type { EventSpec } from '../contract/events.ts';
import { GC_KINDS, REJECTION_REASONS } from '../contract/record.ts';
import {
  type Distribution,
  type EventStatistics,
  type HealthStatistics,
  QUANTILES,
  type Quantiles,
  type RingStatistics,
  type SlowEvent,
  type Statistics,
  WINDOW_NAMES,
  type WindowName,
} from '../contract/statistics.ts';
import {
  BREACHES,
  BROKEN,
  COUNT,
  ERRORS,
  type EventState,
  GC_SECONDS,
  SLOW_AT,
  SLOW_SLOTS,
  SLOW_SYMBOL,
  SLOW_TRACE,
  SLOW_VALUE,
  STALL_SECONDS,
  TAIL_GC_SECONDS,
  TAIL_SECONDS,
  TAIL_STALL_SECONDS,
  TRACE_SLOTS,
  WINDOW_BREACHES,
  WINDOW_COUNT,
  WINDOW_ERRORS,
  WINDOW_MAX,
  WINDOW_MIN,
  WINDOW_QUANTILES,
  WINDOW_SUM,
} from './event-state.ts';
import type { RingView } from './ring-view.ts';
import type { Bank } from './state-buffer.ts';
import {
  AGGREGATE_RATIO,
  AGGREGATE_SECONDS,
  AT,
  COST_RECORDED,
  COST_SKIPPED,
  ENABLED,
  EVENTS_PER_SECOND,
  FILE_BAD,
  GC_MAX_SECONDS,
  GENERATION,
  gcHistogram,
  KEEP_BREACHES,
  LIBRARY_BYTES,
  MAX_RINGS,
  RATE,
  RECORD_RATIO,
  RECORD_SECONDS,
  RESIDENT_BYTES,
  RETIRED_AGGREGATED,
  RETIRED_OVERWRITTEN,
  RETIRED_RECORDED,
  RETIRED_REJECTED,
  RING_AGGREGATED,
  RING_NUMBER,
  RING_OVERWRITTEN,
  RING_SLOTS,
  RING_TAIL,
  RINGS,
  STALL_SECONDS_TOTAL,
  STARTED_AT,
  TARGET_RATE,
} from './state-layout.ts';
import type { StatisticsSource } from './statistics-source.ts';

const SYMBOLS_PER_RING = 65_536;
/** Components of `memoryBytes` that the library itself reports. */
const OWN_COMPONENTS = ['process', 'rings', 'state', 'library'];

/** The picture of the service: what was committed last, and the rings' headers of this moment. Has no effects. */
export function readStatistics(source: StatisticsSource): Statistics {
  return source.state.read((bank) => statisticsOf(bank, source));
}

/** The same for a bank that is being read: call it within `StateBuffer.read`. */
export function statisticsOf(bank: Bank, source: StatisticsSource): Statistics {
  const { process } = bank;
  const rings = [...source.rings];
  const at = process[AT] === 0 ? source.wallClock() : process[AT];
  const startedAt = process[STARTED_AT] === 0 ? at : process[STARTED_AT];
  return {
    at,
    startedAt,
    instance: source.instance,
    uptimeSeconds: Math.max(0, at - startedAt) / 1e3,
    events: source.state.catalogue.specs.map((spec, id) => eventStatistics(spec, bank.events[id], rings)),
    ring: ringStatistics(process, rings),
    sampling: {
      enabled: process[ENABLED] === 1,
      ratio: process[RATE],
      targetRatio: process[TARGET_RATE],
      keepBreaches: process[KEEP_BREACHES] === 1,
      configGeneration: process[GENERATION],
      configFileOk: process[FILE_BAD] === 0,
    },
    overhead: {
      recordedEventSeconds: process[COST_RECORDED],
      skippedEventSeconds: process[COST_SKIPPED],
      recordSeconds: process[RECORD_SECONDS],
      aggregateSeconds: process[AGGREGATE_SECONDS],
      recordRatio: process[RECORD_RATIO],
      aggregateRatio: process[AGGREGATE_RATIO],
    },
    health: healthStatistics(process, rings, source),
  };
}

/** A trace id of four 32-bit words, in memory order, as 32 hexadecimal digits; null where all are 0 (none). */
export function traceText(slots: Float64Array, from: number): string | null {
  let text = '';
  for (let word = 0; word < TRACE_SLOTS; word++) {
    for (let shift = 0; shift < 32; shift += 8) {
      text += ((slots[from + word] >>> shift) & 0xff).toString(16).padStart(2, '0');
    }
  }
  return /^0*$/.test(text) ? null : text;
}

function eventStatistics(spec: EventSpec, event: EventState, rings: readonly RingView[]): EventStatistics {
  const { slots, digest } = event;
  const broken = WINDOW_NAMES.filter((_, window) => (slots[BROKEN] & (1 << window)) !== 0);
  const { slaThreshold, objective } = spec;
  const windows = WINDOW_NAMES.map((name, window) => [name, windowDistribution(spec, event.windows[window])]);
  return {
    event: spec.name,
    unit: spec.unit,
    count: slots[COUNT],
    errors: slots[ERRORS],
    breaches: slots[BREACHES],
    compliance: compliance(spec, slots[COUNT], slots[BREACHES]),
    mean: finite(digest.sum / digest.count),
    min: finite(digest.min),
    max: finite(digest.max),
    quantiles: quantiles((i) => digest.quantile(QUANTILES[i])),
    sla: slaThreshold === null ? null : { threshold: slaThreshold, objective, broken },
    windows: Object.fromEntries(windows) as Record<WindowName, Distribution>,
    gcSeconds: slots[GC_SECONDS],
    stallSeconds: slots[STALL_SECONDS],
    tail:
      slots[TAIL_SECONDS] > 0
        ? {
            gcRatio: Math.min(1, slots[TAIL_GC_SECONDS] / slots[TAIL_SECONDS]),
            stallRatio: Math.min(1, slots[TAIL_STALL_SECONDS] / slots[TAIL_SECONDS]),
          }
        : null,
    slowest: slowestEvents(event.slowest, rings),
  };
}

function windowDistribution(spec: EventSpec, figures: Float64Array): Distribution {
  const count = figures[WINDOW_COUNT];
  const isEmpty = count === 0;
  return {
    count,
    errors: figures[WINDOW_ERRORS],
    breaches: figures[WINDOW_BREACHES],
    compliance: compliance(spec, count, figures[WINDOW_BREACHES]),
    mean: isEmpty ? null : finite(figures[WINDOW_SUM] / count),
    min: isEmpty ? null : finite(figures[WINDOW_MIN]),
    max: isEmpty ? null : finite(figures[WINDOW_MAX]),
    quantiles: isEmpty ? null : quantiles((i) => figures[WINDOW_QUANTILES + i]),
  };
}

function compliance(spec: EventSpec, count: number, breaches: number): number | null {
  if (spec.slaThreshold === null || !(count > 0)) return null;
  return Math.min(1, Math.max(0, 1 - breaches / count));
}

function quantiles(at: (index: number) => number): Quantiles | null {
  const [p50, p95, p99, p999] = [at(0), at(1), at(2), at(3)];
  return Number.isFinite(p50 + p95 + p99 + p999) ? { p50, p95, p99, p999 } : null;
}

function slowestEvents(slots: Float64Array, rings: readonly RingView[]): SlowEvent[] {
  const slowest: SlowEvent[] = [];
  for (let slot = 0; slot < slots.length && slots[slot + SLOW_AT] !== 0; slot += SLOW_SLOTS) {
    const number = Math.floor(slots[slot + SLOW_SYMBOL] / SYMBOLS_PER_RING);
    const symbol = slots[slot + SLOW_SYMBOL] % SYMBOLS_PER_RING;
    slowest.push({
      value: slots[slot + SLOW_VALUE],
      at: slots[slot + SLOW_AT],
      symbol: rings.find((ring) => ring.number === number)?.symbols.get(symbol) ?? null,
      traceId: traceText(slots, slot + SLOW_TRACE),
    });
  }
  return slowest;
}

function ringStatistics(process: Float64Array, rings: readonly RingView[]): RingStatistics {
  let recorded = process[RETIRED_RECORDED];
  let overwritten = process[RETIRED_OVERWRITTEN];
  let aggregated = process[RETIRED_AGGREGATED];
  const attached = new Set<number>();
  for (let i = 0; i < MAX_RINGS; i++) {
    const slot = RINGS + i * RING_SLOTS;
    if (process[slot + RING_NUMBER] <= 0) continue;
    attached.add(process[slot + RING_NUMBER]);
    recorded += process[slot + RING_TAIL];
    overwritten += process[slot + RING_OVERWRITTEN];
    aggregated += process[slot + RING_AGGREGATED];
  }
  // A ring that is not attached has either no totals yet or its totals among the retired.
  const live = rings.filter((ring) => attached.has(ring.number));
  const rejected = REJECTION_REASONS.map((reason, i) => [
    reason,
    live.reduce((sum, ring) => sum + ring.rejected(i), process[RETIRED_REJECTED + i]),
  ]);
  return {
    recorded,
    aggregated,
    overwritten,
    rings: named(rings).map(([ring, view]) => ({
      ring,
      backlog: Math.min(view.backlogRecords, view.capacityRecords),
      capacity: view.capacityRecords,
    })),
    rejected: Object.fromEntries(rejected),
  };
}

function healthStatistics(
  process: Float64Array,
  rings: readonly RingView[],
  source: StatisticsSource,
): HealthStatistics {
  const now = source.clock();
  const own: [string, number][] = [
    ['process', process[RESIDENT_BYTES]],
    ['rings', rings.reduce((sum, ring) => sum + ring.shared.byteLength, 0)],
    ['state', source.state.shared.byteLength],
    ['library', process[LIBRARY_BYTES]],
  ];
  const registered = [...gauges(rings, 'memory')].map(([name, bytes]): [string, number] => [
    OWN_COMPONENTS.includes(name) ? `${name}_registered` : name,
    bytes,
  ]);
  return {
    eventsPerSecond: process[EVENTS_PER_SECOND],
    stalls: named(rings).map(([ring, view]) => ({ ring, seconds: view.stallSeconds(now) })),
    stallSecondsTotal: process[STALL_SECONDS_TOTAL],
    gc: GC_KINDS.flatMap((kind, i) => {
      const { count, sum } = gcHistogram(process, i);
      return count > 0 ? [{ kind, count, seconds: sum, maxSeconds: process[GC_MAX_SECONDS + i] }] : [];
    }),
    queues: Object.fromEntries(gauges(rings, 'queue')),
    memoryBytes: Object.fromEntries([...own.filter(([, bytes]) => bytes > 0), ...registered]),
    workerRestarts: source.workerRestarts,
  };
}

/** Rings under names that differ: threads may have given theirs the same. */
function named(rings: readonly RingView[]): [string, RingView][] {
  const taken = new Set<string>();
  return rings.map((ring) => {
    let name = ring.name;
    // Numbered among the rings there are, so that threads that come and go do not make ever new labels.
    for (let n = 2; taken.has(name); n++) name = `${ring.name}-${n}`;
    taken.add(name);
    return [name, ring];
  });
}

/** Registered gauges by name; those that several threads registered are summed, those that are no number left out. */
function gauges(rings: readonly RingView[], kind: 'queue' | 'memory'): Map<string, number> {
  const sums = new Map<string, number>();
  for (const ring of rings) {
    for (const [slot, gauge] of ring.gauges) {
      const value = ring.gauge(slot);
      if (gauge.kind === kind && Number.isFinite(value))
        sums.set(gauge.name, (sums.get(gauge.name) ?? 0) + value);
    }
  }
  return sums;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
