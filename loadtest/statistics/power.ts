import { normalBelow, studentBound } from './distributions.ts';

const CONFIDENCE = 0.95;
/** Of the standard normal distribution: above it lie 20 %. */
const Z_80 = 0.841621;

/**
 * The chance that the 95 % interval of the mean of so many pairs excludes zero at this true effect: the mean as a normal
 * value, the interval as wide as Student's. The true one is at times a little wider, which costs up to two points in a hundred.
 */
export function detectionChance(effect: number, deviation: number, pairs: number): number {
  const shift = effect / (deviation / Math.sqrt(pairs));
  const bound = studentBound(CONFIDENCE, pairs - 1);
  return normalBelow(shift - bound) + normalBelow(-shift - bound);
}

/** The chance that the interval of so many pairs lies above `limit` at this true effect. */
export function exceedanceChance(effect: number, limit: number, deviation: number, pairs: number): number {
  const shift = (effect - limit) / (deviation / Math.sqrt(pairs));
  return normalBelow(shift - studentBound(CONFIDENCE, pairs - 1));
}

/** The smallest true effect that so many pairs find four times in five. */
export function smallestDetectable(deviation: number, pairs: number): number {
  return ((studentBound(CONFIDENCE, pairs - 1) + Z_80) * deviation) / Math.sqrt(pairs);
}
