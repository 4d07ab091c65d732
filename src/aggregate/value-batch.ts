/** Values of one event that stand for the same number of true events each, waiting to be sorted together. */
export class ValueBatch {
  readonly values: Float32Array;
  count = 0;
  weight = 1;
  errors = 0;

  constructor(capacity: number) {
    this.values = new Float32Array(capacity);
  }

  clear(): void {
    this.count = 0;
    this.errors = 0;
  }
}

/** How many of `values[0..count)`, ascending, are greater than `threshold`. */
export function countAbove(values: Float32Array, count: number, threshold: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] > threshold) high = middle;
    else low = middle + 1;
  }
  return count - low;
}
