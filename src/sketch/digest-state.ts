/**
 * The state of a t-digest, in 64-bit floats; all zeros is an empty digest. Centroids stand in descending order of
 * their means, because all resolution is counted from the top.
 *
 *  0       1     2     3     4           5       6..7    8              8 + capacity
 * | count | sum | min | max | centroids | exact | spare | means        | weights      |
 *
 * `exact` is how many centroids, from the top, are single samples as they were recorded.
 */
export const COUNT = 0;
export const SUM = 1;
export const MIN = 2;
export const MAX = 3;
export const SIZE = 4;
export const EXACT = 5;
export const MEANS = 8;

export function digestStateLength(capacity: number): number {
  return MEANS + 2 * capacity;
}
