import { describe, expect, it } from 'vitest';
import { meanInterval } from '../../../loadtest/statistics/bootstrap.ts';
import { detectionChance, smallestDetectable } from '../../../loadtest/statistics/power.ts';
import { seededRandom } from '../../../loadtest/statistics/random.ts';
import { DEVIATION, draw } from './noise.ts';

const EFFECT = 0.015;

describe('the power', () => {
  it('to see an effect of 1.5 % is 26 % with 13 pairs, 75 % with 40, and above 99 % with 120', () => {
    const chances = [13, 40, 120].map((pairs) => detectionChance(EFFECT, DEVIATION, pairs));
    expect(chances.map((chance) => Math.round(100 * chance))).toEqual([26, 75, 100]);
  });

  for (const [pairs, runs] of [
    [13, 2500],
    [40, 2500],
    [120, 500],
  ] as const) {
    it(`is what a simulation finds, to within three points: ${pairs} pairs`, () => {
      const random = seededRandom(7);
      let seen = 0;
      for (let run = 0; run < runs; run++) {
        const values = draw(pairs, random).map((value) => EFFECT + DEVIATION * value);
        // With a few hundred resamples the interval is wider by chance, and its power a point less.
        const { low, high } = meanInterval(values, { confidence: 0.95, seed: run, resamples: 1999 });
        if (low > 0 || high < 0) seen++;
      }
      expect(Math.abs(seen / runs - detectionChance(EFFECT, DEVIATION, pairs))).toBeLessThan(0.03);
    });
  }

  it('is 80 % at the smallest effect that is found: 1.6 % with 40 pairs', () => {
    for (const pairs of [13, 40, 120])
      expect(detectionChance(smallestDetectable(DEVIATION, pairs), DEVIATION, pairs)).toBeCloseTo(0.8, 3);
    expect(smallestDetectable(DEVIATION, 40)).toBeCloseTo(0.0159, 4);
  });
});
