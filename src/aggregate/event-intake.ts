import { type EventSpec, recordThreshold } from '../contract/events.ts';
import { QUANTILES } from '../contract/statistics.ts';
import { SlidingWindows, type WindowIndex, type WindowSummary } from '../sketch/sliding-windows.ts';
import type { FloatSorter } from '../sketch/sort.ts';
import {
  BREACHES,
  COUNT,
  ERRORS,
  type EventState,
  EXEMPLAR_AT,
  EXEMPLAR_SLOTS,
  EXEMPLAR_TRACE,
  EXEMPLAR_VALUE,
  GC_SECONDS,
  RECORDS,
  SLICE_COMPRESSION,
  STALL_SECONDS,
  TAIL_GC_SECONDS,
  TAIL_SECONDS,
  TAIL_STALL_SECONDS,
  TOTAL_QUANTILES,
  TRACE_SLOTS,
  WINDOW_BREACHES,
  WINDOW_COMPRESSION,
  WINDOW_COUNT,
  WINDOW_ERRORS,
  WINDOW_MAX,
  WINDOW_MIN,
  WINDOW_OBJECTIVE_QUANTILE,
  WINDOW_QUANTILES,
  WINDOW_SUM,
} from '../state/event-state.ts';
import { SlowestEvents } from './slowest-events.ts';
import { countAbove, ValueBatch } from './value-batch.ts';

const P999 = TOTAL_QUANTILES + 3;

export const BATCH_VALUES = 2048;
/** For the few values of a second weight: breaches that are kept, events that began before a change of rate. */
const SIDE_BATCH_VALUES = 256;
/** How often the figures of each window are made anew, in ticks: 100 ms, 500 ms and 1 s. */
const REFRESH_TICKS = [1, 5, 10];
/** How old quantiles may be that nobody has asked for. */
const UNWATCHED_TICKS = 10;
const ALL_WINDOWS = 2 ** REFRESH_TICKS.length - 1;
/** Below so many events P99.9 says nothing. */
const MIN_TAIL_COUNT = 1000;

/**
 * Collects the records of one event, in batches of equal weight, and adds each batch, sorted, to the sketches of the
 * bank that is being written.
 */
export class EventIntake {
  /** A value above it is worth a closer look: it may be among the slowest, or in the tail beyond P99.9. */
  floor = Number.NEGATIVE_INFINITY;
  /** Whether the state was changed since `begin`. */
  isChanged = false;
  private readonly spec: EventSpec;
  private readonly threshold: number;
  private readonly sorter: FloatSorter;
  private readonly windows = new SlidingWindows(SLICE_COMPRESSION, WINDOW_COMPRESSION);
  private readonly slowest: SlowestEvents;
  private batch = new ValueBatch(BATCH_VALUES);
  private side: ValueBatch | undefined;
  private state: EventState;
  private tailFloor = Number.POSITIVE_INFINITY;
  private wallClockOffset = 0;
  /** One bit a window whose weights no longer fit what is in it: at first all, which may be of a worker that died. */
  private stale = ALL_WINDOWS;
  /** One bit a window whose digest and quantiles do not. */
  private blurred = 0;
  private areQuantilesStale = false;
  private lastTick = Number.NaN;

  /** `sorter`, for at least BATCH_VALUES, may be shared. `state`: where an earlier worker left off. */
  constructor(spec: EventSpec, sorter: FloatSorter, state: EventState) {
    this.spec = spec;
    this.threshold = recordThreshold(spec);
    this.sorter = sorter;
    this.state = state;
    this.slowest = new SlowestEvents(state.slowest);
  }

  /**
   * Goes on in this bank's state. `wallClockOffset`: what to add to monotonic milliseconds for Unix ones. `tick`: the
   * slice of the windows that values go to from here on, however late they are read.
   */
  begin(state: EventState, wallClockOffset: number, tick: number): void {
    this.stale |= this.windows.advance(tick);
    this.state = state;
    this.wallClockOffset = wallClockOffset;
    this.isChanged = false;
    const p999 = state.slots[P999];
    this.tailFloor = state.slots[COUNT] >= MIN_TAIL_COUNT && p999 > 0 ? p999 : Number.POSITIVE_INFINITY;
    this.updateFloor();
  }

  /** One record; `error` is not 0 where it ended so. */
  add(value: number, weight: number, error: number): void {
    const batch = weight === this.batch.weight ? this.batch : this.batchOf(weight);
    batch.values[batch.count++] = value;
    if (error !== 0) batch.errors++;
    if (batch.count === batch.values.length) this.flush(batch);
  }

  /** What is special about a record that is also added: see `floor`; and its exemplar. `end` in monotonic milliseconds. */
  addNotable(
    value: number,
    weight: number,
    end: number,
    symbol: number,
    words: Uint32Array,
    traceAt: number,
  ): void {
    const at = end + this.wallClockOffset;
    if (value > this.slowest.floor) {
      this.slowest.add(value, at, symbol, words, traceAt);
      this.updateFloor();
    }
    if (value > this.tailFloor) this.increase(TAIL_SECONDS, value * weight);
    if (traceAt >= 0) this.setExemplar(value, at, words, traceAt);
  }

  /** Seconds of garbage collection and of stalls inside a record. */
  addPause(value: number, weight: number, gcSeconds: number, stallSeconds: number): void {
    this.increase(GC_SECONDS, gcSeconds * weight);
    this.increase(STALL_SECONDS, stallSeconds * weight);
    if (value <= this.tailFloor) return;
    this.increase(TAIL_GC_SECONDS, gcSeconds * weight);
    this.increase(TAIL_STALL_SECONDS, stallSeconds * weight);
  }

  /** Adds what is waiting to the state. */
  flushAll(): void {
    this.flush(this.batch);
    if (this.side !== undefined) this.flush(this.side);
  }

  /**
   * Moves the windows on to `tick` (units of 100 ms) and calls `changed` for each whose weights have changed. Their quantiles,
   * which cost most, follow at once when `isWatched`, otherwise once a second.
   */
  advance(tick: number, isWatched: boolean, changed: (window: WindowIndex) => void): void {
    if (this.areQuantilesStale) this.state.updateQuantiles();
    this.areQuantilesStale = false;
    if (this.slowest.advance(tick, this.state.slowest)) this.isChanged = true;
    this.stale |= this.windows.advance(tick);
    const { lastTick } = this;
    this.lastTick = tick;
    for (let window = 0; window < this.state.windows.length; window++) {
      const bit = 1 << window;
      if ((this.stale & bit) === 0 || !isDue(REFRESH_TICKS[window], tick, lastTick)) continue;
      this.stale &= ~bit;
      this.blurred |= bit;
      const wasEmpty = this.state.windows[window][WINDOW_COUNT] === 0;
      this.weigh(window as WindowIndex);
      if (wasEmpty) this.focus(window as WindowIndex);
      changed(window as WindowIndex);
      this.isChanged = true;
    }
    if (isWatched || isDue(UNWATCHED_TICKS, tick, lastTick)) this.focusAll();
  }

  /** Brings the quantiles of a window up to date with its weights. */
  focus(window: WindowIndex): void {
    const bit = 1 << window;
    if ((this.blurred & bit) === 0) return;
    this.blurred &= ~bit;
    this.summarize(window);
    this.isChanged = true;
  }

  private focusAll(): void {
    for (let window = 0; window < this.state.windows.length; window++) this.focus(window as WindowIndex);
  }

  /** Whether quantiles wait to be asked for. */
  get isBlurred(): boolean {
    return this.blurred !== 0;
  }

  /** Brings all of them up to date in this bank's state, between two ticks. */
  focusIn(state: EventState): void {
    this.state = state;
    this.isChanged = false;
    this.focusAll();
  }

  private batchOf(weight: number): ValueBatch {
    this.side ??= new ValueBatch(SIDE_BATCH_VALUES);
    if (this.side.weight === weight && this.side.count > 0) return this.side;
    // The weight of an empty batch is free to change; so the common weight finds its way into the large one.
    const free = this.batch.count === 0 ? this.batch : this.side;
    this.flush(free);
    free.weight = weight;
    return free;
  }

  private flush(batch: ValueBatch): void {
    const { values, count, weight, errors } = batch;
    if (count === 0) return;
    const { state } = this;
    this.sorter.sort(values, count);
    const breaches = countAbove(values, count, this.threshold) * weight;
    state.digest.addSorted(values, 0, count, weight);
    state.native.addSorted(values, 0, count, weight);
    state.classic.addSorted(values, 0, count, weight);
    this.windows.addSorted(values, 0, count, weight, breaches, errors * weight);
    this.increase(COUNT, count * weight);
    this.increase(RECORDS, count);
    this.increase(ERRORS, errors * weight);
    this.increase(BREACHES, breaches);
    this.areQuantilesStale = true;
    batch.clear();
  }

  private weigh(window: WindowIndex): void {
    this.setWeights(window, this.windows.weigh(window));
  }

  private setWeights(window: WindowIndex, { count, errors, breaches, sum, min, max }: WindowSummary): void {
    const figures = this.state.windows[window];
    figures[WINDOW_COUNT] = count;
    figures[WINDOW_ERRORS] = errors;
    figures[WINDOW_BREACHES] = breaches;
    figures[WINDOW_SUM] = sum;
    figures[WINDOW_MIN] = min;
    figures[WINDOW_MAX] = max;
  }

  private summarize(window: WindowIndex): void {
    const figures = this.state.windows[window];
    const digest = this.state.windowDigests[window];
    // With the weights of this moment: values may have come since those were taken.
    this.setWeights(window, this.windows.summarize(window, digest));
    for (let i = 0; i < QUANTILES.length; i++) figures[WINDOW_QUANTILES + i] = digest.quantile(QUANTILES[i]);
    figures[WINDOW_OBJECTIVE_QUANTILE] = digest.quantile(this.spec.objective);
  }

  private setExemplar(value: number, at: number, words: Uint32Array, traceAt: number): void {
    let bucket = 0;
    while (bucket < this.spec.buckets.length && value > this.spec.buckets[bucket]) bucket++;
    const slot = bucket * EXEMPLAR_SLOTS;
    const { exemplars } = this.state;
    exemplars[slot + EXEMPLAR_VALUE] = value;
    exemplars[slot + EXEMPLAR_AT] = at;
    for (let i = 0; i < TRACE_SLOTS; i++) exemplars[slot + EXEMPLAR_TRACE + i] = words[traceAt + i];
    this.isChanged = true;
  }

  private increase(slot: number, by: number): void {
    this.state.slots[slot] = this.state.slots[slot] + by;
    this.isChanged = true;
  }

  private updateFloor(): void {
    this.floor = Math.min(this.slowest.floor, this.tailFloor);
  }
}

/** Whether a multiple of `every` has come since. */
function isDue(every: number, tick: number, lastTick: number): boolean {
  return Math.floor(tick / every) !== Math.floor(lastTick / every);
}
