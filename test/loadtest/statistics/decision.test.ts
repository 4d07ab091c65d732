import { describe, expect, it } from 'vitest';
import { meanInterval } from '../../../loadtest/statistics/bootstrap.ts';
import {
  CONFIDENCE,
  type Decision,
  decide,
  INTERIM_CONFIDENCE,
  overall,
} from '../../../loadtest/statistics/decision.ts';
import { seededRandom } from '../../../loadtest/statistics/random.ts';
import { DEVIATION, draw } from './noise.ts';

const LIMIT = 0.01;

describe('the decision', () => {
  it('is a pass below the limit, a fail above it, and open where the interval holds the limit', () => {
    expect(decide({ low: -0.001, high: 0.0099 }, LIMIT)).toBe('pass');
    expect(decide({ low: 0.0101, high: 0.02 }, LIMIT)).toBe('fail');
    expect(decide({ low: 0.009, high: 0.011 }, LIMIT)).toBe('undecided');
    expect(decide({ low: 0, high: LIMIT }, LIMIT)).toBe('undecided');
    expect(decide({ low: LIMIT, high: 0.02 }, LIMIT)).toBe('undecided');
    expect(decide({ low: Number.NaN, high: Number.NaN }, LIMIT)).toBe('undecided');
    expect(decide({ low: -Infinity, high: Infinity }, LIMIT)).toBe('undecided');
  });

  it('of several claims passes only when all do, and fails when one does', () => {
    expect(overall(['pass', 'pass'])).toBe('pass');
    expect(overall(['pass', 'undecided'])).toBe('undecided');
    expect(overall(['pass', 'undecided', 'fail'])).toBe('fail');
    expect(overall([])).toBe('undecided');
  });
});

describe('the decision about 1 %, looked at again and again', () => {
  interface Looks {
    readonly looks: readonly number[];
    readonly interim?: number;
    readonly runs: number;
    readonly resamples?: number;
  }

  /** What is decided at a true effect, after as many pairs as these, one look after the other. */
  function shares(
    effect: number,
    // The interval of 99.9 % ends at the first and the last of 1999.
    { looks, interim = INTERIM_CONFIDENCE, runs, resamples = 1999 }: Looks,
  ): Record<Decision, number> {
    const counts = { pass: 0, fail: 0, undecided: 0 };
    for (let run = 0; run < runs; run++) {
      const random = seededRandom(run);
      const values: number[] = [];
      let decision: Decision = 'undecided';
      for (const look of looks) {
        values.push(...draw(look - values.length, random).map((value) => effect + DEVIATION * value));
        const confidence = look === looks.at(-1) ? CONFIDENCE : interim;
        decision = decide(meanInterval(values, { confidence, seed: run, resamples }), LIMIT);
        if (decision !== 'undecided') break;
      }
      counts[decision]++;
    }
    return { pass: counts.pass / runs, fail: counts.fail / runs, undecided: counts.undecided / runs };
  }

  // 2.5 % each at the very limit, and three times what chance makes of so many runs.
  const atMost = (runs: number) => 0.025 + 3 * Math.sqrt((0.025 * 0.975) / runs);

  it('is wrong as seldom as the interval says, either way, when looked at once', () => {
    for (const pairs of [13, 40]) {
      const { pass, fail } = shares(LIMIT, { looks: [pairs], runs: 2000, resamples: 399 });
      expect(pass).toBeLessThan(atMost(2000));
      expect(fail).toBeLessThan(atMost(2000));
    }
  });

  it('is wrong no more often with looks before the last', () => {
    const { pass, fail } = shares(LIMIT, { looks: [40, 80, 120], runs: 1000 });
    expect(pass).toBeLessThan(atMost(1000));
    expect(fail).toBeLessThan(atMost(1000));
  });

  it('would be wrong nearly twice as often if every look took the interval of the last', () => {
    const { pass, fail } = shares(LIMIT, {
      looks: [40, 80, 120],
      interim: CONFIDENCE,
      runs: 1000,
      resamples: 399,
    });
    expect(pass + fail).toBeGreaterThan(0.08);
  });

  it('passes an effect of 0.2 % in most full runs, and never an effect of 3 %', () => {
    const full = { looks: [40, 80, 120, 200], runs: 200 };
    expect(shares(0.002, full).pass).toBeGreaterThan(0.8);
    expect(shares(0.03, full)).toMatchObject({ pass: 0, undecided: 0 });
  });
});
