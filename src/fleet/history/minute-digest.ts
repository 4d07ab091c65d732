import { TDigest } from '../../sketch/tdigest.ts';
import type { MinuteEvent } from '../minute.ts';

/**
 * The digest of what happened in a minute, weighing the minute's exact count: so minutes, and services of one minute,
 * merge in the right proportion although windows do not end exactly with them. Null without events.
 */
export function minuteDigest({ count, digest }: MinuteEvent): TDigest | null {
  const { means, weights, min, max, sum, exactCount } = digest;
  let held = 0;
  for (let i = 0; i < weights.length; i++) held += weights[i];
  const factor = count / held;
  if (!(factor > 0 && Number.isFinite(factor))) return null;
  const scaled = TDigest.create(means.length);
  const isLoaded = scaled.load(
    means,
    weights.map((weight) => weight * factor),
    min,
    max,
    sum * factor,
    exactCount,
  );
  return isLoaded ? scaled : null;
}

/** All of them in one; the single one itself. `parts` is not empty. */
export function mergedDigest(parts: readonly TDigest[], compression: number): TDigest {
  if (parts.length === 1) return parts[0];
  const merged = TDigest.create(compression);
  merged.assignMerged(parts);
  return merged;
}
