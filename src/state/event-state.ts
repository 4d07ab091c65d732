import type { EventSpec } from '../contract/events.ts';
import { QUANTILES, WINDOW_NAMES } from '../contract/statistics.ts';
import { ClassicHistogram } from '../sketch/classic-histogram.ts';
import { NativeHistogram } from '../sketch/native-histogram.ts';
import { TDigest } from '../sketch/tdigest.ts';

export const TOTAL_COMPRESSION = 500;
export const WINDOW_COMPRESSION = 256;
export const SLICE_COMPRESSION = 128;
export const NATIVE_BUCKETS = 160;
export const SLOWEST_KEPT = 8;

// Scalars of an event, Float64 each. Counts are weighted: estimates of the true count under sampling.
export const COUNT = 0;
export const ERRORS = 1;
export const BREACHES = 2;
export const RECORDS = 3;
export const GC_SECONDS = 4;
export const STALL_SECONDS = 5;
/** Of the events slower than the P99.9 known when they came: their time, and the GC and stalls in it. */
export const TAIL_SECONDS = 6;
export const TAIL_GC_SECONDS = 7;
export const TAIL_STALL_SECONDS = 8;
/** One bit a window in which compliance is below the objective. */
export const BROKEN = 9;
export const TOTAL_QUANTILES = 10;
export const SCALARS = 16;

// Of each window, one after the other behind the scalars.
export const WINDOW_COUNT = 0;
export const WINDOW_ERRORS = 1;
export const WINDOW_BREACHES = 2;
export const WINDOW_SUM = 3;
export const WINDOW_MIN = 4;
export const WINDOW_MAX = 5;
export const WINDOW_QUANTILES = 6;
/** The quantile at the event's objective. */
export const WINDOW_OBJECTIVE_QUANTILE = 10;
export const WINDOW_SCALARS = 12;

/** A trace id: its 16 bytes as four 32-bit numbers, in memory order; all zero where there is none. */
export const TRACE_SLOTS = 4;

// Of each of the slowest events, slowest first; a time of 0 marks an empty place.
export const SLOW_VALUE = 0;
export const SLOW_AT = 1;
/** ring number * 65,536 + symbol id. */
export const SLOW_SYMBOL = 2;
export const SLOW_TRACE = 3;
export const SLOW_SLOTS = SLOW_TRACE + TRACE_SLOTS;

// Of the exemplar of each classic bucket; a time of 0 marks an empty place.
export const EXEMPLAR_VALUE = 0;
export const EXEMPLAR_AT = 1;
export const EXEMPLAR_TRACE = 2;
export const EXEMPLAR_SLOTS = EXEMPLAR_TRACE + TRACE_SLOTS;

/**
 * What is known of one event, all of it in one view: scalars, windows, the slowest, exemplars, then the sketches. A copy
 * of the bytes is a copy of the state.
 */
export class EventState {
  readonly slots: Float64Array;
  readonly windows: readonly Float64Array[];
  readonly slowest: Float64Array;
  readonly exemplars: Float64Array;
  readonly digest: TDigest;
  readonly native: NativeHistogram;
  readonly classic: ClassicHistogram;
  readonly windowDigests: readonly TDigest[];

  constructor(slots: Float64Array, spec: EventSpec) {
    let at = SCALARS;
    const take = (length: number): Float64Array => {
      at += length;
      return slots.subarray(at - length, at);
    };
    this.slots = slots;
    this.windows = WINDOW_NAMES.map(() => take(WINDOW_SCALARS));
    this.slowest = take(SLOWEST_KEPT * SLOW_SLOTS);
    this.exemplars = take((spec.buckets.length + 1) * EXEMPLAR_SLOTS);
    this.digest = new TDigest(take(TDigest.stateLength(TOTAL_COMPRESSION)), TOTAL_COMPRESSION);
    this.native = new NativeHistogram(take(NativeHistogram.stateLength(NATIVE_BUCKETS)), NATIVE_BUCKETS);
    this.classic = new ClassicHistogram(
      take(ClassicHistogram.stateLength(spec.buckets.length)),
      spec.buckets,
    );
    this.windowDigests = WINDOW_NAMES.map(
      () => new TDigest(take(TDigest.stateLength(WINDOW_COMPRESSION)), WINDOW_COMPRESSION),
    );
  }

  static length(spec: EventSpec): number {
    return (
      SCALARS +
      WINDOW_NAMES.length * (WINDOW_SCALARS + TDigest.stateLength(WINDOW_COMPRESSION)) +
      SLOWEST_KEPT * SLOW_SLOTS +
      (spec.buckets.length + 1) * EXEMPLAR_SLOTS +
      TDigest.stateLength(TOTAL_COMPRESSION) +
      NativeHistogram.stateLength(NATIVE_BUCKETS) +
      ClassicHistogram.stateLength(spec.buckets.length)
    );
  }

  /** Brings the quantiles since start up to date with the digest. */
  updateQuantiles(): void {
    for (let i = 0; i < QUANTILES.length; i++)
      this.slots[TOTAL_QUANTILES + i] = this.digest.quantile(QUANTILES[i]);
  }
}
