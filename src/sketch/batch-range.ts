const LARGEST = 3.4028234663852886e38;

/** Whether `values[from..to)` is a range of the array and `weight` a weight: positive and finite. */
export function isBatch(values: Float32Array, from: number, to: number, weight: number): boolean {
  return from >= 0 && to > from && to <= values.length && weight > 0 && weight < Number.POSITIVE_INFINITY;
}

/** The first index in the ascending `values[from..to)` whose value is finite; infinities and NaN sort to the ends. */
export function finiteStart(values: Float32Array, from: number, to: number): number {
  let i = from;
  while (i < to && !(values[i] >= -LARGEST)) i++;
  return i;
}

/** The index after the last finite value. */
export function finiteEnd(values: Float32Array, from: number, to: number): number {
  let i = to;
  while (i > from && !(values[i - 1] <= LARGEST)) i--;
  return i;
}
