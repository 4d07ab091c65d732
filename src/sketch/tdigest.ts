import { finiteEnd, finiteStart, isBatch } from './batch-range.ts';
import type { Batch } from './digest-compress.ts';
import { compress } from './digest-compress.ts';
import { cdfOf, quantileOf } from './digest-quantile.ts';
import { beginGathering, gather, mergeGathered } from './digest-scratch.ts';
import { COUNT, digestStateLength, EXACT, MAX, MEANS, MIN, SIZE, SUM } from './digest-state.ts';

const NO_VALUES = new Float32Array(0);
const batch: Batch = { values: NO_VALUES, from: 0, to: 0, weight: 1 };

/**
 * A merging t-digest (Dunning & Ertl 2019) in fixed memory, finest towards the largest values. Unit-less: values
 * are finite numbers of any sign, weights positive reals. Nothing here throws or, after construction, allocates
 * (but for the scratch area of `digest-scratch.ts`, which grows to the largest merge once).
 */
export class TDigest {
  readonly state: Float64Array;
  /** The largest number of centroids held; at least 16. */
  readonly compression: number;

  /** Adopts the digest found in `state` (all zeros: an empty one), written at the same `compression`. */
  constructor(state: Float64Array, compression: number) {
    this.state = state;
    this.compression = Math.max(16, Math.floor(compression));
  }

  static stateLength(compression: number): number {
    return digestStateLength(Math.max(16, Math.floor(compression)));
  }

  static create(compression: number): TDigest {
    return new TDigest(new Float64Array(TDigest.stateLength(compression)), compression);
  }

  /** The total weight: the (estimated) number of values. */
  get count(): number {
    return this.state[COUNT];
  }

  get sum(): number {
    return this.state[SUM];
  }

  /** The smallest value, exact; NaN when empty. */
  get min(): number {
    return this.centroidCount > 0 ? this.state[MIN] : Number.NaN;
  }

  /** The largest value, exact; NaN when empty. */
  get max(): number {
    return this.centroidCount > 0 ? this.state[MAX] : Number.NaN;
  }

  get centroidCount(): number {
    return this.state[SIZE];
  }

  /** How many of the largest values are held as they were recorded; quantiles among them are exact. */
  get exactCount(): number {
    return this.state[EXACT];
  }

  clear(): void {
    // What lies beyond the centroids counts as state too: equal inputs leave equal bytes.
    this.state.fill(0);
  }

  /** Adds `values[from..to)`, ascending, each with `weight` > 0; any other range or weight adds nothing. Infinities and NaN are left out. */
  addSorted(values: Float32Array, from: number, to: number, weight: number): void {
    if (!isBatch(values, from, to, weight)) return;
    const start = finiteStart(values, from, to);
    const end = finiteEnd(values, start, to);
    if (start === end) return;
    const { state, compression } = this;
    let sum = 0;
    for (let i = start; i < end; i++) sum += values[i];
    extend(state, (end - start) * weight, sum * weight, values[start], values[end - 1]);
    beginGathering(compression, 1);
    gather(state, compression);
    batch.values = values;
    batch.from = start;
    batch.to = end;
    batch.weight = weight;
    compress(state, compression, mergeGathered(), batch, state[COUNT]);
    batch.values = NO_VALUES;
  }

  /** Adds all that `other` holds, which stays as it is; compressions may differ. */
  merge(other: TDigest): void {
    if (other.centroidCount === 0) return;
    beginGathering(this.centroidCount + other.centroidCount, 2);
    gather(this.state, this.compression);
    gather(other.state, other.compression);
    extendBy(this.state, other.state);
    this.#compressGathered();
  }

  /** Becomes the union of `parts`, in one compression. `this` may be one of them. */
  assignMerged(parts: readonly TDigest[]): void {
    let centroids = 0;
    for (let i = 0; i < parts.length; i++) centroids += parts[i].centroidCount;
    beginGathering(centroids, parts.length);
    let count = 0;
    let sum = 0;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      const { state } = part;
      if (state[SIZE] === 0) continue;
      gather(state, part.compression);
      count += state[COUNT];
      sum += state[SUM];
      min = Math.min(min, state[MIN]);
      max = Math.max(max, state[MAX]);
    }
    this.clear();
    if (count > 0) extend(this.state, count, sum, min, max);
    this.#compressGathered();
  }

  #compressGathered(): void {
    batch.values = NO_VALUES;
    batch.from = 0;
    batch.to = 0;
    compress(this.state, this.compression, mergeGathered(), batch, this.state[COUNT]);
  }

  /**
   * The smallest value with at least the share `q` of the weight at or below it (Hyndman & Fan 1996, definition 1).
   * NaN when empty or when `q` is outside [0, 1].
   */
  quantile(q: number): number {
    return quantileOf(this.state, this.compression, q);
  }

  /** The share, 0 to 1, of the weight at or below `value`; NaN when empty. */
  cdf(value: number): number {
    return cdfOf(this.state, this.compression, value);
  }

  /** Copies the centroids out in ascending order of their means; returns how many (as many as the arrays hold). */
  copyCentroids(means: Float64Array, weights: Float64Array): number {
    const size = this.centroidCount;
    const n = Math.min(size, means.length, weights.length);
    for (let i = 0; i < n; i++) {
      means[i] = this.state[MEANS + size - 1 - i];
      weights[i] = this.state[MEANS + this.compression + size - 1 - i];
    }
    return n;
  }

  /**
   * Fills the digest from decoded centroids, ascending. False, with the digest left as it was, when they are not
   * `exactCount <= n <= compression` finite ascending means within [min, max] with positive finite weights.
   * `exactCount`: how many of the largest are single samples (0 is always safe).
   */
  load(
    means: ArrayLike<number>,
    weights: ArrayLike<number>,
    min: number,
    max: number,
    sum: number,
    exactCount: number,
  ): boolean {
    const n = means.length;
    if (n > this.compression || weights.length !== n) return false;
    if (!(Number.isInteger(exactCount) && exactCount >= 0 && exactCount <= n)) return false;
    let previous = min;
    let count = 0;
    for (let i = 0; i < n; i++) {
      const weight = weights[i];
      if (!(means[i] >= previous && weight > 0)) return false;
      previous = means[i];
      count += weight;
    }
    if (n > 0 && !(previous <= max && Number.isFinite(min) && Number.isFinite(max))) return false;
    if (!(Number.isFinite(count) && Number.isFinite(sum))) return false;
    this.clear();
    if (n === 0) return true;
    extend(this.state, count, sum, min, max);
    this.state[SIZE] = n;
    this.state[EXACT] = exactCount;
    for (let i = 0; i < n; i++) {
      this.state[MEANS + i] = means[n - 1 - i];
      this.state[MEANS + this.compression + i] = weights[n - 1 - i];
    }
    return true;
  }
}

function extendBy(state: Float64Array, other: Float64Array): void {
  extend(state, other[COUNT], other[SUM], other[MIN], other[MAX]);
}

function extend(state: Float64Array, count: number, sum: number, min: number, max: number): void {
  const empty = state[COUNT] === 0;
  state[COUNT] += count;
  state[SUM] += sum;
  state[MIN] = empty ? min : Math.min(state[MIN], min);
  state[MAX] = empty ? max : Math.max(state[MAX], max);
}
