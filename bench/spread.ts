/** A figure and how far it spreads: the median with P10 and P90, or an estimate with its 95 % interval. */
export interface Figure {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 500;

/** The element at a ratio of the sorted values, by the nearest rank. */
export function quantile(values: readonly number[], ratio: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(ratio * sorted.length))] ?? Number.NaN;
}

/** Median, P10 and P90. */
export function spread(values: readonly number[]): Figure {
  return { median: quantile(values, 0.5), low: quantile(values, 0.1), high: quantile(values, 0.9) };
}

/** A quantile, the median unless told, and its 95 % interval: percentile bootstrap (Efron & Tibshirani 1993, §13.3). */
export function bootstrap(values: readonly number[], ratio = 0.5): Figure {
  const estimates = Array.from({ length: RESAMPLES }, () => quantile(resampled(values), ratio));
  return {
    median: quantile(values, ratio),
    low: quantile(estimates, 0.025),
    high: quantile(estimates, 0.975),
  };
}

/**
 * The median over several runs and its 95 % interval, from resampled runs of resampled values (the two-stage bootstrap,
 * Davison & Hinkley 1997, §3.8): values of one run are more alike than those of two.
 */
export function bootstrapRuns(runs: readonly (readonly number[])[]): Figure {
  const medians = Array.from({ length: RESAMPLES }, () =>
    quantile(
      runs.flatMap(() => resampled(runs[Math.floor(Math.random() * runs.length)])),
      0.5,
    ),
  );
  return {
    median: quantile(runs.flat(), 0.5),
    low: quantile(medians, 0.025),
    high: quantile(medians, 0.975),
  };
}

function resampled(values: readonly number[]): number[] {
  return values.map(() => values[Math.floor(Math.random() * values.length)]);
}

/** Smallest, median and largest: for a handful of values, where P10 says nothing. */
export function range(values: readonly number[]): Figure {
  return { median: quantile(values, 0.5), low: Math.min(...values), high: Math.max(...values) };
}

/** The same figure in another unit. */
export function scaled(figure: Figure, factor: number): Figure {
  return { median: figure.median * factor, low: figure.low * factor, high: figure.high * factor };
}
