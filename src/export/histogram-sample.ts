import type { Exemplar, HistogramSample, NativeBuckets, NativeSample } from '../contract/families.ts';
import type { ClassicHistogram } from '../sketch/classic-histogram.ts';
import type { BucketSpans, NativeHistogram } from '../sketch/native-histogram.ts';
import {
  type EventState,
  EXEMPLAR_AT,
  EXEMPLAR_SLOTS,
  EXEMPLAR_TRACE,
  EXEMPLAR_VALUE,
} from '../state/event-state.ts';
import { traceText } from '../state/statistics.ts';

/** An event's histogram, classic and native, with an exemplar a bucket where a trace was seen. Counts are exact weights. */
export function eventHistogram({ classic, native, exemplars }: EventState): HistogramSample {
  return { ...classicSample(classic), exemplars: exemplarsOf(exemplars), native: nativeSample(native) };
}

export function classicSample(classic: ClassicHistogram): HistogramSample {
  const cumulative = classic.cumulativeCounts();
  return { count: cumulative.at(-1) ?? 0, bounds: classic.bounds, cumulative };
}

export function nativeSample(native: NativeHistogram): NativeSample {
  return {
    schema: native.schema,
    zeroThreshold: native.zeroThreshold,
    zeroCount: native.zeroCount,
    positive: nativeBuckets(native.positiveSpans()),
    negative: nativeBuckets(native.negativeSpans()),
  };
}

function nativeBuckets({ offsets, lengths, counts }: BucketSpans): NativeBuckets {
  return { spans: offsets.map((offset, i) => ({ offset, length: lengths[i] })), counts };
}

function exemplarsOf(slots: Float64Array): (Exemplar | null)[] {
  return Array.from({ length: slots.length / EXEMPLAR_SLOTS }, (_, bucket) => {
    const slot = bucket * EXEMPLAR_SLOTS;
    const at = slots[slot + EXEMPLAR_AT];
    const traceId = traceText(slots, slot + EXEMPLAR_TRACE);
    if (at === 0 || traceId === null) return null;
    return { traceId, value: slots[slot + EXEMPLAR_VALUE], timestampSeconds: Math.round(at) / 1e3 };
  });
}
