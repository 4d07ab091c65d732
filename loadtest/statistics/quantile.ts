/** The first of the sorted values that has this share of them before it; NaN of none. */
export function quantile(sorted: ArrayLike<number>, ratio: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(ratio * sorted.length))] ?? Number.NaN;
}
