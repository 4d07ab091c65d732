import { Random } from '../src/demo/random.ts';

/**
 * Events as a trading service has them: the five of the default catalogue, each with lognormal durations. The same
 * sequence in every run.
 */
const MEDIAN_SECONDS = [0.008, 0.0025, 0.0015, 0.000_02, 0.000_05];
const SIGMA = 0.6;
const LONGEST_SECONDS = 0.1;

/** A power of two: index with `i & (WORKLOAD - 1)`. */
export const WORKLOAD = 2 ** 16;

export interface Workload {
  readonly events: Uint8Array;
  readonly seconds: Float64Array;
}

export function drawWorkload(): Workload {
  const random = new Random(1, 'benchmark workload');
  const events = Uint8Array.from({ length: WORKLOAD }, () => random.uint32() % MEDIAN_SECONDS.length);
  const seconds = Float64Array.from(events, (event) =>
    Math.min(LONGEST_SECONDS, random.lognormal(MEDIAN_SECONDS[event], SIGMA)),
  );
  return { events, seconds };
}
