import type { Stats } from './demo-service.ts';
import type { RolloutStep } from './phases.ts';
import type { Request } from './sample-file.ts';

/** What the library said at one moment. */
export interface Look {
  /** Of the figures, not of the answer. */
  readonly at: number;
  /** 0 while measuring is off. */
  readonly samplingRate: number;
  /** Estimated count of candles that were processed, since the start. */
  readonly candles: number;
}

/** Candles that began before the rate changed have ended by then. */
const SETTLED_MILLIS = 1000;
/** Longer than nearly every request takes. */
const UNDER_WAY_MILLIS = 50;

/** Requests that may be done in the service and not yet answered in k6, or received and cut off when k6 was stopped. */
export function mostUnderWay(rate: number): number {
  return Math.ceil((rate * UNDER_WAY_MILLIS) / 1e3);
}

export function lookAt({ at, events, sampling }: Stats): Look {
  return {
    at,
    // Travels as a 30-bit fraction.
    samplingRate: sampling.enabled ? Number(sampling.ratio.toPrecision(6)) : 0,
    candles: events.find(({ event }) => event === 'candle_processing')?.count ?? 0,
  };
}

/**
 * Looks that follow one another at the same rate are a step. Its counts are those between the first look at which the rate was
 * settled and the last; steps without two such looks are left out.
 */
export function stepsOf(looks: readonly Look[], samples: readonly Request[], rate: number): RolloutStep[] {
  const slack = mostUnderWay(rate);
  const answers = Float64Array.from(samples, ({ dueAt, latencyMillis }) => dueAt + latencyMillis).sort();
  return stretchesOf(looks).flatMap((stretch, i, all) => {
    const beganAt = stretch[0]?.at ?? 0;
    const settled = stretch.filter(({ at }) => at >= beganAt + SETTLED_MILLIS);
    const [first, last] = [settled[0], settled.at(-1)];
    if (first === undefined || last === undefined || first === last) return [];
    const { samplingRate } = first;
    const requests = countUntil(answers, last.at) - countUntil(answers, first.at);
    const estimated = last.candles - first.candles;
    return {
      samplingRate,
      beganAt,
      endedAt: all[i + 1]?.[0]?.at ?? last.at,
      requests,
      estimated,
      standardErrors: standardErrors({ samplingRate, requests, estimated, slack }),
    };
  });
}

interface Counts {
  readonly samplingRate: number;
  readonly requests: number;
  readonly estimated: number;
  /** Requests by which the two may differ whatever the sampling: those under way at either look. */
  readonly slack: number;
}

/**
 * An estimate of n events, each measured with probability p and counted as 1 / p, has the variance n (1 - p) / p. Where
 * nothing is drawn, each event beyond the slack counts as one standard error.
 */
export function standardErrors({ samplingRate: p, requests, estimated, slack }: Counts): number {
  const isOff = p === 0;
  const difference = estimated - (isOff ? 0 : requests);
  const beyond = Math.max(0, Math.abs(difference) - slack) * Math.sign(difference);
  const variance = isOff ? 0 : (requests * (1 - p)) / p;
  return beyond / Math.sqrt(Math.max(1, variance)) + 0;
}

function stretchesOf(looks: readonly Look[]): Look[][] {
  const stretches: Look[][] = [];
  for (const look of looks) {
    const current = stretches.at(-1);
    if (current?.[0]?.samplingRate === look.samplingRate) current.push(look);
    else stretches.push([look]);
  }
  return stretches;
}

/** Of sorted times. */
function countUntil(times: Float64Array, at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
