import { describe, expect, it } from 'vitest';
import { decodeSnapshot } from '../../../src/contract/snapshot-decoder.ts';
import { WINDOW_NAMES } from '../../../src/contract/statistics.ts';
import { NativeHistogram } from '../../../src/sketch/native-histogram.ts';
import { DISTRIBUTIONS, drawSamples, seededUniform } from '../../sketch/distributions.ts';
import { ExactOracle, relativeError } from '../../sketch/exact-oracle.ts';
import { feed } from '../../sketch/feed.ts';
import { FakePod, NOON, target } from './fake-pod.ts';
import { eventOf, Fleet } from './fleet.ts';

const PODS = 100;
const SAMPLES = 500_000;
const EVENT = 'order_execution';
const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99, p999: 0.999 } as const;

/** Where pods' shares of the samples begin, the last end included: from a tenth to twice of an even share, by chance. */
function unevenShares(count: number, seed: number): number[] {
  const uniform = seededUniform(seed);
  const sizes = Array.from({ length: PODS }, () => 0.1 + 1.9 * uniform());
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const starts = [0];
  for (let i = 0, sum = 0; i < PODS; i++) {
    sum += sizes[i];
    starts.push(Math.round((count * sum) / total));
  }
  return starts;
}

function repeated(samples: Float32Array, times: number): Float32Array {
  return Float32Array.from({ length: samples.length * times }, (_, i) => samples[Math.floor(i / times)]);
}

function merge(pods: readonly FakePod[], services: readonly string[] = ['trading']) {
  const fleet = new Fleet();
  const targets = pods.map((_, i) => target(String(i), services[i % services.length]));
  fleet.merger.setTargets(targets);
  const statistics = fleet.round(pods.map((pod, i) => [targets[i], pod.tick().bytes()] as const));
  expect(statistics.round.merged).toBe(pods.length);
  return { fleet, statistics };
}

describe.each(Object.keys(DISTRIBUTIONS))('a %s distribution over 100 pods, merged', (name) => {
  const samples = drawSamples(name, SAMPLES, 7);
  const starts = unevenShares(SAMPLES, 8);
  const share = (i: number): Float32Array => samples.subarray(starts[i], starts[i + 1]);

  it.each([1, 3])(
    'of %i services is within one percent of the exact quantiles, split unevenly',
    (services) => {
      const pods = Array.from({ length: PODS }, (_, i) => new FakePod(NOON - 60_000).record(EVENT, share(i)));
      const { statistics } = merge(pods, ['a', 'b', 'c'].slice(0, services));
      const merged = eventOf(statistics, EVENT);
      const oracle = new ExactOracle(samples);
      for (const { count, min, max, mean, quantiles } of [
        merged,
        ...WINDOW_NAMES.map((w) => merged.windows[w]),
      ]) {
        expect(count).toBe(SAMPLES);
        expect([min, max]).toEqual([oracle.sorted[0], oracle.sorted.at(-1)]);
        expect(mean).toBeCloseTo(samples.reduce((sum, value) => sum + value, 0) / SAMPLES, 10);
        for (const [p, q] of Object.entries(QUANTILES)) {
          const value = quantiles?.[p as keyof typeof QUANTILES] ?? Number.NaN;
          expect(relativeError(value, oracle.quantile(q)), p).toBeLessThan(0.01);
        }
      }
    },
  );

  it('is within one percent when pods sample at different rates', () => {
    const rates = [1, 0.5, 0.1];
    const parts: Float32Array[] = [];
    const pods = Array.from({ length: PODS }, (_, i) => {
      const pod = new FakePod(NOON - 60_000);
      pod.rate = rates[i % rates.length];
      const weight = 1 / pod.rate;
      const kept = share(i).filter((_, k) => k % weight === 0);
      parts.push(repeated(kept, weight));
      return pod.record(EVENT, kept, { weight });
    });
    const all = Float32Array.from(parts.flatMap((part) => [...part]));
    const oracle = new ExactOracle(all);
    const { count, quantiles } = eventOf(merge(pods).statistics, EVENT);
    expect(count).toBe(all.length);
    for (const [p, q] of Object.entries(QUANTILES)) {
      const value = quantiles?.[p as keyof typeof QUANTILES] ?? Number.NaN;
      expect(relativeError(value, oracle.quantile(q)), p).toBeLessThan(0.01);
    }
  });

  it('has the native histogram of all values together, bucket by bucket', () => {
    const pods = Array.from({ length: PODS }, (_, i) => {
      const pod = new FakePod(NOON - 60_000);
      // Pods differ in how fine they are; the coarsest decides.
      pod.event(EVENT, { schema: 5 - (i % 3) });
      return pod.record(EVENT, share(i));
    });
    const { snapshot } = decodeSnapshot(merge(pods).fleet.merger.encodeDigest());
    const native = snapshot?.events[0].native;
    const expected = NativeHistogram.create(160, native?.schema);
    feed(expected, samples);
    expect(expected.schema).toBe(native?.schema);
    expect(native?.schema).toBeLessThanOrEqual(3);
    const { offsets, lengths, counts } = expected.positiveSpans();
    const spans = offsets.map((offset, i) => ({ offset, length: lengths[i] }));
    expect(native).toMatchObject({
      count: SAMPLES,
      zeroCount: expected.zeroCount,
      positive: { spans, counts },
    });
  });
});

it('gives a digest that the next fleet merges to the same quantiles', () => {
  const samples = drawSamples('pareto', 100_000, 3);
  const pods = [0, 1].map((i) =>
    new FakePod(NOON - 3_600_000).record(EVENT, samples.subarray(i * 50_000, i * 50_000 + 50_000)),
  );
  const { fleet, statistics } = merge(pods);
  const upper = new Fleet();
  upper.merger.setTargets([target('fleet')]);
  const again = upper.round([[target('fleet'), fleet.merger.encodeDigest()]]);
  const { count, quantiles } = eventOf(again, EVENT);
  const first = eventOf(statistics, EVENT);
  expect(count).toBe(first.count);
  expect(quantiles?.p999).toBeCloseTo(first.quantiles?.p999 ?? Number.NaN, 6);
  expect(again.overall.recorded).toBe(100_000);
});
