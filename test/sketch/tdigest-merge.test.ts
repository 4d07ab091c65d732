import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TDigest } from '../../src/sketch/tdigest.ts';
import { drawSamples } from './distributions.ts';
import { ExactOracle, relativeError } from './exact-oracle.ts';
import { feed } from './feed.ts';

function digestOf(samples: ArrayLike<number>, compression = 100): TDigest {
  const digest = TDigest.create(compression);
  feed(digest, samples, 500);
  return digest;
}

const part = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1000 }), {
  maxLength: 150,
});

describe('TDigest, merging', () => {
  it('conserves count and extremes, and leaves the parts as they were', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
        const digests = parts.map((samples, i) => digestOf(samples, 16 + 10 * i));
        const before = digests.map((digest) => digest.state.slice());
        const merged = TDigest.create(50);
        merged.assignMerged(digests);
        const all = parts.flat();
        expect(merged.count).toBe(all.length);
        if (all.length > 0)
          expect([merged.min, merged.max]).toEqual([Math.min(...all) + 0, Math.max(...all) + 0]);
        expect(digests.map((digest) => digest.state)).toEqual(before);
      }),
      { seed: 1 },
    );
  });

  it('is exact while all parts fit', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const all = parts.flat();
        fc.pre(all.length > 0);
        const merged = TDigest.create(800);
        merged.assignMerged(parts.map((samples) => digestOf(samples, 200)));
        const oracle = new ExactOracle(all);
        for (let q = 0; q <= 1; q += 0.01) expect(merged.quantile(q)).toBe(oracle.quantile(q));
      }),
      { seed: 2 },
    );
  });

  it('says the same for two digests merged in either order, in one step or two', () => {
    const samples = drawSamples('lognormal', 40_000, 1);
    const [a, b] = [digestOf(samples.subarray(0, 30_000), 400), digestOf(samples.subarray(30_000), 400)];
    const forth = TDigest.create(400);
    forth.merge(a);
    forth.merge(b);
    const back = TDigest.create(400);
    back.merge(b);
    back.merge(a);
    const once = TDigest.create(400);
    once.assignMerged([a, b]);
    for (const q of [0.5, 0.95, 0.99, 0.999]) {
      expect(back.quantile(q)).toBe(forth.quantile(q));
      expect(relativeError(once.quantile(q), forth.quantile(q))).toBeLessThan(0.01);
    }
  });

  it('does not take the centroids of a coarser part for recorded values', () => {
    const samples = drawSamples('pareto', 20_000, 3);
    const [fine, coarse] = [digestOf(samples.subarray(0, 100), 400), digestOf(samples.subarray(100), 40)];
    const merged = TDigest.create(400);
    merged.assignMerged([fine, coarse]);
    const { sorted } = new ExactOracle(samples);
    expect(merged.exactCount).toBeGreaterThanOrEqual(coarse.exactCount);
    expect(merged.exactCount).toBeLessThan(merged.centroidCount / 2);
    for (let above = 0; above < merged.exactCount; above++) {
      expect(merged.quantile(1 - above / sorted.length)).toBe(sorted[sorted.length - 1 - above]);
    }
    const again = TDigest.create(800);
    again.merge(merged);
    expect(again.exactCount).toBe(merged.exactCount);
  });

  it('takes itself as one of the parts, and an empty part as nothing', () => {
    const digest = digestOf([1, 2, 3]);
    digest.assignMerged([digest, TDigest.create(16), digestOf([4])]);
    digest.merge(TDigest.create(500));
    expect([digest.count, digest.sum, digest.min, digest.max]).toEqual([4, 10, 1, 4]);
    digest.assignMerged([]);
    expect([digest.count, digest.centroidCount]).toEqual([0, 0]);
  });

  it('doubles every weight when merged with itself', () => {
    const digest = digestOf([1, 2, 3, 4]);
    digest.merge(digest);
    expect([digest.count, digest.sum, digest.quantile(0.5)]).toEqual([8, 20, 2]);
  });
});

describe('TDigest, loading decoded centroids', () => {
  it('restores what copyCentroids gave', () => {
    const original = digestOf(drawSamples('pareto', 10_000, 2), 200);
    const means = new Float64Array(original.centroidCount);
    const weights = new Float64Array(original.centroidCount);
    expect(original.copyCentroids(means, weights)).toBe(original.centroidCount);
    const restored = TDigest.create(300);
    expect(restored.load(means, weights, original.min, original.max, original.sum, original.exactCount)).toBe(
      true,
    );
    expect([restored.count, restored.sum]).toEqual([original.count, original.sum]);
    for (let q = 0; q <= 1; q += 0.001) expect(restored.quantile(q)).toBe(original.quantile(q));
  });

  const bad: [string, number[], number[], number, number, number, number][] = [
    ['means out of order', [2, 1], [1, 1], 1, 2, 3, 0],
    ['a mean below the minimum', [1, 2], [1, 1], 1.5, 2, 3, 0],
    ['a mean above the maximum', [1, 2], [1, 1], 1, 1.5, 3, 0],
    ['a NaN mean', [1, NaN], [1, 1], 1, 2, 3, 0],
    ['an infinite mean', [1, Infinity], [1, 1], 1, Infinity, 3, 0],
    ['an infinite minimum', [1, 2], [1, 1], -Infinity, 2, 3, 0],
    ['a zero weight', [1, 2], [1, 0], 1, 2, 3, 0],
    ['an infinite weight', [1, 2], [1, Infinity], 1, 2, 3, 0],
    ['fewer weights than means', [1, 2], [1], 1, 2, 3, 0],
    ['an infinite sum', [1, 2], [1, 1], 1, 2, Infinity, 0],
    ['more exact values than centroids', [1, 2], [1, 1], 1, 2, 3, 3],
    ['more centroids than fit', Array(17).fill(1), Array(17).fill(1), 1, 1, 17, 0],
  ];

  it.each(bad)('refuses %s and stays as it was', (_, means, weights, min, max, sum, exact) => {
    const digest = digestOf([5, 6], 16);
    const before = digest.state.slice();
    expect(digest.load(means, weights, min, max, sum, exact)).toBe(false);
    expect(digest.state).toEqual(before);
  });

  it('loads no centroids as empty', () => {
    const digest = digestOf([5, 6]);
    expect(digest.load([], [], 0, 0, 0, 0)).toBe(true);
    expect(digest.count).toBe(0);
  });
});
