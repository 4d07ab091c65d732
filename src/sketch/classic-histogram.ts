import { finiteEnd, finiteStart, isBatch } from './batch-range.ts';

/** State: | sum | one weight for each bound ... | weight above the last bound |; all zeros is empty. */
const SUM = 0;
const BUCKETS = 1;

/** A Prometheus classic histogram: counts at or below fixed upper bounds, in fixed memory. Counts are weights: floats. */
export class ClassicHistogram {
  readonly state: Float64Array;
  /** Inclusive upper bounds, ascending; +Inf is implied. */
  readonly bounds: readonly number[];

  /** Adopts the histogram found in `state`, written with the same `bounds`, which must ascend. */
  constructor(state: Float64Array, bounds: readonly number[]) {
    this.state = state;
    this.bounds = bounds;
  }

  static stateLength(boundCount: number): number {
    return BUCKETS + boundCount + 1;
  }

  static create(bounds: readonly number[]): ClassicHistogram {
    return new ClassicHistogram(new Float64Array(ClassicHistogram.stateLength(bounds.length)), bounds);
  }

  get count(): number {
    return this.cumulativeCount(this.bounds.length);
  }

  get sum(): number {
    return this.state[SUM];
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
    const { state, bounds } = this;
    let sum = 0;
    let i = start;
    for (let b = 0; b < bounds.length && i < end; b++) {
      const upper = bounds[b];
      const first = i;
      for (; i < end && values[i] <= upper; i++) sum += values[i];
      state[BUCKETS + b] += (i - first) * weight;
    }
    state[BUCKETS + bounds.length] += (end - i) * weight;
    for (; i < end; i++) sum += values[i];
    state[SUM] += sum * weight;
  }

  /** The weight at or below the bound at `boundIndex`; at `bounds.length` (+Inf) and beyond, the whole count. */
  cumulativeCount(boundIndex: number): number {
    const last = Math.min(boundIndex, this.bounds.length);
    let below = 0;
    for (let b = 0; b <= last; b++) below += this.state[BUCKETS + b];
    return below;
  }

  /** Cumulative counts, one for each bound and last the whole count (+Inf): never descending. */
  cumulativeCounts(): number[] {
    return Array.from({ length: this.bounds.length + 1 }, (_, b) => this.cumulativeCount(b));
  }

  /** Adds all that `other` holds. False, with nothing added, when its bounds are others. */
  merge(other: ClassicHistogram): boolean {
    const { state, bounds } = this;
    if (other.bounds.length !== bounds.length) return false;
    for (let b = 0; b < bounds.length; b++) if (other.bounds[b] !== bounds[b]) return false;
    for (let i = 0; i < ClassicHistogram.stateLength(bounds.length); i++) state[i] += other.state[i];
    return true;
  }
}
