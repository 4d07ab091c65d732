import { finiteEnd, finiteStart, isBatch } from './batch-range.ts';
import { bucketIndex, coarserIndex, MAX_SCHEMA, MIN_SCHEMA, upperBound } from './native-bounds.ts';

/**
 * State, in 64-bit floats; all zeros is an empty histogram at its initial schema. Both signs share the slots:
 * positive buckets grow from the front, negative ones (by ascending magnitude) backwards from the end.
 *
 *  0            1       2     3            4            5            6            7            8
 * | schema drop | count | sum | zero count | pos. first | pos. width | neg. first | neg. width | populated | slots... |
 */
const SCHEMA_DROP = 0;
const COUNT = 1;
const SUM = 2;
const ZERO_COUNT = 3;
const POSITIVE = 4;
const NEGATIVE = 6;
const POPULATED = 8;
const SLOTS = 9;
/** Slots for each bucket allowed, so that a lone outlier does not cost resolution. */
const SLOTS_PER_BUCKET = 2;
/** Rounds up past an empty gap this wide inside a span: two more zeros are shorter than one more span. */
const MAX_GAP_IN_SPAN = 2;

const DEFAULT_MAX_BUCKETS = 160;
const DEFAULT_SCHEMA = 5;
/** client_golang's DefNativeHistogramZeroThreshold: 2^-128. */
const ZERO_THRESHOLD = 2 ** -128;

/** Magnitudes of 32-bit floats, above those that count as zero, lie between 2^-128 and 2^128. */
const OCTAVES_EACH_WAY = 128;
/** Of a histogram's bucket counts, which were added in another order than its count. */
const TOLERANCE = 1e-6;

/** Populated buckets of one sign as Prometheus's protobuf carries them; counts are absolute, not deltas. */
export interface BucketSpans {
  /** The first span's offset is its first bucket's index; the others' are the gap since the span before. */
  offsets: number[];
  lengths: number[];
  counts: number[];
}

/** What `load` takes: `NativeSample` of the contract with its count and sum. */
export interface NativeParts {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: number;
  readonly positive: SpannedCounts;
  readonly negative: SpannedCounts;
}

interface SpannedCounts {
  readonly spans: readonly { readonly offset: number; readonly length: number }[];
  readonly counts: readonly number[];
}

/**
 * A Prometheus native (exponential) histogram in fixed memory: bucket i at schema s covers
 * (2^((i-1) 2^-s), 2^(i 2^-s)], mirrored for negative values; magnitudes up to 2^-128 count as zero. When more than
 * `maxBuckets` would be populated the schema drops by one, merging pairs, down to -4. Counts are weights: floats.
 */
export class NativeHistogram {
  readonly state: Float64Array;
  readonly maxBuckets: number;
  readonly initialSchema: number;
  readonly #slots: number;

  /** `maxBuckets` (at least 40, so that schema -4 holds every float) and `initialSchema` (-4 to 8) are clamped. */
  constructor(state: Float64Array, maxBuckets = DEFAULT_MAX_BUCKETS, initialSchema = DEFAULT_SCHEMA) {
    this.state = state;
    this.maxBuckets = clampBuckets(maxBuckets);
    this.initialSchema = Math.min(MAX_SCHEMA, Math.max(MIN_SCHEMA, Math.floor(initialSchema)));
    this.#slots = SLOTS_PER_BUCKET * this.maxBuckets;
  }

  static stateLength(maxBuckets = DEFAULT_MAX_BUCKETS): number {
    return SLOTS + SLOTS_PER_BUCKET * clampBuckets(maxBuckets);
  }

  static create(maxBuckets = DEFAULT_MAX_BUCKETS, initialSchema = DEFAULT_SCHEMA): NativeHistogram {
    return new NativeHistogram(
      new Float64Array(NativeHistogram.stateLength(maxBuckets)),
      maxBuckets,
      initialSchema,
    );
  }

  get schema(): number {
    return this.initialSchema - this.state[SCHEMA_DROP];
  }

  get count(): number {
    return this.state[COUNT];
  }

  get sum(): number {
    return this.state[SUM];
  }

  get zeroCount(): number {
    return this.state[ZERO_COUNT];
  }

  get zeroThreshold(): number {
    return ZERO_THRESHOLD;
  }

  /** How many buckets, zero bucket aside, hold anything. */
  get bucketCount(): number {
    return this.state[POPULATED];
  }

  clear(): void {
    this.state.fill(0);
  }

  /** Adds `values[from..to)`, ascending, each with `weight` > 0; any other range or weight adds nothing. Infinities and NaN are left out. */
  addSorted(values: Float32Array, from: number, to: number, weight: number): void {
    if (!isBatch(values, from, to, weight)) return;
    const start = finiteStart(values, from, to);
    const end = finiteEnd(values, start, to);
    if (start === end) return;
    const { state } = this;
    let sum = 0;
    let i = start;
    while (i < end && values[i] < -ZERO_THRESHOLD) {
      // Ascending negative values have descending magnitudes: the run ends at the bucket's lower bound, exclusive.
      const index = bucketIndex(-values[i], this.schema);
      const lower = -upperBound(index - 1, this.schema);
      const first = i;
      for (; i < end && values[i] < lower; i++) sum += values[i];
      this.#add(NEGATIVE, index, (i - first) * weight);
    }
    const firstZero = i;
    for (; i < end && values[i] <= ZERO_THRESHOLD; i++) sum += values[i];
    state[ZERO_COUNT] += (i - firstZero) * weight;
    while (i < end) {
      const index = bucketIndex(values[i], this.schema);
      const upper = upperBound(index, this.schema);
      const first = i;
      for (; i < end && values[i] <= upper; i++) sum += values[i];
      this.#add(POSITIVE, index, (i - first) * weight);
    }
    state[COUNT] += (end - start) * weight;
    state[SUM] += sum * weight;
  }

  /** Adds all that `other` holds, at the coarser of both schemas; initial schemas and sizes may differ. */
  merge(other: NativeHistogram): void {
    while (this.schema > other.schema) this.#lowerSchema();
    const from = other.state;
    for (const sign of [POSITIVE, NEGATIVE]) {
      for (let k = 0; k < from[sign + 1]; k++) {
        const weight = from[other.#slot(sign, k)];
        if (weight > 0) this.#add(sign, coarserIndex(from[sign] + k, other.schema - this.schema), weight);
      }
    }
    this.state[ZERO_COUNT] += from[ZERO_COUNT];
    this.state[COUNT] += from[COUNT];
    this.state[SUM] += from[SUM];
  }

  /**
   * Becomes what `parts` holds, at the coarsest of its schema, the initial one, and what the buckets allowed can hold.
   * False, with the histogram left as it was, when they are no histogram of 32-bit floats: a schema outside -4 to 8,
   * another zero threshold, buckets beyond those floats or out of order, counts that are no weights or do not add up.
   */
  load(parts: NativeParts): boolean {
    if (!isNativeHistogram(parts)) return false;
    const { state } = this;
    this.clear();
    state[SCHEMA_DROP] = Math.max(0, this.initialSchema - parts.schema);
    this.#addSpans(POSITIVE, parts.positive, parts.schema);
    this.#addSpans(NEGATIVE, parts.negative, parts.schema);
    state[ZERO_COUNT] = parts.zeroCount;
    state[COUNT] = parts.count;
    state[SUM] = parts.sum;
    return true;
  }

  /** Calls `visit` for each populated bucket of positive values, by ascending index. */
  forEachPositive(visit: (index: number, count: number) => void): void {
    this.#forEach(POSITIVE, visit);
  }

  /** Calls `visit` for each populated bucket of negative values, by ascending index (of the magnitude). */
  forEachNegative(visit: (index: number, count: number) => void): void {
    this.#forEach(NEGATIVE, visit);
  }

  positiveSpans(): BucketSpans {
    return this.#spans(POSITIVE);
  }

  negativeSpans(): BucketSpans {
    return this.#spans(NEGATIVE);
  }

  #forEach(sign: number, visit: (index: number, count: number) => void): void {
    const { state } = this;
    for (let k = 0; k < state[sign + 1]; k++) {
      const count = state[this.#slot(sign, k)];
      if (count > 0) visit(state[sign] + k, count);
    }
  }

  #spans(sign: number): BucketSpans {
    const spans: BucketSpans = { offsets: [], lengths: [], counts: [] };
    let next = 0;
    this.#forEach(sign, (index, count) => {
      const gap = index - next;
      if (spans.offsets.length === 0 || gap > MAX_GAP_IN_SPAN) {
        spans.offsets.push(gap);
        spans.lengths.push(0);
      } else {
        for (let empty = 0; empty < gap; empty++) spans.counts.push(0);
        spans.lengths[spans.lengths.length - 1] += gap;
      }
      spans.counts.push(count);
      spans.lengths[spans.lengths.length - 1]++;
      next = index + 1;
    });
    return spans;
  }

  #addSpans(sign: number, { spans, counts }: SpannedCounts, schema: number): void {
    let index = 0;
    let at = 0;
    for (const { offset, length } of spans) {
      index += offset;
      for (const end = index + length; index < end; index++, at++) {
        if (counts[at] > 0) this.#add(sign, coarserIndex(index, schema - this.schema), counts[at]);
      }
    }
  }

  /** Where the k-th bucket of a sign, counted from its first, is kept. */
  #slot(sign: number, k: number): number {
    return sign === POSITIVE ? SLOTS + k : SLOTS + this.#slots - 1 - k;
  }

  /** Adds to a bucket given by its index at the schema of now, lowering the schema until it has a place. */
  #add(sign: number, index: number, weight: number): void {
    const { state } = this;
    let at = index;
    while (!this.#makeRoom(sign, at)) {
      this.#lowerSchema();
      at = coarserIndex(at, 1);
    }
    const slot = this.#slot(sign, at - state[sign]);
    if (state[slot] === 0) state[POPULATED]++;
    state[slot] += weight;
  }

  /** Widens a sign's range to include `index`; false when that takes too many slots or buckets. */
  #makeRoom(sign: number, index: number): boolean {
    const { state } = this;
    const first = state[sign];
    const width = state[sign + 1];
    const newFirst = width === 0 ? index : Math.min(first, index);
    const newWidth = width === 0 ? 1 : Math.max(first + width, index + 1) - newFirst;
    const inside = newWidth === width;
    const fresh = !inside || state[this.#slot(sign, index - first)] === 0;
    if (fresh && state[POPULATED] >= this.maxBuckets && this.schema > MIN_SCHEMA) return false;
    const otherWidth = state[(sign === POSITIVE ? NEGATIVE : POSITIVE) + 1];
    if (newWidth + otherWidth > this.#slots) return false;
    const shift = width === 0 ? 0 : first - newFirst;
    for (let k = width - 1; shift > 0 && k >= 0; k--)
      this.#move(this.#slot(sign, k), this.#slot(sign, k + shift));
    state[sign] = newFirst;
    state[sign + 1] = newWidth;
    return true;
  }

  #move(from: number, to: number): void {
    this.state[to] = this.state[from];
    this.state[from] = 0;
  }

  #lowerSchema(): void {
    const { state } = this;
    state[SCHEMA_DROP]++;
    state[POPULATED] = 0;
    this.#mergePairs(POSITIVE);
    this.#mergePairs(NEGATIVE);
  }

  #mergePairs(sign: number): void {
    const { state } = this;
    const first = state[sign];
    const width = state[sign + 1];
    if (width === 0) return;
    const newFirst = coarserIndex(first, 1);
    const newWidth = coarserIndex(first + width - 1, 1) - newFirst + 1;
    for (let k = 0; k < width; k++) {
      const from = this.#slot(sign, k);
      const weight = state[from];
      if (weight === 0) continue;
      state[from] = 0;
      const to = this.#slot(sign, coarserIndex(first + k, 1) - newFirst);
      if (state[to] === 0) state[POPULATED]++;
      state[to] += weight;
    }
    state[sign] = newFirst;
    state[sign + 1] = newWidth;
  }
}

/** Whether `load` takes them. */
export function isNativeHistogram({
  schema,
  zeroThreshold,
  zeroCount,
  count,
  sum,
  positive,
  negative,
}: NativeParts): boolean {
  if (!(Number.isInteger(schema) && schema >= MIN_SCHEMA && schema <= MAX_SCHEMA)) return false;
  if (zeroThreshold !== ZERO_THRESHOLD || !(zeroCount >= 0) || !Number.isFinite(sum)) return false;
  const inBuckets = zeroCount + weightOf(positive, schema) + weightOf(negative, schema);
  // NaN, which stands for buckets that are none, fails both.
  return (
    inBuckets <= count * (1 + TOLERANCE) && count * (1 - TOLERANCE) <= inBuckets && Number.isFinite(count)
  );
}

/** The weight of all buckets; NaN when they are none. */
function weightOf({ spans, counts }: SpannedCounts, schema: number): number {
  const last = OCTAVES_EACH_WAY * 2 ** schema;
  let index = 0;
  let covered = 0;
  for (let i = 0; i < spans.length; i++) {
    const { offset, length } = spans[i];
    if (!(Number.isInteger(offset) && Number.isInteger(length) && length >= 0)) return Number.NaN;
    if (i > 0 && offset < 0) return Number.NaN;
    index += offset;
    if (length > 0 && (index <= -last || index + length - 1 > last)) return Number.NaN;
    index += length;
    covered += length;
  }
  if (covered !== counts.length) return Number.NaN;
  let weight = 0;
  for (let i = 0; i < counts.length; i++) {
    if (!(counts[i] >= 0)) return Number.NaN;
    weight += counts[i];
  }
  return weight;
}

function clampBuckets(maxBuckets: number): number {
  return Math.max(40, Math.floor(maxBuckets));
}
