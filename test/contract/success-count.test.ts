import { expect, it } from 'vitest';
import { successCount } from '../../src/contract/success-count.ts';

it('is exact for whole counts and for totals that agree', () => {
  expect([successCount(1000, 3), successCount(2 ** 40 + 1, 1), successCount(1, 1)]).toEqual([
    997,
    2 ** 40,
    0,
  ]);
});

it.each([0.3, 0.7, 0.013])('does not fall while errors come, at a sampling ratio of %s', (ratio) => {
  const weight = 1 / ratio;
  let lastRaw = 0;
  let rawFalls = 0;
  for (const begun of [0, 1e6, 1e9]) {
    let count = begun;
    let errors = 0;
    let last = 0;
    for (let i = 0; i < 3000; i++) {
      count += weight;
      errors += i % 2 === 0 ? 0 : weight;
      const ok = successCount(count, errors);
      expect(ok).toBeGreaterThanOrEqual(last);
      last = ok;
      if (count - errors < lastRaw) rawFalls++;
      lastRaw = i === 2999 ? 0 : count - errors;
    }
  }
  // What it is there for happens.
  expect(rawFalls).toBeGreaterThan(0);
});
