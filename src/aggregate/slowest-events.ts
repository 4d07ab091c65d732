import {
  SLOW_AT,
  SLOW_SLOTS,
  SLOW_SYMBOL,
  SLOW_TRACE,
  SLOW_VALUE,
  SLOWEST_KEPT,
  TRACE_SLOTS,
} from '../state/event-state.ts';

const SLICES = 13;
/** 100 ms ticks: a slice is 5 s, and what is 60 to 65 s old is gone. */
const SLICE_TICKS = 50;

/** The slowest records of one event over the last minute. */
export class SlowestEvents {
  /** A value must be greater to get in. */
  floor = Number.NEGATIVE_INFINITY;
  private readonly slices = Array.from({ length: SLICES }, () => new Float64Array(SLOWEST_KEPT * SLOW_SLOTS));
  private current = 0;
  private period = Number.NaN;
  private isChanged = false;

  /** `known`: the slowest that an earlier worker left, in the layout of the state; they go with the current slice. */
  constructor(known: Float64Array) {
    const slice = this.slices[this.current];
    slice.set(known);
    this.updateFloor(slice);
  }

  /** `at` in Unix milliseconds; the trace id is the four words of `words` from `traceAt` on, none where that is -1. */
  add(value: number, at: number, symbol: number, words: Uint32Array, traceAt: number): void {
    const slice = this.slices[this.current];
    let place = SLOWEST_KEPT - 1;
    while (
      place > 0 &&
      (slice[(place - 1) * SLOW_SLOTS + SLOW_AT] === 0 || slice[(place - 1) * SLOW_SLOTS] < value)
    )
      place--;
    slice.copyWithin((place + 1) * SLOW_SLOTS, place * SLOW_SLOTS, (SLOWEST_KEPT - 1) * SLOW_SLOTS);
    const slot = place * SLOW_SLOTS;
    slice[slot + SLOW_VALUE] = value;
    slice[slot + SLOW_AT] = at;
    slice[slot + SLOW_SYMBOL] = symbol;
    for (let i = 0; i < TRACE_SLOTS; i++) slice[slot + SLOW_TRACE + i] = traceAt < 0 ? 0 : words[traceAt + i];
    this.updateFloor(slice);
    this.isChanged = true;
  }

  /** Moves on to `tick`, and writes the slowest of the minute into `into` if they have changed: true then. */
  advance(tick: number, into: Float64Array): boolean {
    const period = Math.floor(tick / SLICE_TICKS);
    if (Number.isNaN(this.period)) this.period = period;
    for (let steps = Math.min(period - this.period, SLICES); steps > 0; steps--) {
      this.current = (this.current + 1) % SLICES;
      const slice = this.slices[this.current];
      if (slice[SLOW_AT] !== 0) this.isChanged = true;
      slice.fill(0);
      this.floor = Number.NEGATIVE_INFINITY;
    }
    this.period = Math.max(period, this.period);
    if (!this.isChanged) return false;
    this.isChanged = false;
    this.merge(into);
    return true;
  }

  private updateFloor(slice: Float64Array): void {
    const last = (SLOWEST_KEPT - 1) * SLOW_SLOTS;
    this.floor = slice[last + SLOW_AT] === 0 ? Number.NEGATIVE_INFINITY : slice[last];
  }

  private merge(into: Float64Array): void {
    const places = new Uint8Array(SLICES);
    into.fill(0);
    for (let out = 0; out < SLOWEST_KEPT; out++) {
      let best = -1;
      for (let i = 0; i < SLICES; i++) {
        if (this.isEmpty(i, places[i])) continue;
        if (best === -1 || this.value(i, places[i]) > this.value(best, places[best])) best = i;
      }
      if (best === -1) return;
      const from = places[best] * SLOW_SLOTS;
      into.set(this.slices[best].subarray(from, from + SLOW_SLOTS), out * SLOW_SLOTS);
      places[best] = places[best] + 1;
    }
  }

  private isEmpty(slice: number, place: number): boolean {
    return place >= SLOWEST_KEPT || this.slices[slice][place * SLOW_SLOTS + SLOW_AT] === 0;
  }

  private value(slice: number, place: number): number {
    return this.slices[slice][place * SLOW_SLOTS + SLOW_VALUE];
  }
}
