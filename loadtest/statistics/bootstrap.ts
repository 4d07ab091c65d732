import type { Estimate } from '../phases.ts';
import { quantile } from './quantile.ts';
import { type Random, seededRandom } from './random.ts';

const RESAMPLES = 2000;

export interface IntervalOptions {
  /** 0.95 for an interval that holds the truth 95 times in a hundred. */
  readonly confidence: number;
  readonly seed: number;
  readonly resamples?: number;
}

/**
 * The mean and its interval, by the bootstrap-t (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, §12.5): the
 * percentile interval is too narrow for a dozen pairs. The mean, not the median or a trimmed mean: a scrape falls into one
 * block in five, and what it costs must not be trimmed away. Infinite where fewer than three values say nothing.
 */
export function meanInterval(
  values: readonly number[],
  { confidence, seed, resamples = RESAMPLES }: IntervalOptions,
): Estimate {
  const { mean, error } = meanAndError(values);
  const bounds = { estimate: mean, confidence, pairs: values.length };
  if (values.length < 3) return { ...bounds, low: -Infinity, high: Infinity };
  if (error === 0) return { ...bounds, low: mean, high: mean };
  const random = seededRandom(seed);
  const sample = new Float64Array(values.length);
  const deviations = new Float64Array(resamples);
  for (let i = 0; i < resamples; i++) {
    fillFrom(values, sample, random);
    const drawn = meanAndError(sample);
    // Of a sample of one value over and over nothing is known.
    deviations[i] = drawn.error === 0 ? 0 : (drawn.mean - mean) / drawn.error;
  }
  deviations.sort();
  const tail = (1 - confidence) / 2;
  return {
    ...bounds,
    low: mean - error * quantile(deviations, 1 - tail),
    high: mean - error * quantile(deviations, tail),
  };
}

/** Of one set: the latencies under both conditions. */
export interface LatencyPair {
  readonly off: ArrayLike<number>;
  readonly on: ArrayLike<number>;
}

/**
 * How much higher a quantile of all latencies is than with measuring off, as a ratio, and its interval: whole sets are drawn
 * again (cluster bootstrap; Davison and Hinkley, Bootstrap Methods and their Application, 1997, §3.8), since requests of one
 * block are more alike than those of two.
 */
export function pooledQuantileInterval(
  sets: readonly LatencyPair[],
  ratio: number,
  { confidence, seed, resamples = 400 }: IntervalOptions,
): Estimate {
  const random = seededRandom(seed);
  const estimate = excess(sets, ratio);
  const drawn = Float64Array.from({ length: resamples }, () =>
    excess(
      sets.map(() => sets[Math.floor(random() * sets.length)] as LatencyPair),
      ratio,
    ),
  ).sort();
  const tail = (1 - confidence) / 2;
  return {
    estimate,
    low: quantile(drawn, tail),
    high: quantile(drawn, 1 - tail),
    confidence,
    pairs: sets.length,
  };
}

function excess(sets: readonly LatencyPair[], ratio: number): number {
  return (
    quantile(pooled(sets.map(({ on }) => on)), ratio) / quantile(pooled(sets.map(({ off }) => off)), ratio) -
    1
  );
}

function pooled(parts: readonly ArrayLike<number>[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all.sort();
}

function fillFrom(values: readonly number[], sample: Float64Array, random: Random): void {
  for (let i = 0; i < sample.length; i++) sample[i] = values[Math.floor(random() * values.length)] as number;
}

/** The mean and its standard error. */
export function meanAndError(values: ArrayLike<number>): { mean: number; error: number } {
  const { length } = values;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += values[i] as number;
  const mean = sum / length;
  let squares = 0;
  for (let i = 0; i < length; i++) squares += ((values[i] as number) - mean) ** 2;
  return { mean, error: Math.sqrt(squares / (length - 1) / length) };
}
