import { EXACT, MEANS, SIZE } from './digest-state.ts';

/** Centroids in descending order of their means, as they enter a compression. */
export interface Entries {
  means: Float64Array;
  weights: Float64Array;
  size: number;
  /** Entries with means above this are single samples. */
  exactAbove: number;
}

/** Single samples of one weight, `values[from..to)` ascending, as they enter a compression. */
export interface Batch {
  values: Float32Array;
  from: number;
  to: number;
  weight: number;
}

/** Shares of the capacity: samples kept single at the top, centroids from there to the median, and below it. */
const TOP_SHARE = 0.2;
const UPPER_SHARE = 0.2;
const LOWER_SHARE = 0.08;
const LOOSEN = 1.1;
/** Past this, weights are too far apart for the arithmetic: all below the largest becomes one centroid. */
const MAX_LOOSENED = 1e4;

/**
 * Replaces the centroids of `state` by those of `entries` and `batch` together, in one pass from the largest mean
 * down, as in the merging t-digest (Dunning & Ertl 2019, "Computing extremely accurate quantiles using t-digests",
 * algorithm 1). A centroid grows until its weight would pass the limit of the scale function at its upper edge.
 *
 * The scale function. With r the weight above the centroid, u the weight of a sample near the top, K the samples
 * kept single there and c a constant, the limit is the smallest of
 *   - r² / (u K²): the noise of a centroid of m samples shifts ranks by about sqrt(m)/2, hence values of a tail of
 *     Pareto index a by sqrt(m) / (2 a r); a quadratic limit makes that the same at every rank, 1 / (2 a K);
 *   - c r: the limit of the paper's k2 (section 2.3, size in proportion to the distance from the end of the range),
 *     where c, like k2's normaliser, grows with the logarithm of the count so that the number of centroids does not;
 *   - the same from the lower end, with a larger constant: the lower tail of a latency is of less interest.
 * Nothing is combined while all fits the capacity, nor ever among the K largest.
 *
 * Everything is in proportion to weights, so that sampled and unsampled records mix.
 */
export function compress(
  state: Float64Array,
  capacity: number,
  entries: Entries,
  batch: Batch,
  total: number,
): void {
  const fits = entries.size + batch.to - batch.from <= capacity;
  let loosened = fits ? 0 : 1;
  while (!tryCompress(state, capacity, entries, batch, total, loosened)) loosened *= LOOSEN;
}

/** False when the capacity did not suffice; the state's centroids are garbage then. */
function tryCompress(
  state: Float64Array,
  capacity: number,
  entries: Entries,
  batch: Batch,
  total: number,
  loosened: number,
): boolean {
  const { means, weights, size, exactAbove } = entries;
  const { values, from, weight } = batch;
  const singles = Math.floor(capacity * TOP_SHARE);
  let i = 0;
  let j = batch.to - 1;
  let nextMean = size > 0 ? means[0] : Number.NEGATIVE_INFINITY;
  let out = 0;
  let exact = 0;
  let above = 0;
  while (i < size || j >= from) {
    if (out === capacity) return false;
    let limit = 0;
    if (out >= singles && loosened > 0) {
      if (out === singles) setScale(above, total, capacity, loosened);
      limit = limitAt(above, total);
    }

    let clusterWeight: number;
    let first: number;
    let single = true;
    if (j >= from && values[j] >= nextMean) {
      first = values[j--];
      clusterWeight = weight;
    } else {
      first = nextMean;
      clusterWeight = weights[i++];
      nextMean = i < size ? means[i] : Number.NEGATIVE_INFINITY;
      single = first > exactAbove;
    }
    let clusterSum = first * clusterWeight;
    let last = first;
    const start = i - j;
    while (clusterWeight <= limit) {
      if (j >= from && values[j] >= nextMean) {
        if (clusterWeight + weight > limit) break;
        last = values[j--];
        clusterWeight += weight;
        clusterSum += last * weight;
      } else if (i < size) {
        const w = weights[i];
        if (clusterWeight + w > limit) break;
        last = nextMean;
        clusterWeight += w;
        clusterSum += last * w;
        i++;
        nextMean = i < size ? means[i] : Number.NEGATIVE_INFINITY;
      } else {
        break;
      }
    }
    const combined = i - j !== start;
    // Rounding must not carry a mean past its neighbours, nor move a single sample at all.
    state[MEANS + out] = combined ? Math.min(first, Math.max(last, clusterSum / clusterWeight)) : first;
    state[MEANS + capacity + out] = clusterWeight;
    if (exact === out && single && !combined) exact++;
    above += clusterWeight;
    out++;
  }
  state[SIZE] = out;
  state[EXACT] = exact;
  return true;
}

/** The three factors of the limit, for the compression under way. */
const scale = { quadratic: 0, upper: 0, lower: 0 };

/** `above`: the weight of the samples kept single at the top. */
function setScale(above: number, total: number, capacity: number, loosened: number): void {
  const singles = Math.floor(capacity * TOP_SHARE);
  const unit = above / singles;
  const span = Math.log(Math.max(Math.E, total / 2 / above));
  const rate = (loosened * (span + Math.log(singles))) / (LOWER_SHARE * capacity);
  const giveUp = loosened > MAX_LOOSENED;
  scale.quadratic = giveUp ? Number.POSITIVE_INFINITY : loosened / (unit * singles * singles);
  scale.upper = (loosened * span) / (UPPER_SHARE * capacity);
  scale.lower = rate / (1 + rate);
}

function limitAt(above: number, total: number): number {
  const { quadratic, upper, lower } = scale;
  if (quadratic === Number.POSITIVE_INFINITY) return quadratic;
  return Math.min(above * (above * quadratic), above * upper, (total - above) * lower);
}
