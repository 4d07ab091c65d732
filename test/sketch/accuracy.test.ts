import { describe, expect, it } from 'vitest';
import { TDigest } from '../../src/sketch/tdigest.ts';
import { DISTRIBUTIONS, drawSamples } from './distributions.ts';
import { ExactOracle, relativeError } from './exact-oracle.ts';
import { feed } from './feed.ts';

const COMPRESSION = 500;
const QUANTILES = [0.5, 0.95, 0.99, 0.999];
const NAMES = Object.keys(DISTRIBUTIONS);

function expectWithinOnePercent(digest: TDigest, oracle: ExactOracle): void {
  for (const q of QUANTILES) {
    expect(relativeError(digest.quantile(q), oracle.quantile(q)), `quantile ${q}`).toBeLessThan(0.01);
  }
}

describe.each(NAMES)('P50 to P99.9 of a %s distribution are within 1 %% of the exact ones', (name) => {
  it.each([1, 2, 3, 4, 5])('fed 200 values at a time (seed %i)', (seed) => {
    const samples = drawSamples(name, 100_000, seed);
    const digest = TDigest.create(COMPRESSION);
    feed(digest, samples, 200);
    expectWithinOnePercent(digest, new ExactOracle(samples));
  });

  it('fed a million values in large batches', () => {
    const samples = drawSamples(name, 1_000_000, 6);
    const digest = TDigest.create(COMPRESSION);
    feed(digest, samples, 16_384);
    expectWithinOnePercent(digest, new ExactOracle(samples));
  });

  it.each(['one by one', 'at once'])('after merging 100 digests %s', (how) => {
    const samples = drawSamples(name, 500_000, 7);
    const parts = Array.from({ length: 100 }, (_, i) => {
      const part = TDigest.create(COMPRESSION);
      feed(part, samples.subarray(i * 5000, i * 5000 + 5000), 500);
      return part;
    });
    const merged = TDigest.create(COMPRESSION);
    if (how === 'at once') merged.assignMerged(parts);
    else for (const part of parts) merged.merge(part);
    expectWithinOnePercent(merged, new ExactOracle(samples));
  });
});
