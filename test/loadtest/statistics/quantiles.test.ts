import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LatencyPair, pooledQuantileInterval } from '../../../loadtest/statistics/bootstrap.ts';
import { quantile } from '../../../loadtest/statistics/quantile.ts';
import { type Random, seededRandom } from '../../../loadtest/statistics/random.ts';
import { normal } from './noise.ts';

const OPTIONS = { confidence: 0.95, seed: 1, resamples: 199 };
const latencies = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 12 });
const pairs = fc.array(fc.record({ off: latencies, on: latencies }), { minLength: 3, maxLength: 8 });

describe('a quantile', () => {
  it('is a value that was there', () => {
    expect([0, 0.5, 0.99, 1].map((ratio) => quantile([1, 2, 3, 4], ratio))).toEqual([1, 3, 4, 4]);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe('the interval of a quantile', () => {
  const set = (seed: number, factor: number): LatencyPair => {
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
    expect(pooledQuantileInterval(sets, 0.5, OPTIONS).high).toBeLessThan(0.05);
  });

  it('is about the quantiles of all latencies under each condition', () => {
    fc.assert(
      fc.property(pairs, fc.constantFrom(0, 0.5, 0.99), (sets, ratio) => {
        const of = (side: 'off' | 'on') =>
          quantile(
            sets.flatMap((pair) => pair[side]).sort((a, b) => a - b),
            ratio,
          );
        expect(pooledQuantileInterval(sets, ratio, OPTIONS).estimate).toBe(of('on') / of('off') - 1);
      }),
    );
  });

  it('is the same for the same seed, whatever the order within a block and the unit', () => {
    fc.assert(
      fc.property(pairs, (sets) => {
        const interval = pooledQuantileInterval(sets, 0.5, OPTIONS);
        expect(interval.low).toBeLessThanOrEqual(interval.high);
        const turned = sets.map(({ off, on }) => ({
          off: off.map((value) => value * 1024).reverse(),
          on: on.map((value) => value * 1024).reverse(),
        }));
        expect(pooledQuantileInterval(turned, 0.5, OPTIONS)).toEqual(interval);
      }),
    );
  });

  it('is wider at a higher confidence', () => {
    const sets = Array.from({ length: 20 }, (_, seed) => ({
      off: set(seed, 1).off,
      on: set(seed + 99, 1).on,
    }));
    const [at95, at999] = [0.95, 0.999].map((confidence) =>
      pooledQuantileInterval(sets, 0.5, { confidence, seed: 1, resamples: 3999 }),
    );
    expect(at999?.low).toBeLessThan(at95?.low ?? Number.NaN);
    expect(at999?.high).toBeGreaterThan(at95?.high ?? Number.NaN);
  });

  it('leaves out a set that lacks one side, and says nothing about fewer than three', () => {
    const sets = [set(0, 1), set(1, 1.1), set(2, 1.2)];
    const torn = [...sets, { off: [], on: [900] }, { off: [900], on: [] }];
    expect(pooledQuantileInterval(torn, 0.5, OPTIONS)).toEqual(pooledQuantileInterval(sets, 0.5, OPTIONS));
    expect(pooledQuantileInterval([set(0, 1), set(1, 1)], 0.5, OPTIONS)).toMatchObject({
      estimate: 0,
      low: -Infinity,
      high: Infinity,
      pairs: 2,
    });
  });

  for (const stalled of [0, 0.05, 0.2]) {
    for (const [sets, runs] of [
      [14, 1000],
      [40, 500],
    ] as const) {
      it(`holds the median's truth 93 to 97 times in a hundred: ${sets} sets, ${100 * stalled} % of the blocks stalled`, () => {
        const random = seededRandom(sets + 100 * stalled);
        let held = 0;
        for (let run = 0; run < runs; run++) {
          const drawn = Array.from({ length: sets }, () => stallingSet(random, stalled));
          const { low, high } = pooledQuantileInterval(drawn, 0.5, { ...OPTIONS, seed: run, resamples: 399 });
          if (low <= 0 && high >= 0) held++;
        }
        expect(held / runs).toBeGreaterThanOrEqual(0.93);
        expect(held / runs).toBeLessThanOrEqual(0.97);
      });
    }
  }
});

/** Requests of a block are alike; a stall makes all of them threefold. Both conditions cost the same. */
function stallingSet(random: Random, stalled: number): LatencyPair {
  const machine = Math.exp(0.05 * normal(random));
  const block = () => {
    const pace = 4 * machine * Math.exp(0.03 * normal(random)) * (random() < stalled ? 3 : 1);
    return Array.from({ length: 15 }, () => pace * Math.exp(0.2 * normal(random)));
  };
  return { off: [...block(), ...block()], on: block() };
}
