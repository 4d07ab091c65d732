/** The element at a ratio of the sorted values, by the nearest rank; NaN of none. */
export function quantile(sorted: ArrayLike<number>, ratio: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(ratio * sorted.length))] ?? Number.NaN;
}
