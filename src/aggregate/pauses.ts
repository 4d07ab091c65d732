/** Pauses kept to compare events with: what an event met before the last 256 pauses of its thread is not counted. */
const KEPT = 256;

/**
 * The recent pauses of one thread (garbage collections, or stalls of its event loop), to find how much of an event
 * they took.
 */
export class Pauses {
  private readonly starts = new Float64Array(KEPT).fill(Number.NEGATIVE_INFINITY);
  private readonly ends = new Float64Array(KEPT).fill(Number.NEGATIVE_INFINITY);
  private next = 0;

  /** Monotonic milliseconds. */
  add(start: number, end: number): void {
    this.starts[this.next] = start;
    this.ends[this.next] = end;
    this.next = (this.next + 1) % KEPT;
  }

  /** Seconds of [start, end] that were pauses; never more than its length, even where pauses overlap. */
  overlapSeconds(start: number, end: number): number {
    let sum = 0;
    for (let i = 0; i < KEPT; i++) sum += overlapMillis(start, end, this.starts[i], this.ends[i]);
    return Math.min(sum, end - start) / 1e3;
  }
}

export function overlapMillis(start: number, end: number, otherStart: number, otherEnd: number): number {
  return Math.max(0, Math.min(end, otherEnd) - Math.max(start, otherStart));
}
