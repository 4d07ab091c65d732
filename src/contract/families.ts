/**
 * The metric families of a service's endpoint: the one place where a family's name, type, labels and text stand.
 * Expositions, rules, dashboards and the README are derived from it or checked against it.
 */
export type FamilyType = 'counter' | 'gauge' | 'histogram';

export interface FamilySpec {
  readonly name: string;
  readonly type: FamilyType;
  readonly unit?: 'seconds' | 'ratio' | 'bytes';
  readonly labels: readonly string[];
  readonly help: string;
}

export const FAMILIES = {
  eventDuration: family(
    'perf_event_duration_seconds',
    'histogram',
    ['event'],
    'Duration of measured events (estimated true counts under sampling).',
  ),
  eventValue: family(
    'perf_event_value',
    'histogram',
    ['event', 'unit'],
    'Values of measured events that are no duration, in the unit named.',
  ),
  events: family(
    'perf_events_total',
    'counter',
    ['event', 'outcome'],
    'Events by outcome: the estimated true count under sampling.',
  ),
  eventQuantile: family(
    'perf_event_quantile_seconds',
    'gauge',
    ['event', 'quantile'],
    'Quantiles of durations since start, from the t-digest.',
  ),
  eventValueQuantile: family(
    'perf_event_value_quantile',
    'gauge',
    ['event', 'unit', 'quantile'],
    'Quantiles since start of events that are no duration, from the t-digest.',
  ),
  eventWindow: family(
    'perf_event_window_seconds',
    'gauge',
    ['event', 'window', 'quantile'],
    'Quantiles of durations over sliding windows. Absent while a window is empty.',
  ),
  eventWindowValue: family(
    'perf_event_window_value',
    'gauge',
    ['event', 'unit', 'window', 'quantile'],
    'Quantiles over sliding windows of events that are no duration.',
  ),
  eventWindowEvents: family(
    'perf_event_window_events',
    'gauge',
    ['event', 'window'],
    'Events in the sliding window (estimated true count).',
  ),
  slaThreshold: family(
    'perf_sla_threshold_seconds',
    'gauge',
    ['event'],
    'SLA of the event: slower is a breach.',
  ),
  sloObjective: family(
    'perf_slo_objective_ratio',
    'gauge',
    ['event'],
    'Ratio of events that must keep the SLA.',
  ),
  slaBreaches: family('perf_sla_breaches_total', 'counter', ['event'], 'Events that broke their SLA.'),
  slaCompliance: family(
    'perf_sla_compliance_ratio',
    'gauge',
    ['event', 'window'],
    'Ratio of events within their SLA. Absent while a window is empty.',
  ),
  slaBroken: family(
    'perf_sla_broken',
    'gauge',
    ['event', 'window'],
    '1 while compliance over the window is below the objective.',
  ),
  ringRecords: family(
    'perf_ring_records_total',
    'counter',
    [],
    'Records written to the rings: aggregated + overwritten.',
  ),
  ringAggregated: family('perf_ring_aggregated_total', 'counter', [], 'Records read from the rings.'),
  ringOverwritten: family(
    'perf_ring_overwritten_total',
    'counter',
    [],
    'Records overwritten before they were read.',
  ),
  ringBacklog: family('perf_ring_backlog_records', 'gauge', ['ring'], 'Records written and not yet read.'),
  ringCapacity: family('perf_ring_capacity_records', 'gauge', ['ring'], 'Records a ring holds.'),
  rejected: family(
    'perf_rejected_total',
    'counter',
    ['reason'],
    'Calls of the record path that were no-ops, by reason.',
  ),
  eventsSkipped: family(
    'perf_events_skipped_total',
    'counter',
    [],
    'Events that ended and were not measured: by sampling, or while disabled.',
  ),
  enabled: family('perf_enabled', 'gauge', [], '1 while events are measured.'),
  samplingRatio: family('perf_sampling_ratio', 'gauge', [], 'Share of events measured, in force.'),
  samplingTarget: family(
    'perf_sampling_target_ratio',
    'gauge',
    [],
    'Share of events that the options ask for.',
  ),
  configGeneration: family(
    'perf_config_generation',
    'gauge',
    [],
    'Generation of the options file in force; 0 without one.',
  ),
  configFileOk: family(
    'perf_config_file_ok',
    'gauge',
    [],
    '0 while the options file is bad and an earlier state of it is in force.',
  ),
  overheadSeconds: family(
    'perf_overhead_seconds_total',
    'counter',
    ['layer'],
    "The library's own cost: recording (calibrated at start, times events) and CPU time of the worker thread.",
  ),
  overheadRatio: family(
    'perf_overhead_ratio',
    'gauge',
    ['layer'],
    "The library's own cost as a share of one core over the last ten seconds.",
  ),
  gcPause: family(
    'perf_gc_pause_seconds',
    'histogram',
    ['kind'],
    'Garbage collection pauses of the application threads.',
  ),
  eventGc: family(
    'perf_event_gc_seconds_total',
    'counter',
    ['event'],
    'Garbage collection time inside measured events.',
  ),
  eventStall: family(
    'perf_event_stall_seconds_total',
    'counter',
    ['event'],
    'Time of event-loop stalls inside measured events.',
  ),
  tailGcRatio: family(
    'perf_event_tail_gc_ratio',
    'gauge',
    ['event'],
    'Share of the time of the slowest 0.1 % of events that was garbage collection.',
  ),
  slowestSymbol: family(
    'perf_event_slowest_seconds',
    'gauge',
    ['event', 'symbol'],
    "Slowest event of the last minute by symbol, of those among the eight slowest; a thread's symbols beyond its 256th are `other`.",
  ),
  stall: family(
    'perf_event_loop_stall_seconds',
    'gauge',
    ['ring'],
    'Time the event loop has been stalled for; 0 when it is not. Readable during the stall.',
  ),
  stallSeconds: family(
    'perf_event_loop_stalled_seconds_total',
    'counter',
    [],
    'Total length of the event-loop stalls that have ended.',
  ),
  loopDelay: family(
    'perf_event_loop_delay_seconds_total',
    'counter',
    [],
    'Sum of how late the heartbeats of the event loops were.',
  ),
  loopBeats: family(
    'perf_event_loop_beats_total',
    'counter',
    [],
    'Heartbeats of the event loops, 50 a second of each while it turns freely.',
  ),
  queueDepth: family('perf_queue_depth', 'gauge', ['queue'], 'Depth of a registered queue.'),
  memory: family(
    'perf_memory_bytes',
    'gauge',
    ['component'],
    'Memory: of the process, of the library, and of registered components.',
  ),
  cpu: family('perf_cpu_seconds_total', 'counter', [], 'CPU time of the process, user and system.'),
  workerRestarts: family('perf_worker_restarts_total', 'counter', [], 'Restarts of the worker thread.'),
  drain: family('perf_drain_seconds', 'gauge', [], 'Time the last drain took.'),
  startTime: family('perf_start_time_seconds', 'gauge', [], 'Unix time at which aggregation began.'),
} as const satisfies Record<string, FamilySpec>;

/** A family, its unit taken from its name. */
export function family(name: string, type: FamilyType, labels: readonly string[], help: string): FamilySpec {
  const unit = /_(seconds|ratio|bytes)(_total)?$/.exec(name)?.[1] as FamilySpec['unit'];
  return unit === undefined ? { name, type, labels, help } : { name, type, labels, help, unit };
}

/** A family with its samples: what every exposition format renders. */
export interface MetricFamily {
  readonly spec: FamilySpec;
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** Values of the spec's labels, in its order. */
  readonly labels: readonly string[];
  /** Of a counter or a gauge; the sum of a histogram. */
  readonly value: number;
  readonly histogram?: HistogramSample;
}

export interface HistogramSample {
  readonly count: number;
  readonly bounds: readonly number[];
  /** Cumulative, one a bound, then +Inf. */
  readonly cumulative: readonly number[];
  /** One a bucket; null where none was seen. */
  readonly exemplars?: readonly (Exemplar | null)[];
  readonly native?: NativeSample;
}

export interface NativeSample {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: NativeBuckets;
  readonly negative: NativeBuckets;
}

/** Runs of consecutive buckets. `offset` of the first is an index, of the others the gap since the run before. */
export interface NativeBuckets {
  readonly spans: readonly { readonly offset: number; readonly length: number }[];
  readonly counts: readonly number[];
}

export interface Exemplar {
  readonly traceId: string;
  readonly value: number;
  readonly timestampSeconds: number;
}
