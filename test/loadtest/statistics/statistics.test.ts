import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Block, CONDITIONS, type Condition } from '../../../loadtest/phases.ts';
import { meanInterval, pooledQuantileInterval } from '../../../loadtest/statistics/bootstrap.ts';
import { decide, overall } from '../../../loadtest/statistics/decision.ts';
import { pairedDifferences } from '../../../loadtest/statistics/pairing.ts';
import { smallestDetectable } from '../../../loadtest/statistics/power.ts';
import { quantile } from '../../../loadtest/statistics/quantile.ts';
import { seededRandom, shuffled } from '../../../loadtest/statistics/random.ts';

const OPTIONS = { confidence: 0.95, seed: 1, resamples: 200 };

function block(set: number, condition: Condition, micros: number): Block {
  return {
    set,
    condition,
    beganAt: 0,
    endedAt: 1000,
    requests: 150,
    mainMicros: micros,
    processMicros: micros,
    p50Millis: micros / 1e3,
    p99Millis: micros / 1e3,
    machineBusy: 0.5,
  };
}

const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const several = fc.array(finite, { minLength: 3, maxLength: 30 });

describe('the interval of a mean', () => {
  it('holds the mean, and is the same for the same seed', () => {
    fc.assert(
      fc.property(several, (values) => {
        const interval = meanInterval(values, OPTIONS);
        expect(interval).toEqual(meanInterval(values, OPTIONS));
        expect(interval.low).toBeLessThanOrEqual(interval.high);
      }),
    );
  });

  it('moves and grows with the values', () => {
    const values = [1, 5, 2, 8, 3, 3, 9];
    const { estimate, low, high } = meanInterval(values, OPTIONS);
    const moved = meanInterval(
      values.map((value) => 10 + 2 * value),
      OPTIONS,
    );
    expect(moved.estimate).toBeCloseTo(10 + 2 * estimate, 9);
    expect(moved.low).toBeCloseTo(10 + 2 * low, 9);
    expect(moved.high).toBeCloseTo(10 + 2 * high, 9);
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

describe('the interval of a quantile', () => {
  const set = (seed: number, factor: number) => {
    const random = seededRandom(seed);
    const off = Array.from({ length: 150 }, () => 4 + random());
    return { off, on: off.map((millis) => millis * factor) };
  };

  it('finds a factor in all latencies', () => {
    const sets = Array.from({ length: 20 }, (_, seed) => set(seed, 1.03));
    const { estimate, low, high } = pooledQuantileInterval(sets, 0.5, OPTIONS);
    expect(estimate).toBeCloseTo(0.03, 2);
    expect(low).toBeGreaterThan(0.02);
    expect(high).toBeLessThan(0.04);
  });

  it('is not ruled by one stalled block', () => {
    const sets = Array.from({ length: 20 }, (_, seed) => set(seed, seed === 7 ? 30 : 1));
    const { high } = pooledQuantileInterval(sets, 0.5, OPTIONS);
    expect(high).toBeLessThan(0.05);
  });
});

describe('the decision', () => {
  it('is a pass below the limit, a fail above it, and open where the interval holds the limit', () => {
    expect(decide({ low: -0.001, high: 0.0099 }, 0.01)).toBe('pass');
    expect(decide({ low: 0.0101, high: 0.02 }, 0.01)).toBe('fail');
    expect(decide({ low: 0.009, high: 0.011 }, 0.01)).toBe('undecided');
    expect(decide({ low: 0, high: 0.01 }, 0.01)).toBe('undecided');
    expect(decide({ low: Number.NaN, high: Number.NaN }, 0.01)).toBe('undecided');
  });

  it('of several claims passes only when all do, and fails when one does', () => {
    expect(overall(['pass', 'pass'])).toBe('pass');
    expect(overall(['pass', 'undecided'])).toBe('undecided');
    expect(overall(['pass', 'undecided', 'fail'])).toBe('fail');
    expect(overall([])).toBe('undecided');
  });
});

describe('the smallest effect that is found', () => {
  it('halves with four times the pairs', () => {
    expect(smallestDetectable(0.035, 40)).toBeCloseTo(0.0155, 4);
    expect(smallestDetectable(0.035, 160)).toBeCloseTo(smallestDetectable(0.035, 40) / 2, 12);
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

describe('a quantile', () => {
  it('is a value that was there, by the nearest rank', () => {
    expect([0, 0.5, 0.99, 1].map((ratio) => quantile([1, 2, 3, 4], ratio))).toEqual([1, 3, 4, 4]);
    expect(quantile([], 0.5)).toBeNaN();
  });
});
