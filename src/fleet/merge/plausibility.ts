import type {
  DigestCentroids,
  DigestSnapshot,
  DistributionSnapshot,
  EventSnapshot,
  NativeSnapshot,
} from '../../contract/snapshot.ts';
import { isNativeHistogram } from '../../sketch/native-histogram.ts';

/** No process does anything more often: 10 ns each is what a cached memory access takes. */
const EVENTS_PER_SECOND = 1e8;
/** Clocks are set, ticks are late, a first event comes before the first tick. */
const SLACK_SECONDS = 60;
/** Of a run that is seen for the first time, on average since its start: what it counted cannot be watched any more. */
const FIRST_EVENTS_PER_SECOND = 1e7;
/** One million a second for 115 days. */
const MOST_FIRST_EVENTS = 1e13;
/** No clock that is set is off by more, and no process is older, than what a first snapshot may say. */
const MOST_AHEAD_MILLIS = 86_400_000;
const MOST_AGE_MILLIS = 366 * 86_400_000;
/** Rounds are late, and answers wait. */
const RISE_SLACK_SECONDS = 10;
/** What a run may get to while it is watched: three years at a million a second. A liar may not make totals so large that the rises of others drown in rounding. */
const MOST_EVENTS = 1e14;
const WINDOW_SECONDS = [1, 5, 60];
/** Weights are added in different orders. */
const RELATIVE_TOLERANCE = 1e-6;
const ABSOLUTE_TOLERANCE = 1e-6;
/** Far below what options and adaptive sampling set: weights are the reciprocals. */
const LOWEST_RATE = 1e-4;
/** The largest 32-bit float. */
const MAX_VALUE = 2 ** 128 - 2 ** 104;

/** Whether a well-formed snapshot could be of a process that measures itself, as far as can be told from it alone. */
export function isPlausible(snapshot: DigestSnapshot): boolean {
  const { at, startedAt, rate, targetRate, recorded, events } = snapshot;
  if (!isRate(rate) || !isRate(targetRate)) return false;
  // By the pod's clock alone, which may be far from ours. A clock that was set back since leaves only the slack.
  const most = mostWithin(Math.max(0, at - startedAt) / 1e3);
  return recorded <= most && events.every((event) => isPlausibleEvent(event, most));
}

/**
 * Whether the first snapshot of a run that nobody watched may be believed: `now` is our own time. A start beyond a day
 * ahead or 366 days ago is no clock that is set.
 */
export function isPlausibleStart({ at, startedAt, recorded, events }: DigestSnapshot, now: number): boolean {
  if (startedAt > now + MOST_AHEAD_MILLIS || startedAt < now - MOST_AGE_MILLIS) return false;
  const seconds = Math.max(0, Math.min(at - startedAt, MOST_AGE_MILLIS)) / 1e3;
  const most = Math.min(MOST_FIRST_EVENTS, FIRST_EVENTS_PER_SECOND * (seconds + SLACK_SECONDS));
  return recorded <= most && events.every(({ total }) => total.count <= most);
}

/** By how much counts of a run may rise in so many seconds of our own. */
export function mostOfRun(seconds: number): number {
  return EVENTS_PER_SECOND * (Math.max(0, seconds) + RISE_SLACK_SECONDS);
}

function isPlausibleEvent({ total, native, windows }: EventSnapshot, most: number): boolean {
  if (!isPlausibleDistribution(total, most)) return false;
  for (let i = 0; i < windows.length; i++) {
    // What happened in a window happened since start as well.
    const mostInWindow = Math.min(mostWithin(WINDOW_SECONDS[i]), withTolerance(total.count));
    if (!isPlausibleDistribution(windows[i], mostInWindow)) return false;
  }
  return isPlausibleHistogram(native, total.count);
}

function isPlausibleDistribution({ count, digest }: DistributionSnapshot, most: number): boolean {
  return count <= most && isPlausibleDigest(digest, count);
}

function isPlausibleDigest({ means, weights, min, max, sum }: DigestCentroids, count: number): boolean {
  if (means.length === 0) return true;
  let weight = 0;
  for (let i = 0; i < weights.length; i++) weight += weights[i];
  return isWithin(weight, count) && areValues(min, max) && isSum(sum, weight, min, max);
}

/** It cannot be merged when its buckets are none; and then a sum out of nowhere must not spoil that of all pods. */
function isPlausibleHistogram(native: NativeSnapshot, count: number): boolean {
  return (
    isWithin(native.count, count) &&
    Math.abs(native.sum) <= withTolerance(native.count) * MAX_VALUE &&
    isNativeHistogram(native)
  );
}

/** A digest holds no more than was counted. Less is fine: infinities are counted, and in no digest. */
function isWithin(weight: number, count: number): boolean {
  return weight <= withTolerance(count);
}

/** Records are 32-bit floats. Past those, sums and interpolations of honest pods could overflow. */
function areValues(min: number, max: number): boolean {
  return min >= -MAX_VALUE && max <= MAX_VALUE;
}

/** The mean lies between the extremes: a sum out of nowhere would spoil the mean of all pods for good. */
function isSum(sum: number, weight: number, min: number, max: number): boolean {
  const slack = RELATIVE_TOLERANCE * weight * Math.max(Math.abs(min), Math.abs(max));
  return sum >= weight * min - slack && sum <= weight * max + slack;
}

/** Measuring is off, or at a rate that can be meant. */
function isRate(rate: number): boolean {
  return rate === 0 || rate >= LOWEST_RATE;
}

function mostWithin(seconds: number): number {
  return Math.min(MOST_EVENTS, EVENTS_PER_SECOND * (seconds + SLACK_SECONDS));
}

function withTolerance(count: number): number {
  return count * (1 + RELATIVE_TOLERANCE) + ABSOLUTE_TOLERANCE;
}
