import { describe, expect, it } from 'vitest';
import { meanAndError, meanInterval } from '../../../loadtest/statistics/bootstrap.ts';
import {
  CONFIDENCE,
  type Decision,
  decide,
  INTERIM_CONFIDENCE,
} from '../../../loadtest/statistics/decision.ts';
import { detectionChance } from '../../../loadtest/statistics/power.ts';
import { type Random, seededRandom } from '../../../loadtest/statistics/random.ts';

/** Of one pair of blocks, as they vary on two cores that others use, too. */
const DEVIATION = 0.035;
const LIMIT = 0.01;

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** All of mean 0. */
const NOISE: Readonly<Record<string, (random: Random) => number>> = {
  normal,
  // One block in twenty is disturbed.
  'with outliers': (random) => normal(random) * (random() < 0.05 ? 3 : 1),
  // What a scrape in one block in five does, on top of noise.
  'with scrapes': (random) => normal(random) + (random() < 0.2 ? 2 : 0) - 0.4,
  skewed: (random) => Math.exp(normal(random) / 2) - Math.exp(1 / 8),
};

function draw(count: number, random: Random, noise = normal): number[] {
  return Array.from({ length: count }, () => noise(random));
}

/** How often the interval held the truth. */
function coverage(pairs: number, noise: (random: Random) => number, runs: number): number {
  const random = seededRandom(pairs);
  let held = 0;
  for (let run = 0; run < runs; run++) {
    const values = draw(pairs, random, noise);
    const { low, high } = meanInterval(values, { confidence: 0.95, seed: run, resamples: 399 });
    if (low <= 0 && high >= 0) held++;
  }
  return held / runs;
}

describe('the 95 % interval of a mean', () => {
  for (const [name, noise] of Object.entries(NOISE)) {
    for (const [pairs, runs] of [
      [14, 2500],
      [40, 2500],
      [120, 1200],
    ] as const) {
      it(`holds the truth 93 to 97 times in a hundred: ${pairs} pairs, noise ${name}`, () => {
        const held = coverage(pairs, noise, runs);
        expect(held).toBeGreaterThanOrEqual(0.93);
        expect(held).toBeLessThanOrEqual(0.97);
      });
    }
  }

  it('is a little too narrow, by less than four in a hundred, where outliers are larger still', () => {
    const wild = (random: Random) => normal(random) * (random() < 0.05 ? 5 : 1);
    for (const pairs of [14, 40, 120]) expect(coverage(pairs, wild, 1000)).toBeGreaterThan(0.91);
  });
});

describe('the decision about 1 %', () => {
  /** What is decided at a true effect, looked at after as many pairs as these, one after the other. */
  function decisionAt(effect: number, looks: readonly number[], seed: number): Decision {
    const random = seededRandom(seed);
    const values: number[] = [];
    for (const look of looks) {
      values.push(...draw(look - values.length, random).map((value) => effect + DEVIATION * value));
      const confidence = look === looks.at(-1) ? CONFIDENCE : INTERIM_CONFIDENCE;
      const decision = decide(meanInterval(values, { confidence, seed, resamples: 999 }), LIMIT);
      if (decision !== 'undecided') return decision;
    }
    return 'undecided';
  }

  function shares(effect: number, looks: readonly number[], runs = 600): Record<Decision, number> {
    const counts = { pass: 0, fail: 0, undecided: 0 };
    for (let run = 0; run < runs; run++) counts[decisionAt(effect, looks, run)]++;
    return { pass: counts.pass / runs, fail: counts.fail / runs, undecided: counts.undecided / runs };
  }

  it('passes and fails wrongly no more often than the interval says, however often it is looked', () => {
    // 2.5 % each at the very limit, and a standard error of 0.6 % for 600 runs.
    const { pass, fail } = shares(LIMIT, [40, 60, 80, 120]);
    expect(pass).toBeLessThan(0.045);
    expect(fail).toBeLessThan(0.045);
  });

  it('passes an effect of 0.2 % in most full runs, and never an effect of 3 %', () => {
    expect(shares(0.002, [40, 80, 120, 200], 200).pass).toBeGreaterThan(0.8);
    expect(shares(0.03, [40, 80, 120, 200], 200)).toMatchObject({ pass: 0, undecided: 0 });
  });
});

describe('the power', () => {
  it('to see an effect of 1.5 % is 36 % with 14 pairs, 77 % with 40, and above 99 % with 120', () => {
    const chances = [14, 40, 120].map((pairs) => detectionChance(0.015, DEVIATION, pairs));
    expect(chances.map((chance) => Math.round(100 * chance))).toEqual([36, 77, 100]);
  });

  it('is what a simulation finds, to within five points: the normal distribution promises a little more than the bootstrap-t keeps', () => {
    const random = seededRandom(7);
    const runs = 2000;
    let seen = 0;
    for (let run = 0; run < runs; run++) {
      const values = draw(40, random).map((value) => 0.015 + DEVIATION * value);
      const { low } = meanInterval(values, { confidence: 0.95, seed: run, resamples: 399 });
      if (low > 0) seen++;
    }
    expect(Math.abs(seen / runs - detectionChance(0.015, DEVIATION, 40))).toBeLessThan(0.05);
  });
});

describe('the mean and its error', () => {
  it('are those of the textbook', () => {
    const { mean, error } = meanAndError([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(mean).toBe(5);
    expect(error).toBeCloseTo(Math.sqrt(32 / 7 / 8), 12);
  });
});
