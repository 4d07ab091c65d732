import type { Clock } from '../contract/clock.ts';
import type { EventCatalogue } from '../contract/events.ts';
import { encodeControl } from '../contract/record.ts';
import type { WindowIndex } from '../sketch/sliding-windows.ts';
import { FloatSorter } from '../sketch/sort.ts';
import { BROKEN, COUNT } from '../state/event-state.ts';
import type { RingView } from '../state/ring-view.ts';
import type { Bank, StateBuffer } from '../state/state-buffer.ts';
import {
  AT,
  DRAIN_SECONDS,
  ENABLED,
  FILE_BAD,
  GC_MAX_SECONDS,
  GENERATION,
  gcHistogram,
  KEEP_BREACHES,
  LIBRARY_BYTES,
  RATE,
  RESIDENT_BYTES,
  RETIRED_AGGREGATED,
  RETIRED_LOOP_BEATS,
  RETIRED_LOOP_DELAY_MICROS,
  RETIRED_OVERWRITTEN,
  RETIRED_RECORDED,
  RETIRED_REJECTED,
  RETIRED_SKIPPED,
  RING_AGGREGATED,
  RING_LOOP_BEATS,
  RING_LOOP_DELAY_MICROS,
  RING_NUMBER,
  RING_OVERWRITTEN,
  RING_SKIPPED,
  RING_SLOTS,
  RING_TAIL,
  STALL_SECONDS_TOTAL,
  STARTED_AT,
  TARGET_RATE,
} from '../state/state-layout.ts';
import { AdaptiveSampling, type Load } from './adaptive-sampling.ts';
import { BATCH_VALUES, EventIntake } from './event-intake.ts';
import { OverheadMeter } from './overhead-meter.ts';
import { ChunkBuffer, RingIntake } from './ring-intake.ts';
import { slotFor } from './ring-slots.ts';
import { judgeSla, type SlaListener } from './sla-judge.ts';

/** Length of a tick: the resolution of the sliding windows. */
const TICK_MILLIS = 100;

const MEMORY_TICKS = 50;
const WINDOW_TICKS = [10, 50, 600];
const LONGEST_WINDOW_TICKS = 650;
/** A reader in another thread is expected to come again, or to come at first, for so long. */
const WATCHED_TICKS = 50;
/** How long to wait for the next tick while none comes. */
const UNWATCHED_INTERVAL_MILLIS = 250;

/** What the options say at the moment. */
export interface Controls {
  readonly enabled: boolean;
  readonly samplingRate: number;
  readonly keepBreaches: boolean;
  readonly adaptiveSampling: boolean;
  readonly overheadBudgetRatio: number;
  readonly aggregationEnabled: boolean;
  readonly generation: number;
  readonly isFileBad: boolean;
}

export interface AggregationSettings {
  readonly state: StateBuffer;
  /** Monotonic milliseconds: the clock that the application threads record with. */
  readonly clock: Clock;
  /** Unix milliseconds. */
  readonly wallClock: Clock;
  /** CPU time that the worker thread has used, in seconds. */
  readonly cpuSeconds: () => number;
  /** Bytes resident of the process, and bytes of the worker thread's heap and buffers; asked for every few seconds. */
  readonly memory: () => { readonly resident: number; readonly library: number };
  readonly onSla: SlaListener;
}

interface AttachedRing {
  readonly view: RingView;
  readonly intake: RingIntake;
  /** Of the process slots. */
  readonly slot: number;
}

/** Totals of ended threads, each with the ring's own that is added to it. */
const RETIRED: readonly (readonly [retired: number, ofRing: number])[] = [
  [RETIRED_RECORDED, RING_TAIL],
  [RETIRED_OVERWRITTEN, RING_OVERWRITTEN],
  [RETIRED_AGGREGATED, RING_AGGREGATED],
  [RETIRED_SKIPPED, RING_SKIPPED],
  [RETIRED_LOOP_DELAY_MICROS, RING_LOOP_DELAY_MICROS],
  [RETIRED_LOOP_BEATS, RING_LOOP_BEATS],
];

const NO_LOAD: Load = { overheadRatio: 0, backlogRatio: 0, lost: false };

/**
 * The aggregation itself, without a thread, a timer or a socket: each `tick` reads the rings, brings the sketches,
 * windows, verdicts and controls up to date, and commits.
 */
export class Aggregation {
  private readonly state: StateBuffer;
  private readonly catalogue: EventCatalogue;
  private readonly settings: AggregationSettings;
  private readonly buffer = new ChunkBuffer();
  private readonly intakes: readonly EventIntake[];
  private readonly rings = new Map<number, AttachedRing>();
  private readonly adaptive = new AdaptiveSampling();
  private readonly overhead: OverheadMeter;
  private bank: Bank | undefined;
  private lastControls: Controls | undefined;
  private tickedAt = Number.NEGATIVE_INFINITY;
  private lastTick = Number.NaN;
  private firstTick = Number.NaN;
  /** Until then the verdicts of a worker before this one may be in force. */
  private inheritedUntil = 0;
  private memoryTick = Number.NaN;
  private overwrittenBefore = 0;
  private readsBefore = 0;
  private watchedUntil = 0;

  constructor(settings: AggregationSettings) {
    this.settings = settings;
    this.state = settings.state;
    this.catalogue = settings.state.catalogue;
    this.overhead = new OverheadMeter(settings.cpuSeconds);
    const sorter = new FloatSorter(BATCH_VALUES);
    const { events } = this.state.read((bank) => bank);
    this.intakes = this.catalogue.specs.map((spec, id) => new EventIntake(spec, sorter, events[id]));
    this.readsBefore = this.state.reads;
    this.state.beforeRead = () => this.catchUp();
  }

  /**
   * Goes on with a ring where the state says it was left, or from its first record on. False when 64 rings are read
   * already, or this one was let go before.
   */
  attach(view: RingView): boolean {
    const slot = this.state.read(({ process }) => slotFor(process, view.number));
    if (slot === undefined || this.rings.has(view.number)) return slot !== undefined;
    const intake = new RingIntake(
      view.number,
      view.shared,
      this.catalogue.specs,
      this.intakes,
      this.buffer,
      this.onPause,
    );
    this.state.read(({ process }) => {
      const isKnown = process[slot + RING_NUMBER] === view.number;
      intake.reader.tail = isKnown ? process[slot + RING_TAIL] : 0;
      intake.reader.overwritten = isKnown ? process[slot + RING_OVERWRITTEN] : 0;
      intake.reader.aggregated = isKnown ? process[slot + RING_AGGREGATED] : 0;
    });
    // What was lost before is no news for the adaptive sampling.
    this.overwrittenBefore += intake.reader.overwritten;
    this.rings.set(view.number, { view, intake, slot });
    // Claims the slot at once, so that a second ring attached before the next tick does not find it free.
    this.change((bank) => {
      bank.process[slot + RING_NUMBER] = view.number;
    });
    return true;
  }

  /** Reads what is left in a ring whose thread has ended, keeps its totals, and lets it go. */
  detach(number: number): void {
    const ring = this.rings.get(number);
    if (ring === undefined) return;
    this.change((bank) => {
      this.beginEvents(bank);
      this.readRing(bank.process, ring);
      const { process } = bank;
      for (const [retired, slot] of RETIRED) {
        process[retired] = process[retired] + process[ring.slot + slot];
      }
      ring.view.addRejectedTo(process, RETIRED_REJECTED);
      process.fill(0, ring.slot, ring.slot + RING_SLOTS);
      process[ring.slot + RING_NUMBER] = -number;
      this.touchChanged();
    });
    this.rings.delete(number);
  }

  /** Reads every ring and commits what follows from it. */
  tick(controls: Controls): void {
    this.lastControls = controls;
    this.change((bank) => this.update(bank, controls));
  }

  /**
   * Milliseconds until `tick` should be called again. A thread that wakes up to read a few records spends most of its time
   * on waking up; who reads in this thread finds everything up to date in any case.
   */
  get tickIntervalMillis(): number {
    return this.lastTick < this.watchedUntil ? TICK_MILLIS : UNWATCHED_INTERVAL_MILLIS;
  }

  private change(write: (bank: Bank) => void): void {
    const bank = this.state.begin();
    this.bank = bank;
    write(bank);
    this.state.commit();
    this.bank = undefined;
  }

  private update(bank: Bank, controls: Controls): void {
    const { process } = bank;
    const now = this.settings.clock();
    const at = this.settings.wallClock();
    this.tickedAt = now;
    this.beginEvents(bank);
    const isRestart = process[STARTED_AT] !== 0;
    if (!isRestart) process[STARTED_AT] = at;
    const load = controls.aggregationEnabled ? this.readRings(process, now) : NO_LOAD;
    process[AT] = at;
    const tick = Math.floor(now / TICK_MILLIS);
    if (Number.isNaN(this.firstTick)) {
      this.firstTick = tick;
      this.watchedUntil = tick + WATCHED_TICKS;
      if (isRestart) this.inheritedUntil = tick + LONGEST_WINDOW_TICKS;
    }
    if (tick !== this.lastTick) {
      if (!(tick < this.memoryTick + MEMORY_TICKS)) this.readMemory(process, tick);
      this.lastTick = tick;
      this.advance(bank, tick, at);
    }
    this.touchChanged();
    this.control(process, now, controls, load);
    process[DRAIN_SECONDS] = (this.settings.clock() - now) / 1e3;
  }

  private beginEvents(bank: Bank): void {
    const now = this.settings.clock();
    const offset = this.settings.wallClock() - now;
    // What is read now has happened since the last tick.
    const lastTick = Math.floor(now / TICK_MILLIS) - 1;
    for (let id = 0; id < this.intakes.length; id++) {
      this.intakes[id].begin(bank.events[id], offset, lastTick);
    }
  }

  private touchChanged(): void {
    for (let id = 0; id < this.intakes.length; id++) {
      if (this.intakes[id].isChanged) this.state.touch(id);
    }
  }

  private readRings(process: Float64Array, now: number): Load {
    let records = 0;
    let busiestRecords = 0;
    let backlogRatio = 0;
    let overwritten = 0;
    let busiest: RingView | undefined;
    const eventsBefore = this.eventCount();
    for (const ring of this.rings.values()) {
      backlogRatio = Math.max(backlogRatio, ring.view.backlogRecords / ring.view.capacityRecords);
      const read = this.readRing(process, ring);
      overwritten += ring.intake.reader.overwritten;
      records += read;
      if (busiest === undefined || read > busiestRecords) {
        busiest = ring.view;
        busiestRecords = read;
      }
    }
    const events = this.eventCount() - eventsBefore;
    this.overhead.update(process, { now, busiestRecords, records, events }, busiest);
    const lost = overwritten > this.overwrittenBefore;
    this.overwrittenBefore = overwritten;
    return { overheadRatio: this.overhead.recentRecordRatio, backlogRatio, lost };
  }

  /** Returns how many records were aggregated. */
  private readRing(process: Float64Array, { view, intake, slot }: AttachedRing): number {
    const { reader } = intake;
    const before = reader.aggregated;
    intake.drain();
    for (const event of this.intakes) event.flushAll();
    process[slot + RING_TAIL] = reader.tail;
    process[slot + RING_OVERWRITTEN] = reader.overwritten;
    process[slot + RING_AGGREGATED] = reader.aggregated;
    process[slot + RING_SKIPPED] = view.skippedEvents(process[slot + RING_SKIPPED]);
    process[slot + RING_LOOP_DELAY_MICROS] = view.loopDelayMicros;
    process[slot + RING_LOOP_BEATS] = view.loopBeats;
    return reader.aggregated - before;
  }

  private advance(bank: Bank, tick: number, at: number): void {
    const isWatched = this.isWatched(tick);
    for (let id = 0; id < this.intakes.length; id++) {
      this.intakes[id].advance(tick, isWatched, (window) => this.judge(bank, id, window, tick, at));
      if (tick > this.inheritedUntil || bank.events[id].slots[BROKEN] === 0) continue;
      // A verdict that was inherited ends with its window, whether or not an event comes.
      for (let window = 0; window < WINDOW_TICKS.length; window++) this.judge(bank, id, window, tick, at);
      this.state.touch(id);
    }
  }

  private judge({ events }: Bank, id: number, window: number, tick: number, at: number): void {
    const mayRecover = tick > this.inheritedUntil || tick >= this.firstTick + WINDOW_TICKS[window];
    const focus = (): void => this.intakes[id].focus(window as WindowIndex);
    judgeSla(this.catalogue.specs[id], events[id], window, at, mayRecover, focus, this.settings.onSla);
  }

  /** Whether another thread reads the state now and then. What this thread reads is brought up to date first. */
  private isWatched(tick: number): boolean {
    const { reads } = this.state;
    if (reads !== this.readsBefore) this.watchedUntil = tick + WATCHED_TICKS;
    this.readsBefore = reads;
    return tick < this.watchedUntil;
  }

  /** What this thread is about to read: no older than the windows' resolution, and with quantiles that fit. */
  private catchUp(): void {
    const { bank, lastControls } = this;
    if (bank !== undefined) return;
    if (lastControls !== undefined && this.settings.clock() - this.tickedAt >= TICK_MILLIS)
      this.tick(lastControls);
    if (!this.intakes.some(({ isBlurred }) => isBlurred)) return;
    this.change(({ events }) => {
      for (let id = 0; id < this.intakes.length; id++) this.intakes[id].focusIn(events[id]);
      this.touchChanged();
    });
  }

  private readMemory(process: Float64Array, tick: number): void {
    const { resident, library } = this.settings.memory();
    process[RESIDENT_BYTES] = resident;
    process[LIBRARY_BYTES] = library;
    this.memoryTick = tick;
  }

  private control(process: Float64Array, now: number, controls: Controls, load: Load): void {
    const { enabled, samplingRate, keepBreaches, generation } = controls;
    if (!controls.adaptiveSampling) this.adaptive.reset();
    const rate = controls.adaptiveSampling
      ? this.adaptive.next(now, samplingRate, load, controls.overheadBudgetRatio)
      : samplingRate;
    const word = enabled ? encodeControl(rate, keepBreaches) : 0;
    let measuring = 0;
    let lowest = Number.POSITIVE_INFINITY;
    for (const { view } of this.rings.values()) {
      if (view.control !== word) view.control = word;
      if (!view.enabled) continue;
      measuring = 1;
      lowest = Math.min(lowest, view.rate);
    }
    process[ENABLED] = measuring;
    process[RATE] = measuring === 1 ? lowest : 0;
    process[TARGET_RATE] = enabled ? samplingRate : 0;
    process[KEEP_BREACHES] = keepBreaches ? 1 : 0;
    process[GENERATION] = generation;
    process[FILE_BAD] = controls.isFileBad ? 1 : 0;
  }

  private readonly onPause = (gcKind: number, seconds: number): void => {
    const process = this.bank?.process;
    if (process === undefined) return;
    if (gcKind < 0) {
      process[STALL_SECONDS_TOTAL] = process[STALL_SECONDS_TOTAL] + seconds;
      return;
    }
    gcHistogram(process, gcKind).addSorted(Float32Array.of(seconds), 0, 1, 1);
    process[GC_MAX_SECONDS + gcKind] = Math.max(process[GC_MAX_SECONDS + gcKind], seconds);
  };

  private eventCount(): number {
    let sum = 0;
    for (const { slots } of this.bank?.events ?? []) sum += slots[COUNT];
    return sum;
  }
}
