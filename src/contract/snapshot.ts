import type { NativeSample } from './families.ts';

/**
 * What `/digest` serves: everything that can be merged with other processes' without loss of meaning, in binary.
 *
 * Little-endian, no padding. `str` is a length byte and ASCII.
 *
 *      header     "PMDS" | u16 version | u16 flags (bit 0: enabled) | u32 events
 *                 str instance
 *                 f64 × 14: at, startedAt, generation, rate, target rate, record and aggregate overhead ratio,
 *                 CPU seconds, events offered, loop delay seconds, loop beats, records written, aggregated, overwritten
 *      event      str name | str unit | u8 flags (bit 0: has an SLA) | f64 SLA threshold | f64 objective
 *                 distribution (since start) | native | distribution (1s) | distribution (5s) | distribution (1m)
 *      distribution  f64 count | f64 errors | f64 breaches | u16 centroids n | u16 exact
 *                    n > 0: f64 sum | f64 min | f64 max | f32 × n means | f64 × n weights
 *      native     i8 schema | f64 zero threshold | f64 zero count | f64 count | f64 sum | buckets (+) | buckets (-)
 *      buckets    u16 spans s | u16 counts c | (i32 offset, u16 length) × s | f64 × c
 *
 * A change of the layout is a new version; readers refuse versions that they do not know.
 */
export const SNAPSHOT_MAGIC = 0x5344_4d50;
export const SNAPSHOT_VERSION = 2;
export const SNAPSHOT_CONTENT_TYPE = 'application/octet-stream';

/** What a process may be called: printable ASCII without spaces, quotes and backslashes. */
export const INSTANCE_NAME = /^[!#-&(-[\]-~]{1,253}$/;

/** What a reader takes; a writer stays far below. */
export const SNAPSHOT_LIMITS = {
  bytes: 32 * 1024 * 1024,
  centroids: 1024,
  /** Of one sign of a native histogram. */
  spans: 1024,
  buckets: 4096,
  /** Of a bucket at the finest schema: those of all 64-bit floats, twice over. */
  bucketIndex: 2 ** 20,
  count: Number.MAX_SAFE_INTEGER,
} as const;

export interface DigestSnapshot {
  /** Unix milliseconds: of the figures, and of the start of aggregation, which tells one run of a process from the next. */
  readonly at: number;
  readonly startedAt: number;
  /** What the process is called: the option `instance`, or the host's name. */
  readonly instance: string;
  readonly enabled: boolean;
  readonly generation: number;
  /** 0 to 1. */
  readonly rate: number;
  readonly targetRate: number;
  /** Shares of one core. */
  readonly recordOverheadRatio: number;
  readonly aggregateOverheadRatio: number;
  /** CPU time of the whole process, user and system, seconds. */
  readonly cpuSeconds: number;
  /** Events that ended, measured or not: also counted while measuring is disabled. */
  readonly offered: number;
  /** Sum of how late the heartbeats of the event loops were, in seconds, and how many there were. */
  readonly loopDelaySeconds: number;
  readonly loopBeats: number;
  /** recorded = aggregated + overwritten, exactly. */
  readonly recorded: number;
  readonly aggregated: number;
  readonly overwritten: number;
  readonly events: readonly EventSnapshot[];
}

export interface EventSnapshot {
  readonly name: string;
  readonly unit: string;
  /** In seconds or `unit`. */
  readonly slaThreshold: number | null;
  readonly objective: number;
  readonly total: DistributionSnapshot;
  readonly native: NativeSnapshot;
  /** In the order of `WINDOW_NAMES`. */
  readonly windows: readonly [DistributionSnapshot, DistributionSnapshot, DistributionSnapshot];
}

export interface DistributionSnapshot {
  /** Estimated true counts. */
  readonly count: number;
  readonly errors: number;
  readonly breaches: number;
  readonly digest: DigestCentroids;
}

/** A t-digest, ascending; `min` and `max` are NaN when it is empty. What `TDigest.load` takes. */
export interface DigestCentroids {
  readonly means: Float64Array;
  readonly weights: Float64Array;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly exactCount: number;
}

export interface NativeSnapshot extends NativeSample {
  readonly count: number;
  readonly sum: number;
}
