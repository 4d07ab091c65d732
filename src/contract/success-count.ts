/** Counts are told to a 1,024th: sampled records weigh fractions. */
const PARTS = 1024;

/**
 * Events that did not fail, for counters that must not fall. Both totals are sums of weights such as 1 / 0.3, so that their
 * difference wavers by some units in the last place; a counter that falls by as little is taken for one that began anew.
 * Rounded to what is far coarser than that (up to totals of about 10^12), it stays what it was while only errors come.
 */
export function successCount(count: number, errors: number): number {
  return Math.max(0, Math.round((count - errors) * PARTS) / PARTS);
}
