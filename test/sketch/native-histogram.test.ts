import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketIndex, upperBound } from '../../src/sketch/native-bounds.ts';
import { type BucketSpans, NativeHistogram, type NativeParts } from '../../src/sketch/native-histogram.ts';
import { drawSamples } from './distributions.ts';
import { feed } from './feed.ts';

const F32_MAX = 2 ** 128 - 2 ** 104;
const SMALLEST = 2 ** -149;
const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const floats = fc.array(float, { minLength: 1, maxLength: 200 });

/** magnitude <= 2^(index / 2^schema), decided in integers: magnitude^(2^schema) <= 2^index, with magnitude = m 2^e. */
function isAtOrBelowBound(magnitude: number, index: number, schema: number): boolean {
  let exponent = Math.floor(Math.log2(magnitude)) - 30;
  let mantissa = magnitude / 2 ** exponent;
  while (!Number.isInteger(mantissa)) mantissa = magnitude / 2 ** --exponent;
  const power = 2 ** Math.max(0, schema);
  const bound = schema < 0 ? index * 2 ** -schema : index;
  const shift = bound - exponent * power;
  const left = BigInt(mantissa) ** BigInt(power);
  return shift >= 0 ? left <= 1n << BigInt(shift) : left << BigInt(-shift) <= 1n;
}

function expectExactBucket(magnitude: number, schema: number): void {
  const index = bucketIndex(magnitude, schema);
  expect(isAtOrBelowBound(magnitude, index, schema)).toBe(true);
  expect(isAtOrBelowBound(magnitude, index - 1, schema)).toBe(false);
}

interface Naive {
  zero: number;
  positive: Map<number, number>;
  negative: Map<number, number>;
}

/** Every value looked up by itself, at the schema that the sketch ended with. */
function countOneByOne(values: readonly number[], schema: number, weight: number): Naive {
  const naive: Naive = { zero: 0, positive: new Map(), negative: new Map() };
  for (const v of values) {
    const magnitude = Math.abs(v);
    if (magnitude <= 2 ** -128) {
      naive.zero += weight;
      continue;
    }
    const buckets = v > 0 ? naive.positive : naive.negative;
    const index = bucketIndex(magnitude, schema);
    buckets.set(index, (buckets.get(index) ?? 0) + weight);
  }
  return naive;
}

function contents(histogram: NativeHistogram): Naive {
  const positive = new Map<number, number>();
  const negative = new Map<number, number>();
  histogram.forEachPositive((index, count) => positive.set(index, count));
  histogram.forEachNegative((index, count) => negative.set(index, count));
  return { zero: histogram.zeroCount, positive, negative };
}

describe('native histogram bounds', () => {
  const schemas = Array.from({ length: 13 }, (_, i) => i - 4);

  it.each(schemas)('puts every power of two into the bucket that ends there, at schema %i', (schema) => {
    for (let exponent = -149; exponent <= 127; exponent++) {
      const index = bucketIndex(2 ** exponent, schema);
      expect(index).toBe(Math.ceil(exponent * 2 ** schema));
      if (schema >= 0) expect(upperBound(index, schema)).toBe(2 ** exponent);
    }
  });

  it.each(schemas)('is exact at the ends of the range and around powers of two, at schema %i', (schema) => {
    for (const v of [SMALLEST, 3 * SMALLEST, 2 ** -126 - SMALLEST, F32_MAX]) expectExactBucket(v, schema);
    for (const exponent of [-126, -20, -1, 0, 1, 127]) {
      for (const step of [-(2 ** -24), 0, 2 ** -23]) expectExactBucket(2 ** exponent * (1 + step), schema);
    }
  });

  it('is exact for the 32-bit floats next to every bound within an octave, at the finest schema', () => {
    for (let j = 1; j < 256; j++) {
      const nearest = Math.fround(upperBound(j, 8));
      for (const step of [-1, 0, 1]) expectExactBucket(nearest + step * 2 ** -23, 8);
    }
  });

  it('is exact for any 32-bit float at any schema', () => {
    const magnitude = fc.float({ min: Math.fround(SMALLEST), max: Math.fround(F32_MAX), noNaN: true });
    fc.assert(fc.property(magnitude, fc.integer({ min: -4, max: 8 }), expectExactBucket), {
      seed: 1,
      numRuns: 300,
    });
  });
});

describe('NativeHistogram', () => {
  it('counts as one by one, for any floats and weights, whatever schema it ends with', () => {
    fc.assert(
      fc.property(
        floats,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 60 }),
        (values, weight, batch) => {
          const histogram = NativeHistogram.create(40, 8);
          feed(histogram, values, batch, weight);
          expect(contents(histogram)).toEqual(countOneByOne(values, histogram.schema, weight));
          expect(histogram.count).toBe(values.length * weight);
          expect(histogram.bucketCount).toBeLessThanOrEqual(40);
        },
      ),
      { seed: 2 },
    );
  });

  it('sums its values', () => {
    const histogram = NativeHistogram.create();
    feed(histogram, [0.5, -2, 0, 3, -0.25], 5, 2);
    expect([histogram.sum, histogram.count, histogram.zeroCount]).toEqual([2.5, 10, 2]);
  });

  it('keeps its schema while the buckets suffice, and lowers it by one when they do not', () => {
    const histogram = NativeHistogram.create(40, 3);
    feed(
      histogram,
      Array.from({ length: 40 }, (_, i) => upperBound(i, 3) * 0.999),
    );
    expect([histogram.schema, histogram.bucketCount]).toEqual([3, 40]);
    feed(histogram, [1000]);
    expect(histogram.schema).toBe(2);
    expect(histogram.count).toBe(41);
  });

  it('does not lose resolution to a lone outlier', () => {
    const histogram = NativeHistogram.create(160, 4);
    feed(histogram, drawSamples('lognormal', 10_000, 1));
    const before = histogram.schema;
    feed(histogram, [1e-6]);
    expect(histogram.schema).toBe(before);
  });

  it('holds the whole range of floats, both signs, at the coarsest schema', () => {
    const histogram = NativeHistogram.create(40, 8);
    const all: number[] = [];
    for (let exponent = -149; exponent <= 127; exponent++) all.push(2 ** exponent, -(2 ** exponent));
    feed(histogram, [...all, F32_MAX, -F32_MAX], 1);
    expect(histogram.schema).toBeGreaterThanOrEqual(-4);
    expect(histogram.count).toBe(all.length + 2);
    expect(contents(histogram)).toEqual(countOneByOne([...all, F32_MAX, -F32_MAX], histogram.schema, 1));
  });

  it('merges histograms of different schemas and sizes as if it had seen all values', () => {
    fc.assert(
      fc.property(
        floats,
        floats,
        fc.integer({ min: -4, max: 8 }),
        fc.integer({ min: -4, max: 8 }),
        (a, b, s, t) => {
          const histogram = NativeHistogram.create(40, s);
          const other = NativeHistogram.create(60, t);
          feed(histogram, a, 20);
          feed(other, b, 20);
          const before = other.state.slice();
          histogram.merge(other);
          expect(contents(histogram)).toEqual(countOneByOne([...a, ...b], histogram.schema, 1));
          expect(histogram.count).toBe(a.length + b.length);
          expect(histogram.schema).toBeLessThanOrEqual(Math.min(s, t));
          expect(other.state).toEqual(before);
        },
      ),
      { seed: 3 },
    );
  });

  it('writes spans that say the same as its buckets, with gaps of up to two kept inside a span', () => {
    const histogram = NativeHistogram.create(160, 0);
    feed(histogram, [2 ** -3, 2 ** -2, 2 ** -2, 2, 2 ** 5, -4]);
    expect(histogram.positiveSpans()).toEqual({
      offsets: [-3, 3],
      lengths: [5, 1],
      counts: [1, 2, 0, 0, 1, 1],
    });
    expect(histogram.negativeSpans()).toEqual({ offsets: [2], lengths: [1], counts: [1] });
    expect(NativeHistogram.create().positiveSpans()).toEqual({ offsets: [], lengths: [], counts: [] });
  });

  it('has spans from which any buckets can be read back', () => {
    fc.assert(
      fc.property(floats, (values) => {
        const histogram = NativeHistogram.create(100, 4);
        feed(histogram, values);
        const { offsets, lengths, counts } = histogram.positiveSpans();
        const read = new Map<number, number>();
        let index = 0;
        let at = 0;
        offsets.forEach((offset, s) => {
          index += offset;
          for (let k = 0; k < lengths[s]; k++, index++, at++) if (counts[at] > 0) read.set(index, counts[at]);
        });
        expect(at).toBe(counts.length);
        expect(read).toEqual(contents(histogram).positive);
      }),
      { seed: 4 },
    );
  });

  it('goes on from the state that another object left, and is empty after clear', () => {
    const first = NativeHistogram.create(40, 6);
    feed(first, [1, 1000, -5]);
    const second = new NativeHistogram(first.state, 40, 6);
    feed(second, [2]);
    expect(contents(second)).toEqual(countOneByOne([1, 1000, -5, 2], first.schema, 1));
    second.clear();
    expect([first.count, first.sum, first.schema, first.bucketCount]).toEqual([0, 0, 6, 0]);
  });

  const partsOf = (histogram: NativeHistogram): NativeParts => {
    const spans = ({ offsets, lengths, counts }: BucketSpans) => ({
      spans: offsets.map((offset, i) => ({ offset, length: lengths[i] })),
      counts,
    });
    const { schema, zeroThreshold, zeroCount, count, sum } = histogram;
    const positive = spans(histogram.positiveSpans());
    const negative = spans(histogram.negativeSpans());
    return { schema, zeroThreshold, zeroCount, count, sum, positive, negative };
  };

  it('is loaded from the spans of another, at the coarser schema, whatever it held before', () => {
    const schemas = fc.integer({ min: -4, max: 8 });
    fc.assert(
      fc.property(floats, floats, schemas, schemas, fc.integer({ min: 1, max: 9 }), (a, b, s, t, weight) => {
        const from = NativeHistogram.create(100, s);
        feed(from, a, 50, weight);
        const into = NativeHistogram.create(60, t);
        feed(into, b);
        expect(into.load(partsOf(from))).toBe(true);
        expect(into.schema).toBeLessThanOrEqual(Math.min(from.schema, t));
        expect(contents(into)).toEqual(countOneByOne(a, into.schema, weight));
        expect([into.count, into.sum]).toEqual([from.count, from.sum]);
        const alike = NativeHistogram.create(100, 8);
        alike.load(partsOf(from));
        expect([alike.schema, contents(alike)]).toEqual([from.schema, contents(from)]);
        // And it goes on from there.
        feed(into, b, 50, weight);
        expect(contents(into)).toEqual(countOneByOne([...a, ...b], into.schema, weight));
      }),
      { seed: 5 },
    );
  });

  const good = { spans: [{ offset: 3, length: 2 }], counts: [1, 2] };
  const nothing = { spans: [], counts: [] };
  it.each<[string, Partial<NativeParts>]>([
    ['a schema that is none', { schema: 9 }],
    ['a schema that is no whole number', { schema: 0.5 }],
    ['another zero threshold', { zeroThreshold: 1e-3 }],
    ['a negative zero count', { zeroCount: -1 }],
    ['a count that is more than its buckets', { count: 4 }],
    ['a count that is less than its buckets', { count: 2 }],
    ['a count that is no number', { count: Number.NaN }],
    ['an endless count', { count: Infinity, positive: { ...good, counts: [1, Infinity] } }],
    ['a sum that is no number', { sum: Number.NaN }],
    ['a negative bucket', { positive: { ...good, counts: [5, -2] } }],
    ['a bucket that is no number', { positive: { ...good, counts: [3, Number.NaN] } }],
    ['fewer buckets than spans cover', { positive: { ...good, counts: [3] } }],
    ['more buckets than spans cover', { positive: { ...good, counts: [1, 1, 1] } }],
    ['a bucket above all floats', { positive: { ...good, spans: [{ offset: 128 * 32, length: 2 }] } }],
    ['a bucket of what counts as zero', { positive: { ...good, spans: [{ offset: -128 * 32, length: 2 }] } }],
    [
      'a span that runs backwards',
      {
        positive: {
          ...good,
          spans: [
            { offset: 3, length: 1 },
            { offset: -1, length: 1 },
          ],
        },
      },
    ],
    [
      'a span of a negative length',
      {
        positive: {
          ...good,
          spans: [
            { offset: 3, length: -2 },
            { offset: 1, length: 4 },
          ],
        },
      },
    ],
    ['an offset that is none', { negative: { spans: [{ offset: Number.NaN, length: 0 }], counts: [] } }],
  ])('refuses %s, and stays as it was', (_, change) => {
    const histogram = NativeHistogram.create(60, 5);
    const zeroThreshold = 2 ** -128;
    const parts = {
      schema: 5,
      zeroThreshold,
      zeroCount: 0,
      count: 3,
      sum: 4,
      positive: good,
      negative: nothing,
    };
    expect(histogram.load(parts)).toBe(true);
    const before = histogram.state.slice();
    expect(histogram.load({ ...parts, ...change })).toBe(false);
    expect(histogram.state).toEqual(before);
  });

  it('leaves out infinities and NaN, and adds nothing for a bad range or weight', () => {
    const histogram = NativeHistogram.create();
    const batch = Float32Array.of(-Infinity, 1, Infinity, NaN);
    histogram.addSorted(batch, 0, 4, 0);
    histogram.addSorted(batch, 0, 5, 1);
    expect(histogram.count).toBe(0);
    histogram.addSorted(batch, 0, 4, 1);
    expect([histogram.count, histogram.sum]).toEqual([1, 1]);
  });
});
