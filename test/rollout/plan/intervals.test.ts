import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/demo/random.ts';
import { newcombeInterval } from '../../../src/rollout/plan/interval/newcombe.ts';
import { type Interval, pooledInterval } from '../../../src/rollout/plan/interval/pooled.ts';
import { NORMAL_DEGREES, studentQuantile } from '../../../src/rollout/plan/interval/student.ts';

describe('studentQuantile', () => {
  // Upper critical values as tables print them, such as Fisher and Yates 1963, table III.
  it.each([
    [0.95, 1, 6.314],
    [0.975, 1, 12.706],
    [0.999, 1, 318.309],
    [0.9, 2, 1.886],
    [0.975, 2, 4.303],
    [0.995, 3, 5.841],
    [0.975, 5, 2.571],
    [0.99, 7, 2.998],
    [0.975, 10, 2.228],
    [0.999, 10, 4.144],
    [0.95, 20, 1.725],
    [0.975, 30, 2.042],
    [0.99, 60, 2.39],
    [0.999, 100, 3.174],
    [0.975, NORMAL_DEGREES, 1.96],
    [0.999, NORMAL_DEGREES, 3.09],
  ])('of %d with %d degrees of freedom is %d', (probability, degrees, expected) => {
    expect(studentQuantile(probability, degrees)).toBeCloseTo(expected, 3);
  });

  it('is exact where it has a closed form: one and two degrees of freedom', () => {
    for (const p of [0.5, 0.6, 0.75, 0.9, 0.99, 0.999, 0.999_99]) {
      const a = 4 * p * (1 - p);
      expect(studentQuantile(p, 1) / (Math.tan(Math.PI * (p - 0.5)) || 1)).toBeCloseTo(p === 0.5 ? 0 : 1, 9);
      expect(studentQuantile(p, 2)).toBeCloseTo(2 * (p - 0.5) * Math.sqrt(2 / a), 8);
    }
  });

  it('falls as degrees of freedom grow, whole or not', () => {
    let before = Number.POSITIVE_INFINITY;
    for (const degrees of [1, 1.5, 2, 2.7, 5, 11.3, 40, 1000, 1e6]) {
      const quantile = studentQuantile(0.975, degrees);
      expect(quantile).toBeLessThan(before);
      before = quantile;
    }
  });
});

const TRIALS = 4000;

/** Share of trials in which `holds` is true of the interval of two samples that differ by `effect`. */
function shareOf(
  holds: (interval: Interval) => boolean,
  {
    measured,
    control,
    effect,
    spread = 1,
  }: { measured: number; control: number; effect: number; spread?: number },
): number {
  const random = new Random(7, `${measured} ${control} ${effect} ${spread}`);
  const sample = (size: number, mean: number): number[] =>
    Array.from({ length: size }, () => mean + spread * random.normal());
  let held = 0;
  for (let i = 0; i < TRIALS; i++) {
    const interval = pooledInterval(sample(measured, effect), sample(control, 0), 0.95);
    if (holds(interval)) held++;
  }
  return held / TRIALS;
}

describe('pooledInterval', () => {
  it('is the one of a published example', () => {
    // Student's t-test on his sleep data of 1908 (R, t.test(var.equal = TRUE)): t = -1.8608, df = 18, -3.363874 to 0.203874.
    const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
    const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    const { estimate, low, high } = pooledInterval(first, second, 0.95);
    expect(estimate).toBeCloseTo(-1.58, 10);
    expect(low).toBeCloseTo(-3.363_874, 6);
    expect(high).toBeCloseTo(0.203_874, 6);
  });

  it.each([
    [3, 2],
    [7, 3],
    [8, 4],
    [30, 2],
    [100, 10],
  ])('holds the truth in 93 to 97 of 100 trials: %d against %d pods', (measured, control) => {
    const effect = 0.004;
    const truth = { measured, control, effect };
    const coverage = shareOf(({ low, high }) => low <= effect && effect <= high, truth);
    expect(coverage).toBeGreaterThan(0.93);
    expect(coverage).toBeLessThan(0.97);
  });

  it('finds what is well above the limit, and clears what is well below (power printed)', () => {
    const limit = 0.01;
    const rows = [
      [7, 3],
      [8, 4],
      [20, 4],
      [90, 10],
    ].map(([measured, control]) => {
      const fleet = (effect: number) => ({
        measured,
        control,
        effect,
        spread: 0.003,
      });
      return {
        pods: `${measured} against ${control}, spread 0.3 %`,
        'fails at 1.5 %': shareOf(({ low }) => low > limit, fleet(0.015)),
        'passes at 0.5 %': shareOf(({ high }) => high < limit, fleet(0.005)),
        'fails at 1 %': shareOf(({ low }) => low > limit, fleet(0.01)),
      };
    });
    console.table(rows);
    for (const row of rows) expect(row['fails at 1 %']).toBeLessThan(0.035);
    expect(rows[3]['fails at 1.5 %']).toBeGreaterThan(0.99);
    expect(rows[3]['passes at 0.5 %']).toBeGreaterThan(0.99);
  });
});

describe('newcombeInterval', () => {
  // Newcombe 1998, table II, method 10.
  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [10, 10, 0, 10, 0.6075, 1],
  ])('of %d/%d less %d/%d is as published', (a, m, b, n, low, high) => {
    const interval = newcombeInterval({ ratio: a / m, count: m }, { ratio: b / n, count: n }, 0.95);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });
});
