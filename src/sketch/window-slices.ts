import { TDigest } from './tdigest.ts';

/** A ring of slices of equal length in ticks: a digest each, and the weights of errors and breaches. */
export class WindowSlices {
  readonly ticksPerSlice: number;
  readonly digests: readonly TDigest[];
  readonly errors: Float64Array;
  readonly breaches: Float64Array;

  constructor(ticksPerSlice: number, slices: number, compression: number) {
    this.ticksPerSlice = ticksPerSlice;
    const length = TDigest.stateLength(compression);
    const memory = new Float64Array(slices * length);
    this.digests = Array.from(
      { length: slices },
      (_, i) => new TDigest(memory.subarray(i * length, (i + 1) * length), compression),
    );
    this.errors = new Float64Array(slices);
    this.breaches = new Float64Array(slices);
  }

  get byteLength(): number {
    const slices = this.digests.length;
    return slices * this.digests[0].state.byteLength + this.errors.byteLength + this.breaches.byteLength;
  }

  /** Where the slice that holds `tick` is kept. */
  at(tick: number): number {
    return Math.floor(tick / this.ticksPerSlice) % this.digests.length;
  }

  isEmpty(slot: number): boolean {
    return this.digests[slot].count === 0 && this.errors[slot] === 0 && this.breaches[slot] === 0;
  }

  clear(slot: number): void {
    if (this.isEmpty(slot)) return;
    this.digests[slot].clear();
    this.errors[slot] = 0;
    this.breaches[slot] = 0;
  }

  /** Fills a slot with the union of the finer slices that begin at `tick`; `parts` is scratch of their number. */
  rollUp(slot: number, finer: WindowSlices, tick: number, parts: TDigest[]): void {
    this.clear(slot);
    for (let i = 0; i < parts.length; i++) {
      const from = finer.at(tick + i * finer.ticksPerSlice);
      parts[i] = finer.digests[from];
      this.errors[slot] += finer.errors[from];
      this.breaches[slot] += finer.breaches[from];
    }
    this.digests[slot].assignMerged(parts);
  }
}
