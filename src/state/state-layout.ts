import { GC_KINDS, REJECTION_REASONS } from '../contract/record.ts';
import { ClassicHistogram } from '../sketch/classic-histogram.ts';

// What is known of the process as a whole, Float64 each. Times in Unix milliseconds.
export const AT = 0;
export const STARTED_AT = 1;
export const ENABLED = 2;
export const RATE = 3;
export const TARGET_RATE = 4;
export const KEEP_BREACHES = 5;
export const GENERATION = 6;
export const FILE_BAD = 7;
export const RECORD_SECONDS = 8;
export const AGGREGATE_SECONDS = 9;
export const RECORD_RATIO = 10;
export const AGGREGATE_RATIO = 11;
export const COST_RECORDED = 12;
export const COST_SKIPPED = 13;
export const EVENTS_PER_SECOND = 14;
export const DRAIN_SECONDS = 15;
export const STALL_SECONDS_TOTAL = 16;
export const RESIDENT_BYTES = 17;
export const LIBRARY_BYTES = 18;
/** Of rings whose thread has ended. */
export const RETIRED_RECORDED = 19;
export const RETIRED_OVERWRITTEN = 20;
export const RETIRED_AGGREGATED = 21;
export const RETIRED_SKIPPED = 22;
export const RETIRED_LOOP_DELAY_MICROS = 23;
export const RETIRED_LOOP_BEATS = 24;
export const RETIRED_REJECTED = 25;
export const GC_MAX_SECONDS = RETIRED_REJECTED + REJECTION_REASONS.length;
export const GC_HISTOGRAMS = GC_MAX_SECONDS + GC_KINDS.length;

export const GC_BUCKETS_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1,
];
const GC_HISTOGRAM_SLOTS = ClassicHistogram.stateLength(GC_BUCKETS_SECONDS.length);

// Of each ring. RING_NUMBER 0: the slot is free. Below 0: also free, but it keeps in mind that the ring of this number
// was let go, so that no worker takes it up again from its first record.
export const RINGS = GC_HISTOGRAMS + GC_KINDS.length * GC_HISTOGRAM_SLOTS;
export const MAX_RINGS = 64;
export const RING_NUMBER = 0;
/** Records read or overwritten, exact. */
export const RING_TAIL = 1;
export const RING_OVERWRITTEN = 2;
/** Records that were aggregated, counted one chunk after the other. */
export const RING_AGGREGATED = 3;
// What the thread itself counts: as the ring's header had it when its records were read.
export const RING_SKIPPED = 4;
export const RING_LOOP_DELAY_MICROS = 5;
export const RING_LOOP_BEATS = 6;
export const RING_SLOTS = 7;

export const PROCESS_SLOTS = RINGS + MAX_RINGS * RING_SLOTS;

/** The pauses of one kind of garbage collection, in a bank's process slots. */
export function gcHistogram(process: Float64Array, kind: number): ClassicHistogram {
  const at = GC_HISTOGRAMS + kind * GC_HISTOGRAM_SLOTS;
  return new ClassicHistogram(process.subarray(at, at + GC_HISTOGRAM_SLOTS), GC_BUCKETS_SECONDS);
}
