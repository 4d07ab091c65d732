import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONDITIONS, type Condition } from '../../../loadtest/phases.ts';
import { meanAndError, meanInterval } from '../../../loadtest/statistics/bootstrap.ts';
import { normalBelow, studentBound } from '../../../loadtest/statistics/distributions.ts';
import { pairedDifferences } from '../../../loadtest/statistics/pairing.ts';
import { seededRandom, shuffled } from '../../../loadtest/statistics/random.ts';
import { block } from './noise.ts';

const OPTIONS = { confidence: 0.95, seed: 1, resamples: 200 };

/** Whole, so that moving and scaling them is exact. */
const several = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 3, maxLength: 30 });

describe('the interval of a mean', () => {
  it('holds the mean', () => {
    fc.assert(
      fc.property(several, (values) => {
        const { estimate, low, high, pairs } = meanInterval(values, OPTIONS);
        expect(low).toBeLessThanOrEqual(estimate);
        expect(high).toBeGreaterThanOrEqual(estimate);
        expect(pairs).toBe(values.length);
      }),
    );
  });

  it('is the same for the same seed, in whatever order the values come', () => {
    fc.assert(
      fc.property(several, fc.integer(), (values, seed) => {
        const again = shuffled(values, seededRandom(seed));
        expect(meanInterval(again, { ...OPTIONS, seed })).toEqual(meanInterval(values, { ...OPTIONS, seed }));
      }),
    );
  });

  it('moves and grows with the values', () => {
    fc.assert(
      fc.property(
        several,
        fc.integer({ min: -1000, max: 1000 }),
        fc.integer({ min: 1, max: 100 }),
        (values, shift, scale) => {
          const { estimate, low, high } = meanInterval(values, OPTIONS);
          const moved = meanInterval(
            values.map((value) => shift + scale * value),
            OPTIONS,
          );
          expect(moved.estimate).toBeCloseTo(shift + scale * estimate, 5);
          expect(moved.low).toBeCloseTo(shift + scale * low, 5);
          expect(moved.high).toBeCloseTo(shift + scale * high, 5);
        },
      ),
    );
  });

  it('is at least as wide as that of Student, on either side', () => {
    fc.assert(
      fc.property(several, (values) => {
        const { estimate, low, high } = meanInterval(values, OPTIONS);
        const half = meanAndError(values).error * studentBound(0.95, values.length - 1);
        expect(Math.min(estimate - low, high - estimate)).toBeGreaterThanOrEqual(half - 1e-9);
      }),
    );
  });

  it('does not trim away what one value in five has more', () => {
    const values = [0, 0, 0, 0, 1, 0, 0, 0, 0, 1].map((value, i) => value + i / 1e3);
    expect(meanInterval(values, OPTIONS).estimate).toBeCloseTo(0.2045, 9);
  });

  it('is wider at a higher confidence', () => {
    const values = [1, 5, 2, 8, 3, 3, 9, 4, 4, 6];
    const at95 = meanInterval(values, { ...OPTIONS, resamples: 2000 });
    const at999 = meanInterval(values, { ...OPTIONS, confidence: 0.999, resamples: 2000 });
    expect(at999.low).toBeLessThan(at95.low);
    expect(at999.high).toBeGreaterThan(at95.high);
  });

  it('says nothing about one or two values, and all about equal ones', () => {
    expect(meanInterval([1, 2], OPTIONS)).toMatchObject({ low: -Infinity, high: Infinity });
    expect(meanInterval([4, 4, 4], OPTIONS)).toMatchObject({ low: 4, high: 4, pairs: 3 });
  });
});

describe('pairs', () => {
  it('compare a condition with both blocks of its set that measure nothing, and those with one another', () => {
    const blocks = [0, 1].flatMap((set) => [
      block(set, 'off', 1000),
      block(set, 'off_again', 1200),
      block(set, '100', 1210 + set),
    ]);
    expect(pairedDifferences(blocks, '100', 'cpu_main').map((value) => value.toFixed(6))).toEqual([
      '0.100000',
      '0.100909',
    ]);
    expect(pairedDifferences(blocks, 'off_again', 'cpu_main')[0]).toBeCloseTo(200 / 1100, 12);
  });

  it('do not see what the machine does to a whole set', () => {
    const blocks = (slow: number) =>
      [0, 1, 2].flatMap((set) =>
        CONDITIONS.map((condition) => block(set, condition, (condition === '50' ? 1050 : 1000) + slow * set)),
      );
    const [first] = pairedDifferences(blocks(0), '50', 'cpu_process');
    expect(first).toBeCloseTo(0.05, 12);
    for (const value of pairedDifferences(blocks(500), '50', 'cpu_process'))
      expect(value).toBeCloseTo(50 / 1500, 12);
  });

  it('leave out a set that lacks a block or in which nothing was asked', () => {
    const whole = [block(0, 'off', 1), block(0, 'off_again', 1), block(0, '10', 2)];
    expect(pairedDifferences([...whole, block(1, 'off', 1), block(1, '10', 9)], '10', 'cpu_main')).toEqual([
      1,
    ]);
    const idle = [block(1, 'off', 1), block(1, 'off_again', 1), block(1, '10', Number.NaN)];
    expect(pairedDifferences([...whole, ...idle], '10', 'cpu_main')).toEqual([1]);
  });
});

describe('chance', () => {
  it('is the same for the same seed, and another for another', () => {
    const draw = (seed: number) => shuffled(CONDITIONS, seededRandom(seed));
    expect(draw(1)).toEqual(draw(1));
    expect(new Set(Array.from({ length: 50 }, (_, seed) => draw(seed).join())).size).toBeGreaterThan(30);
  });

  it('puts each condition at each place alike', () => {
    const random = seededRandom(3);
    const first = new Map<Condition, number>();
    for (let i = 0; i < 6000; i++) {
      const [condition] = shuffled(CONDITIONS, random);
      if (condition !== undefined) first.set(condition, (first.get(condition) ?? 0) + 1);
    }
    for (const condition of CONDITIONS)
      expect(Math.abs((first.get(condition) ?? 0) - 1000)).toBeLessThan(120);
  });
});

describe('the mean and its error', () => {
  it('are those of the textbook', () => {
    const { mean, error } = meanAndError([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(mean).toBe(5);
    expect(error).toBeCloseTo(Math.sqrt(32 / 7 / 8), 12);
  });
});

describe('the distributions', () => {
  it('are those of the tables', () => {
    for (const [probability, degrees, bound] of [
      [0.95, 2, 4.3027],
      [0.95, 12, 2.1788],
      [0.95, 39, 2.0227],
      [0.99, 13, 3.0123],
      [0.999, 39, 3.5581],
      [0.95, 199, 1.972],
    ] as const)
      expect(studentBound(probability, degrees)).toBeCloseTo(bound, 4);
    expect([-1.959964, 0, 1, 3.290527].map((x) => normalBelow(x).toFixed(5))).toEqual([
      '0.02500',
      '0.50000',
      '0.84134',
      '0.99950',
    ]);
  });
});
