/** The exact answers, from all samples sorted: what every sketch is held against. */
export class ExactOracle {
  readonly sorted: Float32Array;

  constructor(values: ArrayLike<number>) {
    this.sorted = Float32Array.from(values).sort();
  }

  /** The smallest sample with at least the share `q` of all samples at or below it. */
  quantile(q: number): number {
    const rank = Math.ceil(q * this.sorted.length - 1e-6);
    return this.sorted[Math.max(0, rank - 1)];
  }

  cdf(value: number): number {
    return this.sorted.filter((sample) => sample <= value).length / this.sorted.length;
  }
}

/** |estimate / exact - 1|; 0 when both are the same number. */
export function relativeError(estimate: number, exact: number): number {
  return estimate === exact ? 0 : Math.abs(estimate - exact) / Math.abs(exact);
}
