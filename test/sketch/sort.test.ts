import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FloatSorter } from '../../src/sketch/sort.ts';
import { seededUniform } from './distributions.ts';

function expectSortedLikeNative(values: Float32Array, count: number): void {
  const mine = values.slice();
  const expected = values.slice();
  expected.subarray(0, count).sort();
  new FloatSorter(count).sort(mine, count);
  expect(new Float64Array(mine)).toEqual(new Float64Array(expected));
}

describe('FloatSorter', () => {
  const float = fc.float({ noNaN: true }).filter((v) => !Object.is(v, -0));

  it('orders any floats as the native sort does, in small batches', () => {
    fc.assert(
      fc.property(fc.array(float, { maxLength: 300 }), (values) => {
        expectSortedLikeNative(Float32Array.from(values), values.length);
      }),
      { seed: 1 },
    );
  });

  it.each([24, 25, 2999, 3000, 8192, 50_000])(
    'orders %i floats of both signs and all magnitudes',
    (count) => {
      const uniform = seededUniform(count);
      const values = Float32Array.from(
        { length: count },
        () => (uniform() - 0.4) * 10 ** (80 * uniform() - 44),
      );
      expectSortedLikeNative(values, count);
    },
  );

  it('leaves what lies beyond the count alone', () => {
    const values = Float32Array.from({ length: 100 }, (_, i) => 100 - i);
    new FloatSorter(100).sort(values, 60);
    expect(Array.from(values.subarray(0, 60))).toEqual(Array.from({ length: 60 }, (_, i) => 41 + i));
    expect(Array.from(values.subarray(60))).toEqual(Array.from({ length: 40 }, (_, i) => 40 - i));
  });

  it('sorts arrays of equal values, and different arrays one after the other', () => {
    const sorter = new FloatSorter(64);
    const equal = new Float32Array(64).fill(3);
    sorter.sort(equal, 64);
    expect(equal.every((v) => v === 3)).toBe(true);
    const view = new Float32Array(new SharedArrayBuffer(512), 128, 64).map((_, i) => -i);
    sorter.sort(view, 64);
    expect(view[0]).toBe(-63);
    expect(view[63]).toBe(-0);
  });

  it('cuts a count beyond its capacity or the array down', () => {
    const values = Float32Array.of(3, 2, 1);
    new FloatSorter(2).sort(values, 3);
    expect(Array.from(values)).toEqual([2, 3, 1]);
    new FloatSorter(8).sort(values, 8);
    expect(Array.from(values)).toEqual([1, 2, 3]);
  });
});
