import { describe, expect, it } from 'vitest';
import { compare, differenceOf, judge, powerOf } from '../../loadtest/overhead-verdict.ts';
import { CONDITIONS, METRICS } from '../../loadtest/phases.ts';
import { seededRandom } from '../../loadtest/statistics/random.ts';
import { type MadeRun, madeRun } from './made-run.ts';

const OPTIONS = { confidence: 0.95, seed: 1, resamples: 399 };

function verdictOf(run: MadeRun): string {
  return judge(compare(madeRun(seededRandom(3), run), { seed: 1, isLast: true }));
}

describe('the verdict', () => {
  it('is a pass only when each rate is below 1 % beyond doubt, by all that is judged', () => {
    const costs = { '10': -0.03, '50': -0.03, '100': -0.03 };
    expect(verdictOf({ noise: 0.003, requestsPerBlock: 60, costs })).toBe('pass');
    expect(verdictOf({ noise: 0.003, requestsPerBlock: 60, costs: { ...costs, '10': 0.01 } })).toBe(
      'undecided',
    );
  });

  it('fails when one rate is above 1 % beyond doubt', () => {
    expect(verdictOf({ noise: 0.003, requestsPerBlock: 60, costs: { '50': 0.03 } })).toBe('fail');
  });

  it('is undecided when the run was too noisy to tell', () => {
    expect(verdictOf({ noise: 0.1 })).toBe('undecided');
    expect(judge([])).toBe('undecided');
  });

  it('is about three rates and three metrics; before the last look about nothing else', () => {
    const run = madeRun(seededRandom(3), {});
    const all = compare(run, { seed: 1, isLast: true });
    expect(all).toHaveLength(METRICS.length * (CONDITIONS.length - 1));
    expect(all.filter(({ verdict }) => verdict !== null)).toHaveLength(9);
    const early = compare(run, { seed: 1, isLast: false });
    expect(early).toHaveLength(9);
    expect(early.every(({ difference }) => difference.confidence === 0.999)).toBe(true);
  });
});

describe('the difference of a median', () => {
  it('is not made uncertain by a machine that is slow for half of the run', () => {
    const widthOf = (slowHalf: number): number => {
      const { low, high } = differenceOf(
        madeRun(seededRandom(5), { slowHalf }),
        '100',
        'latency_p50',
        OPTIONS,
      );
      return high - low;
    };
    expect(widthOf(1.3)).toBeLessThan(1.1 * widthOf(1));
  });

  for (const slowHalf of [1, 1.3]) {
    it(`holds the truth 93 to 97 times in a hundred, on a machine that is ${slowHalf} times as slow for a while`, () => {
      const random = seededRandom(11);
      const runs = 500;
      let held = 0;
      for (let run = 0; run < runs; run++) {
        const made = madeRun(random, { slowHalf, costs: { '100': 0.02 } });
        const { low, high } = differenceOf(made, '100', 'latency_p50', { ...OPTIONS, seed: run });
        if (low <= 0.02 && high >= 0.02) held++;
      }
      expect(held / runs).toBeGreaterThanOrEqual(0.93);
      expect(held / runs).toBeLessThanOrEqual(0.97);
    });
  }
});

describe('the power of a run', () => {
  it('grows with its pairs', () => {
    const [few, many] = [40, 400].map((sets) => powerOf(madeRun(seededRandom(1), { sets }).blocks));
    expect(many?.smallestFound).toBeLessThan((few?.smallestFound ?? 0) / 2.5);
    expect(many?.fails1_5Percent).toBeGreaterThan(few?.fails1_5Percent ?? 1);
    expect(many?.passes0_5Percent).toBeGreaterThan(few?.passes0_5Percent ?? 1);
  });
});
