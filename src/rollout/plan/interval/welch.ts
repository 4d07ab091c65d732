import { studentQuantile } from './student.ts';

export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The two-sided interval of mean(a) - mean(b) where variances may differ: Welch 1947, with the degrees of freedom of
 * Satterthwaite 1946. Both samples hold at least two values; `confidence` is between 0 and 1.
 */
export function welchInterval(a: readonly number[], b: readonly number[], confidence: number): Interval {
  const [first, second] = [squaredError(a), squaredError(b)];
  const estimate = first.mean - second.mean;
  const sum = first.error + second.error;
  if (sum === 0) return { estimate, low: estimate, high: estimate };
  const degrees = sum ** 2 / (first.error ** 2 / (a.length - 1) + second.error ** 2 / (b.length - 1));
  const reach = studentQuantile((1 + confidence) / 2, degrees) * Math.sqrt(sum);
  return { estimate, low: estimate - reach, high: estimate + reach };
}

/** The mean, and the square of its standard error. */
function squaredError(values: readonly number[]): { mean: number; error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: squares / (values.length - 1) / values.length };
}
