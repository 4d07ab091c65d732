import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TDigest } from '../../src/sketch/tdigest.ts';
import { drawSamples } from './distributions.ts';
import { ExactOracle } from './exact-oracle.ts';
import { feed } from './feed.ts';

const value = fc.float({
  noNaN: true,
  noDefaultInfinity: true,
  min: Math.fround(-1e6),
  max: Math.fround(1e6),
});
const values = fc.array(value, { minLength: 1, maxLength: 400 });
const SHARES = Array.from({ length: 101 }, (_, i) => i / 100);

function digestOf(samples: ArrayLike<number>, compression = 100, batchSize = 64, weight = 1): TDigest {
  const digest = TDigest.create(compression);
  feed(digest, samples, batchSize, weight);
  return digest;
}

function bytes(digest: TDigest): Uint8Array {
  return new Uint8Array(digest.state.buffer, digest.state.byteOffset, digest.state.byteLength).slice();
}

describe('TDigest', () => {
  it('says NaN and zero when empty', () => {
    const digest = TDigest.create(100);
    expect([digest.count, digest.sum, digest.centroidCount]).toEqual([0, 0, 0]);
    expect([digest.min, digest.max, digest.quantile(0.5), digest.cdf(1)]).toEqual([NaN, NaN, NaN, NaN]);
  });

  it('conserves count, sum, minimum and maximum', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (samples, weight) => {
        const digest = digestOf(samples, 30, 16, weight);
        expect(digest.count).toBe(samples.length * weight);
        expect(digest.min).toBe(Math.min(...samples) + 0);
        expect(digest.max).toBe(Math.max(...samples) + 0);
        const magnitude = samples.reduce((sum, v) => sum + Math.abs(v), 0) * weight;
        const sum = samples.reduce((total, v) => total + v, 0) * weight;
        expect(Math.abs(digest.sum - sum)).toBeLessThanOrEqual(1e-9 * magnitude);
        const weights = new Float64Array(30);
        digest.copyCentroids(new Float64Array(30), weights);
        expect(weights.reduce((total, w) => total + w, 0)).toBe(digest.count);
      }),
      { seed: 2 },
    );
  });

  it('answers exactly, quantile and cdf, while the values fit', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 100 }), (samples) => {
        const digest = digestOf(samples, 100, 7);
        const oracle = new ExactOracle(samples);
        for (const q of SHARES) expect(digest.quantile(q)).toBe(oracle.quantile(q));
        for (const v of samples) expect(digest.cdf(v)).toBeCloseTo(oracle.cdf(v), 12);
      }),
      { seed: 3 },
    );
  });

  it('keeps quantiles in order and within the extremes', () => {
    fc.assert(
      fc.property(values, (samples) => {
        const digest = digestOf(samples, 20, 10);
        const quantiles = SHARES.map((q) => digest.quantile(q));
        expect(quantiles[0]).toBeGreaterThanOrEqual(digest.min);
        expect(quantiles[100]).toBe(digest.max);
        for (let i = 1; i <= 100; i++) expect(quantiles[i]).toBeGreaterThanOrEqual(quantiles[i - 1]);
      }),
      { seed: 4 },
    );
  });

  it('keeps the cdf in order, from 0 below the minimum to 1 at the maximum', () => {
    fc.assert(
      fc.property(values, (samples) => {
        const digest = digestOf(samples, 20, 10);
        const sorted = Float32Array.from(samples).sort();
        const shares = Array.from(sorted, (v) => digest.cdf(v));
        for (let i = 1; i < shares.length; i++) expect(shares[i]).toBeGreaterThanOrEqual(shares[i - 1]);
        expect(digest.cdf(digest.min - 1)).toBe(0);
        expect(digest.cdf(digest.max)).toBe(1);
      }),
      { seed: 5 },
    );
  });

  it('holds no more centroids than its compression, in ascending order, whatever the weights', () => {
    const digest = TDigest.create(40);
    for (let i = 0; i < 300; i++) feed(digest, drawSamples('pareto', 50, i), 50, 10 ** ((i % 13) - 6));
    expect(digest.centroidCount).toBeLessThanOrEqual(40);
    const means = new Float64Array(40);
    const size = digest.copyCentroids(means, new Float64Array(40));
    for (let i = 1; i < size; i++) expect(means[i]).toBeGreaterThanOrEqual(means[i - 1]);
  });

  it('keeps the largest fifth of its compression as recorded', () => {
    const samples = drawSamples('pareto', 100_000, 1);
    const digest = digestOf(samples, 500, 200);
    const { sorted } = new ExactOracle(samples);
    expect(digest.exactCount).toBeGreaterThanOrEqual(100);
    for (let above = 0; above < 100; above++) {
      expect(digest.quantile(1 - above / 100_000)).toBe(sorted[99_999 - above]);
    }
  });

  it('leaves equal bytes for equal inputs', () => {
    const samples = drawSamples('lognormal', 20_000, 2);
    expect(bytes(digestOf(samples))).toEqual(bytes(digestOf(samples)));
  });

  it('goes on from the state that another object left', () => {
    const samples = drawSamples('lognormal', 10_000, 3);
    const whole = digestOf(samples, 100, 1000);
    const shared = new SharedArrayBuffer(8 * TDigest.stateLength(100));
    feed(new TDigest(new Float64Array(shared), 100), samples.subarray(0, 5000), 1000);
    const adopted = new TDigest(new Float64Array(shared), 100);
    feed(adopted, samples.subarray(5000), 1000);
    expect(bytes(adopted)).toEqual(bytes(whole));
  });

  it('adds nothing for a bad range or weight, and leaves out infinities and NaN', () => {
    const digest = TDigest.create(20);
    const batch = Float32Array.of(-Infinity, 1, 2, Infinity, NaN);
    for (const weight of [0, -1, NaN, Infinity]) digest.addSorted(batch, 0, 5, weight);
    for (const [from, to] of [
      [2, 2],
      [3, 1],
      [-1, 2],
      [0, 6],
      [NaN, 2],
      [0, 1],
      [3, 5],
    ])
      digest.addSorted(batch, from, to, 1);
    expect(digest.count).toBe(0);
    digest.addSorted(batch, 0, 5, 2);
    expect([digest.count, digest.sum, digest.min, digest.max]).toEqual([4, 6, 1, 2]);
  });

  it('ends, with the count right, for weights beyond the reach of arithmetic', () => {
    for (const weights of [[1e300, 1e-300], [1e-300, 1e300], [5e-324], [1e308]]) {
      const digest = TDigest.create(20);
      weights.forEach((weight, i) => {
        feed(digest, drawSamples('uniform', 500, i), 50, weight);
      });
      expect(digest.count).toBeGreaterThan(0);
      expect(digest.centroidCount).toBeLessThanOrEqual(20);
      expect(digest.quantile(1)).toBe(digest.max);
    }
  });

  it('is empty again after clear', () => {
    const digest = digestOf([1, 2, 3]);
    digest.clear();
    expect(bytes(digest)).toEqual(bytes(TDigest.create(100)));
  });

  it('says NaN for shares outside 0 to 1', () => {
    const digest = digestOf([1, 2, 3]);
    expect([-0.1, 1.1, NaN].map((q) => digest.quantile(q))).toEqual([NaN, NaN, NaN]);
  });

  it('estimates what unsampled records would have said when rates differ', () => {
    const samples = drawSamples('lognormal', 200_000, 4);
    const digest = TDigest.create(500);
    feed(digest, samples.subarray(0, 100_000), 1000, 1);
    feed(
      digest,
      samples.subarray(100_000).filter((_, i) => i % 10 === 0),
      1000,
      10,
    );
    const oracle = new ExactOracle(samples);
    expect(digest.count).toBe(200_000);
    expect(digest.quantile(0.5) / oracle.quantile(0.5)).toBeCloseTo(1, 1);
    expect(digest.quantile(0.99) / oracle.quantile(0.99)).toBeCloseTo(1, 1);
  });

  it('stays exact in the tail when breaches are kept and the rest is sampled', () => {
    const samples = drawSamples('pareto', 100_000, 5);
    const oracle = new ExactOracle(samples);
    const target = oracle.quantile(0.999);
    const digest = TDigest.create(400);
    feed(
      digest,
      samples.filter((v) => v > target),
      200,
      1,
    );
    feed(
      digest,
      samples.filter((v) => v <= target).filter((_, i) => i % 100 === 0),
      200,
      100,
    );
    expect(digest.quantile(0.9995)).toBe(oracle.quantile(0.9995));
    expect(digest.cdf(target)).toBeCloseTo(0.999, 4);
  });
});
