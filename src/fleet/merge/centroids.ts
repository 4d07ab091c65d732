import { type DigestCentroids, type NativeSnapshot, SNAPSHOT_LIMITS } from '../../contract/snapshot.ts';
import { nativeSample } from '../../export/histogram-sample.ts';
import type { NativeHistogram } from '../../sketch/native-histogram.ts';
import { TDigest } from '../../sketch/tdigest.ts';

/** Room for whatever a snapshot may hold; what is in it does not outlive a call. */
const scratch = TDigest.create(SNAPSHOT_LIMITS.centroids);
const only = [scratch];

/** A decoded digest as one that can be merged; valid until the next call. */
export function digestOf({ means, weights, min, max, sum, exactCount }: DigestCentroids): TDigest {
  if (!scratch.load(means, weights, min, max, sum, exactCount)) scratch.clear();
  return scratch;
}

/**
 * `digest`, which now holds the centroids; another when it is too small for them. Never of more than `compression`, to
 * which larger ones are compressed.
 */
export function assignCentroids(
  digest: TDigest | null,
  centroids: DigestCentroids,
  compression: number,
): TDigest {
  const { means, weights, min, max, sum, exactCount } = centroids;
  const size = means.length;
  const isRoom = digest !== null && digest.compression >= Math.min(size, compression);
  // Twice the size, so that a digest that fills up is not replaced at each step.
  const into = isRoom ? digest : TDigest.create(Math.min(compression, 2 * size));
  if (size > into.compression) {
    digestOf(centroids);
    into.assignMerged(only);
  } else {
    into.load(means, weights, min, max, sum, exactCount);
  }
  return into;
}

export function centroidsOf(digest: TDigest): DigestCentroids {
  const means = new Float64Array(digest.centroidCount);
  const weights = new Float64Array(digest.centroidCount);
  digest.copyCentroids(means, weights);
  const { min, max, sum, exactCount } = digest;
  return { means, weights, min, max, sum, exactCount };
}

export function nativeOf(native: NativeHistogram): NativeSnapshot {
  return { ...nativeSample(native), count: native.count, sum: native.sum };
}
