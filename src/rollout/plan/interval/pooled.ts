import { studentQuantile } from './student.ts';

export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The two-sided interval of mean(a) - mean(b) of samples that vary alike: Student 1908, with the variance of both together and
 * n + m - 2 degrees of freedom (Fisher 1925). Without that assumption (Welch 1947) two values of one sample have a single
 * degree of freedom, and a quantile of 12.7. Both hold at least two values; `confidence` is between 0 and 1.
 */
export function pooledInterval(a: readonly number[], b: readonly number[], confidence: number): Interval {
  const [first, second] = [spreadOf(a), spreadOf(b)];
  const estimate = first.mean - second.mean;
  const degrees = a.length + b.length - 2;
  const variance = (first.squares + second.squares) / degrees;
  const error = Math.sqrt(variance * (1 / a.length + 1 / b.length));
  const reach = error === 0 ? 0 : studentQuantile((1 + confidence) / 2, degrees) * error;
  return { estimate, low: estimate - reach, high: estimate + reach };
}

/** The mean, and the sum of squared distances from it. */
function spreadOf(values: readonly number[]): { mean: number; squares: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, squares: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
}
