import { TDigest } from './tdigest.ts';
import { WindowSlices } from './window-slices.ts';

/** 0: the last second, 1: the last 5 seconds, 2: the last minute. */
export type WindowIndex = 0 | 1 | 2;

/** A tick is 100 ms. Slices of 1, 5 and 50 ticks: 10 of the first, 10 and 12 complete ones of the others. */
const MEDIUM_TICKS = 5;
const COARSE_TICKS = 50;
const FINE_SLICES = 10;
const MEDIUM_SLICES = 10;
const COARSE_SLICES = 12;
/** After this many ticks nothing is left in any window. */
const HORIZON_TICKS = COARSE_TICKS * (COARSE_SLICES + 1);

const SECOND = 1;
const FIVE_SECONDS = 2;
const MINUTE = 4;
const EMPTY = emptySummary();
const ALL_WINDOWS = SECOND | FIVE_SECONDS | MINUTE;

/** Weights in one window, and what is exact of its values: `min` and `max` are infinite without any. */
export interface WindowSummary {
  count: number;
  errors: number;
  breaches: number;
  sum: number;
  min: number;
  max: number;
}

/**
 * What was added over the last 1 s, 5 s and 1 min, as digests and counts, in fixed memory. Values enter the 100 ms
 * slice of the current tick and show in all windows at once. Complete slices roll up into slices of 500 ms and 5 s.
 * A value of tick T leaves the 1 s window at T+10, the 5 s window at T+51 to T+55 (within 5.0 to 5.5 s) and the
 * 1 min window at T+601 to T+650 (within 60 to 65 s).
 */
export class SlidingWindows {
  /** What the last `weigh` or `summarize` found; overwritten by the next. */
  readonly summary: WindowSummary = emptySummary();
  readonly #fine: WindowSlices;
  readonly #medium: WindowSlices;
  readonly #coarse: WindowSlices;
  /** The complete slices of the 5 s and the 1 min window, merged when next asked for. */
  readonly #pastFive: TDigest;
  readonly #pastMinute: TDigest;
  #pastFiveStale = false;
  #pastMinuteStale = false;
  readonly #mediumParts: TDigest[];
  readonly #coarseParts: TDigest[];
  readonly #summaryParts: TDigest[];
  readonly #empty = TDigest.create(0);
  #tick = Number.NaN;
  #added = false;

  /** Compressions of the 32 slices and of the digests that windows are made of. */
  constructor(sliceCompression = 128, windowCompression = 256) {
    this.#fine = new WindowSlices(1, FINE_SLICES, sliceCompression);
    this.#medium = new WindowSlices(MEDIUM_TICKS, MEDIUM_SLICES, sliceCompression);
    this.#coarse = new WindowSlices(COARSE_TICKS, COARSE_SLICES, sliceCompression);
    this.#pastFive = TDigest.create(windowCompression);
    this.#pastMinute = TDigest.create(windowCompression);
    this.#mediumParts = new Array(MEDIUM_TICKS).fill(this.#empty);
    this.#coarseParts = new Array(COARSE_TICKS / MEDIUM_TICKS).fill(this.#empty);
    this.#summaryParts = new Array(1 + MEDIUM_TICKS).fill(this.#empty);
  }

  /** Bytes of sketch state, fixed at construction. */
  get byteLength(): number {
    const merged = this.#pastFive.state.byteLength + this.#pastMinute.state.byteLength;
    return this.#fine.byteLength + this.#medium.byteLength + this.#coarse.byteLength + merged;
  }

  /** Adds to the current tick `values[from..to)`, as `TDigest.addSorted`, with the weights of breaches and errors among them. */
  addSorted(
    values: Float32Array,
    from: number,
    to: number,
    weight: number,
    breachWeight = 0,
    errorWeight = 0,
  ): void {
    this.#fine.digests[this.#current].addSorted(values, from, to, weight);
    this.addCounts(breachWeight, errorWeight);
  }

  /** Adds breaches and errors alone to the current tick; weights that are not finite and >= 0 add nothing. */
  addCounts(breachWeight: number, errorWeight: number): void {
    if (breachWeight > 0 && breachWeight < Number.POSITIVE_INFINITY)
      this.#fine.breaches[this.#current] += breachWeight;
    if (errorWeight > 0 && errorWeight < Number.POSITIVE_INFINITY)
      this.#fine.errors[this.#current] += errorWeight;
    this.#added = true;
  }

  /**
   * Moves on to `tick` (the time in units of 100 ms, an integer >= 0), however far. A tick that is not later than the last one moves
   * nothing. Returns which windows changed since the last call, by values added or gone: 1 | 2 | 4 for 1 s, 5 s, 1 min.
   */
  advance(tick: number): number {
    let changed = this.#added ? ALL_WINDOWS : 0;
    this.#added = false;
    if (!Number.isSafeInteger(tick) || tick < 0) return changed;
    if (Number.isNaN(this.#tick)) {
      this.#moveFirstValuesTo(tick);
      return changed;
    }
    if (tick - this.#tick >= HORIZON_TICKS) return this.#forgetAll(tick);
    while (this.#tick < tick) changed |= this.#step();
    return changed;
  }

  /** Returns what a window weighs (in the reused `summary`), at a fraction of the cost of its digest. */
  weigh(window: WindowIndex): WindowSummary {
    const { summary } = this;
    Object.assign(summary, EMPTY);
    if (window === 0) this.#weighSlots(this.#fine, FINE_SLICES);
    else this.#weighLonger(window);
    return summary;
  }

  /** Makes `into` the digest of a window and returns the window's weights (in the reused `summary`). */
  summarize(window: WindowIndex, into: TDigest): WindowSummary {
    into.assignMerged(window === 0 ? this.#lastSecond() : this.#longer(window));
    return this.weigh(window);
  }

  /** Of ten consecutive slices of 100 ms, five are a complete slice of 500 ms, which saves half of the merging. */
  #lastSecond(): readonly TDigest[] {
    const tick = Number.isNaN(this.#tick) ? 0 : this.#tick;
    const parts = this.#summaryParts;
    const complete = tick - (tick % MEDIUM_TICKS) - MEDIUM_TICKS;
    parts[0] = complete < 0 ? this.#empty : this.#medium.digests[this.#medium.at(complete)];
    let part = 1;
    for (let t = tick - FINE_SLICES + 1; t <= tick; t++) {
      if (t >= complete && t < complete + MEDIUM_TICKS) continue;
      parts[part++] = t < 0 ? this.#empty : this.#fine.digests[this.#fine.at(t)];
    }
    return parts;
  }

  /** The complete slices, and those of 100 ms since. */
  #longer(window: 1 | 2): readonly TDigest[] {
    const tick = Number.isNaN(this.#tick) ? 0 : this.#tick;
    const parts = this.#summaryParts;
    parts[0] = window === 1 ? this.#pastFiveSeconds() : this.#pastMinuteUntil(tick);
    const sliceStart = tick - (tick % MEDIUM_TICKS);
    for (let i = 0; i < MEDIUM_TICKS; i++) {
      const begun = sliceStart + i <= tick;
      parts[1 + i] = begun ? this.#fine.digests[this.#fine.at(sliceStart + i)] : this.#empty;
    }
    return parts;
  }

  #weighLonger(window: 1 | 2): void {
    const tick = Number.isNaN(this.#tick) ? 0 : this.#tick;
    const sliceStart = tick - (tick % MEDIUM_TICKS);
    for (let t = sliceStart; t <= tick; t++) this.#weighSlot(this.#fine, this.#fine.at(t));
    if (window === 1) {
      this.#weighSlots(this.#medium, MEDIUM_SLICES);
      return;
    }
    this.#weighSlots(this.#coarse, COARSE_SLICES);
    for (let t = tick - (tick % COARSE_TICKS); t < sliceStart; t += MEDIUM_TICKS) {
      this.#weighSlot(this.#medium, this.#medium.at(t));
    }
  }

  #weighSlots(slices: WindowSlices, slots: number): void {
    for (let slot = 0; slot < slots; slot++) this.#weighSlot(slices, slot);
  }

  #weighSlot(slices: WindowSlices, slot: number): void {
    const { summary } = this;
    const digest = slices.digests[slot];
    summary.errors += slices.errors[slot];
    summary.breaches += slices.breaches[slot];
    if (digest.count === 0) return;
    summary.count += digest.count;
    summary.sum += digest.sum;
    summary.min = Math.min(summary.min, digest.min);
    summary.max = Math.max(summary.max, digest.max);
  }

  #pastFiveSeconds(): TDigest {
    if (this.#pastFiveStale) this.#pastFive.assignMerged(this.#medium.digests);
    this.#pastFiveStale = false;
    return this.#pastFive;
  }

  #pastMinuteUntil(tick: number): TDigest {
    const past = this.#pastMinute;
    if (!this.#pastMinuteStale) return past;
    this.#pastMinuteStale = false;
    past.assignMerged(this.#coarse.digests);
    const until = tick - (tick % MEDIUM_TICKS);
    for (let t = tick - (tick % COARSE_TICKS); t < until; t += MEDIUM_TICKS) {
      past.merge(this.#medium.digests[this.#medium.at(t)]);
    }
    return past;
  }

  get #current(): number {
    return Number.isNaN(this.#tick) ? 0 : this.#fine.at(this.#tick);
  }

  /** Values added before the first tick is known are of that tick. */
  #moveFirstValuesTo(tick: number): void {
    this.#tick = tick;
    const slot = this.#current;
    if (slot === 0) return;
    const { digests, errors, breaches } = this.#fine;
    digests[slot].merge(digests[0]);
    errors[slot] = errors[0];
    breaches[slot] = breaches[0];
    this.#fine.clear(0);
  }

  /** One tick on: rolls complete slices up, then empties the slice that now begins. */
  #step(): number {
    const tick = this.#tick + 1;
    let changed = 0;
    if (tick % MEDIUM_TICKS === 0) {
      const start = tick - MEDIUM_TICKS;
      const slot = this.#medium.at(start);
      if (!this.#medium.isEmpty(slot)) changed |= FIVE_SECONDS;
      this.#medium.rollUp(slot, this.#fine, start, this.#mediumParts);
      this.#pastFiveStale = true;
      this.#pastMinuteStale = true;
    }
    if (tick % COARSE_TICKS === 0) {
      const start = tick - COARSE_TICKS;
      const slot = this.#coarse.at(start);
      if (!this.#coarse.isEmpty(slot)) changed |= MINUTE;
      this.#coarse.rollUp(slot, this.#medium, start, this.#coarseParts);
    }
    const slot = this.#fine.at(tick);
    if (!this.#fine.isEmpty(slot)) changed |= SECOND;
    this.#fine.clear(slot);
    this.#tick = tick;
    return changed;
  }

  #forgetAll(tick: number): number {
    for (const slices of [this.#fine, this.#medium, this.#coarse]) {
      for (let slot = 0; slot < slices.digests.length; slot++) slices.clear(slot);
    }
    this.#pastFiveStale = true;
    this.#pastMinuteStale = true;
    this.#tick = tick;
    return ALL_WINDOWS;
  }
}

function emptySummary(): WindowSummary {
  return {
    count: 0,
    errors: 0,
    breaches: 0,
    sum: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  };
}
