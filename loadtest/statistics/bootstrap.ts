import type { Estimate } from '../phases.ts';
import { normalBelow, studentBound } from './distributions.ts';
import { seededRandom } from './random.ts';

/** Of an interval of 99.9 %, two lie beyond each end. */
const RESAMPLES = 3999;
/** Below them nothing is known of how values vary. */
const MIN_PAIRS = 3;

export interface IntervalOptions {
  /** 0.95 for an interval that holds the truth 95 times in a hundred. */
  readonly confidence: number;
  readonly seed: number;
  readonly resamples?: number;
}

/**
 * The mean and its interval: at each end the wider of the bootstrap-t (Efron and Tibshirani, An Introduction to the Bootstrap,
 * 1993, §12.5) and Student's t. With a dozen pairs the percentile interval is too narrow. Of the other two, Student's
 * fails where the values are skewed, the bootstrap-t where a few blocks are far noisier than the rest; test/loadtest has the figures.
 *
 * The mean, not the median or a trimmed mean: a scrape falls into one block in ten, and what it costs must not be trimmed
 * away. Infinite where fewer than three values say nothing.
 */
export function meanInterval(
  values: readonly number[],
  { confidence, seed, resamples = RESAMPLES }: IntervalOptions,
): Estimate {
  // Sorted, so that the same values give the same interval in whatever order they come.
  const sorted = Float64Array.from(values).sort();
  const { mean, error } = meanAndError(sorted);
  const found = { estimate: mean, confidence, pairs: values.length };
  if (values.length < MIN_PAIRS) return { ...found, low: -Infinity, high: Infinity };
  if (error === 0) return { ...found, low: mean, high: mean };
  const random = seededRandom(seed);
  const sample = new Float64Array(sorted.length);
  const deviations = new Float64Array(resamples);
  for (let i = 0; i < resamples; i++) {
    for (let j = 0; j < sample.length; j++)
      sample[j] = sorted[Math.floor(random() * sorted.length)] as number;
    const drawn = meanAndError(sample);
    // One value over and over has no error: infinitely many errors away.
    deviations[i] = drawn.mean === mean ? 0 : (drawn.mean - mean) / drawn.error;
  }
  const [least, most] = middle(deviations.sort(), (1 - confidence) / 2);
  const student = studentBound(confidence, values.length - 1);
  return {
    ...found,
    low: mean - error * Math.max(most, student),
    high: mean - error * Math.min(least, -student),
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
 * block are more alike than those of two. The percentiles are those of the expanded percentile interval (Hesterberg, The American
 * Statistician 69, 2015), as the plain one is too narrow for a dozen sets. Sets without requests on one side are left out.
 */
export function pooledQuantileInterval(
  sets: readonly LatencyPair[],
  ratio: number,
  { confidence, seed, resamples = RESAMPLES }: IntervalOptions,
): Estimate {
  const complete = sets.filter(({ off, on }) => off.length > 0 && on.length > 0);
  const pairs = complete.length;
  const [off, on] = [poolOf(complete.map((set) => set.off)), poolOf(complete.map((set) => set.on))];
  const excess = (times: Uint32Array) => quantileOf(on, times, ratio) / quantileOf(off, times, ratio) - 1;
  const found = { estimate: excess(new Uint32Array(pairs).fill(1)), confidence, pairs };
  if (pairs < MIN_PAIRS) return { ...found, low: -Infinity, high: Infinity };
  const random = seededRandom(seed);
  const times = new Uint32Array(pairs);
  const drawn = Float64Array.from({ length: resamples }, () => {
    times.fill(0);
    for (let i = 0; i < pairs; i++) {
      const set = Math.floor(random() * pairs);
      times[set] = (times[set] as number) + 1;
    }
    return excess(times);
  }).sort();
  const bound = studentBound(confidence, pairs - 1) * Math.sqrt(pairs / (pairs - 1));
  const [low, high] = middle(drawn, normalBelow(-bound));
  return { ...found, low, high };
}

/** All latencies in order, each with the number of its set: a drawn sample is then counted, not sorted again. */
interface Pool {
  readonly latencies: Float64Array;
  readonly sets: Uint32Array;
  readonly sizes: readonly number[];
}

function poolOf(parts: readonly ArrayLike<number>[]): Pool {
  const all = parts.flatMap((part, set) => Array.from(part, (latency) => ({ latency, set })));
  all.sort((a, b) => a.latency - b.latency);
  return {
    latencies: Float64Array.from(all, ({ latency }) => latency),
    sets: Uint32Array.from(all, ({ set }) => set),
    sizes: parts.map(({ length }) => length),
  };
}

/** As `quantile` gives it, with each set taken so many times. */
function quantileOf({ latencies, sets, sizes }: Pool, times: Uint32Array, ratio: number): number {
  const total = sizes.reduce((sum, size, set) => sum + size * (times[set] as number), 0);
  const rank = Math.min(total - 1, Math.floor(ratio * total));
  let below = 0;
  for (let i = 0; i < latencies.length; i++) {
    below += times[sets[i] as number] as number;
    if (below > rank) return latencies[i] as number;
  }
  return Number.NaN;
}

/** The two sorted values beyond which this share lies, on either side. */
function middle(sorted: Float64Array, tail: number): [low: number, high: number] {
  const beyond = Math.max(1, Math.round((sorted.length + 1) * tail));
  return [sorted[beyond - 1] as number, sorted[sorted.length - beyond] as number];
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
