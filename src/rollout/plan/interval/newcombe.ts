import type { Interval } from './pooled.ts';
import { NORMAL_DEGREES, studentQuantile } from './student.ts';

export interface Share {
  /** 0 to 1. */
  readonly ratio: number;
  /** How many observations it is of, more than 0. */
  readonly count: number;
}

/**
 * The two-sided interval of a.ratio - b.ratio: Newcombe 1998, "Interval estimation for the difference between independent
 * proportions", method 10, of Wilson's intervals of both.
 */
export function newcombeInterval(a: Share, b: Share, confidence: number): Interval {
  const z = studentQuantile((1 + confidence) / 2, NORMAL_DEGREES);
  const [first, second] = [wilson(a, z), wilson(b, z)];
  const estimate = a.ratio - b.ratio;
  return {
    estimate,
    low: estimate - Math.hypot(a.ratio - first.low, second.high - b.ratio),
    high: estimate + Math.hypot(first.high - a.ratio, b.ratio - second.low),
  };
}

/** Wilson 1927. */
function wilson({ ratio, count }: Share, z: number): { low: number; high: number } {
  const centre = ratio + z ** 2 / (2 * count);
  const reach = z * Math.sqrt((ratio * (1 - ratio)) / count + z ** 2 / (4 * count ** 2));
  const scale = 1 + z ** 2 / count;
  return { low: (centre - reach) / scale, high: (centre + reach) / scale };
}
