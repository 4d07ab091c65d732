import type { DigestSnapshot } from './snapshot.ts';
import type { SnapshotProblem } from './snapshot-reader.ts';
import type { Distribution, SlaChange, WindowName } from './statistics.ts';

/** A process whose `/digest` the aggregation worker reads. */
export interface Target {
  /** One run of a pod or one address: the pod's uid, or the URL. */
  readonly id: string;
  /** Shown to people: the pod's name, or host:port. */
  readonly name: string;
  /** What it is merged with. */
  readonly service: string;
  /** Of its endpoint, without a path: `http://10.0.0.7:9464`. */
  readonly url: string;
}

/** Why a target's answer was set aside in a round. Labels of a counter. */
export const SET_ASIDE_REASONS = [
  // No answer in time, no connection, another status than 200, a body beyond the limit.
  'timeout',
  'unreachable',
  'http_status',
  'too_large',
  // What `decodeSnapshot` says of the bytes.
  'not_a_snapshot',
  'version',
  'truncated',
  'trailing_bytes',
  'limit',
  'number',
  'order',
  'name',
  'inconsistent',
  // Well-formed, and not to be believed: more events than a process can record, digests that do not add up.
  'implausible',
  /** Totals of one run that fell. */
  'went_backwards',
  /** Of a worker thread that commits no more. */
  'stale',
  /** The same event in another unit than the rest of its service. */
  'unit_conflict',
  /** More events or services than the aggregation worker keeps apart. */
  'too_many_events',
] as const satisfies readonly (SnapshotProblem | string)[];
export type SetAsideReason = (typeof SET_ASIDE_REASONS)[number];

/** What a pod said of itself last. Counts are since the start of its run. */
export interface PodFigures extends Omit<DigestSnapshot, 'aggregated' | 'events'> {
  readonly events: readonly PodEventFigures[];
}

export interface PodEventFigures {
  readonly event: string;
  readonly unit: string;
  readonly objective: number;
  readonly count: number;
  readonly errors: number;
  readonly breaches: number;
  /** Over the last minute. */
  readonly minute: Distribution;
}

export interface PodStatistics extends Target {
  readonly state: 'merged' | 'set_aside';
  /** Of the last round; null when it was merged. */
  readonly reason: SetAsideReason | null;
  /** Unix milliseconds: when it was last merged; null when it never was. */
  readonly mergedAt: number | null;
  /** As of `mergedAt`. */
  readonly figures: PodFigures | null;
}

export interface FleetEventStatistics extends Distribution {
  readonly event: string;
  readonly unit: string;
  /** Where pods disagree: the strictest threshold and objective, and `isMixed`. */
  readonly sla: {
    readonly threshold: number;
    readonly objective: number;
    readonly isMixed: boolean;
    readonly broken: readonly WindowName[];
  } | null;
  readonly windows: Readonly<Record<WindowName, Distribution>>;
}

export interface ServiceStatistics {
  /** `''` for all services together. */
  readonly service: string;
  /** Pods merged in the last round. */
  readonly pods: number;
  readonly events: readonly FleetEventStatistics[];
  /** Records since start, of pods that are gone as well. */
  readonly recorded: number;
  readonly overwritten: number;
}

export interface FleetSlaChange extends SlaChange {
  readonly kind: 'violation' | 'recovery';
  /** `''` for all services together. */
  readonly service: string;
}

export interface RoundStatistics {
  /** Since the process started. */
  readonly rounds: number;
  /** Rounds that began more than half an interval after they were due. */
  readonly late: number;
  /** From the first request of the round to the merged result. */
  readonly durationSeconds: number;
  /** How long after it was due the round began. */
  readonly lagSeconds: number;
  readonly targets: number;
  readonly merged: number;
}

/** What the aggregation worker knows, once a second. Durations in seconds, times in Unix milliseconds. */
export interface FleetStatistics {
  readonly at: number;
  /** Since when totals are counted; restarts of the aggregation worker do not change it while its volume is kept. */
  readonly startedAt: number;
  readonly round: RoundStatistics;
  readonly overall: ServiceStatistics;
  /** By name. */
  readonly services: readonly ServiceStatistics[];
  /** By service, then name. */
  readonly pods: readonly PodStatistics[];
  /** Since the process started. */
  readonly setAside: Readonly<Partial<Record<SetAsideReason, number>>>;
  /** The latest, newest first. */
  readonly slaChanges: readonly FleetSlaChange[];
}

/** One moment of the charts: what a window held then. */
export interface HistoryPoint {
  readonly at: number;
  readonly events: readonly HistoryEvent[];
}

export interface HistoryEvent {
  /** `''` for all services together. */
  readonly service: string;
  readonly event: string;
  readonly unit: string;
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly compliance: number | null;
}

/** `/history.json`: the 5 s windows of the last minutes, second by second, and the 1 m windows of the last day. */
export interface FleetHistory {
  readonly seconds: readonly HistoryPoint[];
  readonly minutes: readonly HistoryPoint[];
}
