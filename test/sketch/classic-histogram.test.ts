import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClassicHistogram } from '../../src/sketch/classic-histogram.ts';
import { feed } from './feed.ts';

const BOUNDS = [-1, 0, 0.5, 1, 2.5];

describe('ClassicHistogram', () => {
  it('counts what is at or below each bound', () => {
    const value = fc.oneof(fc.float({ noNaN: true, min: -3, max: 5 }), fc.constantFrom(...BOUNDS));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 100 }), fc.integer({ min: 1, max: 5 }), (values, weight) => {
        const histogram = ClassicHistogram.create(BOUNDS);
        feed(histogram, values, 30, weight);
        const expected = [...BOUNDS, Infinity].map(
          (bound) => weight * values.filter((v) => v <= bound).length,
        );
        expect(histogram.cumulativeCounts()).toEqual(expected);
        expect(histogram.count).toBe(weight * values.length);
        expect(histogram.sum).toBeCloseTo(weight * values.reduce((sum, v) => sum + v, 0), 6);
      }),
      { seed: 1 },
    );
  });

  it('never lets cumulative counts descend when weights are fractions', () => {
    const histogram = ClassicHistogram.create(BOUNDS);
    for (let i = 0; i < 1000; i++) feed(histogram, [-2, 0.2, 0.7, 9], 4, 1 / (3 + (i % 7)));
    const counts = histogram.cumulativeCounts();
    for (let b = 1; b < counts.length; b++) expect(counts[b]).toBeGreaterThanOrEqual(counts[b - 1]);
    expect(counts[counts.length - 1]).toBe(histogram.count);
  });

  it('merges equal bounds, and refuses others', () => {
    const histogram = ClassicHistogram.create(BOUNDS);
    const other = ClassicHistogram.create([...BOUNDS]);
    feed(histogram, [0.2]);
    feed(other, [0.7, 9]);
    expect(histogram.merge(other)).toBe(true);
    expect(histogram.cumulativeCounts()).toEqual([0, 0, 1, 2, 2, 3]);
    expect(histogram.merge(ClassicHistogram.create([1]))).toBe(false);
    expect(histogram.merge(ClassicHistogram.create([-1, 0, 0.5, 1, 3]))).toBe(false);
    expect(histogram.count).toBe(3);
  });

  it('goes on from the state that another object left, and is empty after clear', () => {
    const histogram = ClassicHistogram.create(BOUNDS);
    feed(histogram, [1]);
    const adopted = new ClassicHistogram(histogram.state, BOUNDS);
    feed(adopted, [2]);
    expect([histogram.count, histogram.sum]).toEqual([2, 3]);
    adopted.clear();
    expect([histogram.count, histogram.sum]).toEqual([0, 0]);
  });

  it('leaves out infinities and NaN, and adds nothing for a bad range or weight', () => {
    const histogram = ClassicHistogram.create(BOUNDS);
    const batch = Float32Array.of(-Infinity, 1, Infinity, NaN);
    histogram.addSorted(batch, 0, 4, -1);
    histogram.addSorted(batch, 3, 9, 1);
    expect(histogram.count).toBe(0);
    histogram.addSorted(batch, 0, 4, 1);
    expect([histogram.count, histogram.sum]).toEqual([1, 1]);
  });
});
