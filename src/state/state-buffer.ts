import { PerfMetricsError } from '../contract/errors.ts';
import type { EventCatalogue } from '../contract/events.ts';
import { EventState } from './event-state.ts';
import { PROCESS_SLOTS } from './state-layout.ts';

/** Commits completed, and commits begun. */
const COMMITTED = 0;
const BEGUN = 1;
/** How often others than the writer have read. */
const READS = 2;
const HEADER_BYTES = 64;
const MAX_COPY_ATTEMPTS = 1000;

/** One consistent picture of everything that was aggregated. */
export interface Bank {
  readonly process: Float64Array;
  readonly events: readonly EventState[];
}

/**
 * The aggregated state, in shared memory, twice: the worker thread changes one bank while everybody reads the other,
 * and a commit swaps them. Scrapes, statistics, snapshots and a restarted worker all read what was committed, so that
 * none can see a total that another has not, and a worker that dies in the middle of a change leaves no trace of it.
 */
export class StateBuffer {
  readonly shared: SharedArrayBuffer;
  readonly catalogue: EventCatalogue;
  /** Of the thread that writes: puts off what it need not compute until somebody looks. */
  beforeRead: (() => void) | undefined;
  private readonly header: Int32Array;
  private readonly fence = new Int32Array(new SharedArrayBuffer(4));
  private readonly bankSlots: number;
  private readonly banks: readonly [Bank, Bank];
  /** The commit in which each event was last changed; lacking that (a new writer), all count as changed. */
  private readonly changedIn: Int32Array;

  /** @throws PerfMetricsError `PERF_BUFFER_INVALID` when `shared` was laid out for another catalogue. */
  constructor(catalogue: EventCatalogue, shared?: SharedArrayBuffer) {
    const eventSlots = catalogue.specs.map((spec) => EventState.length(spec));
    const bankSlots = eventSlots.reduce((sum, slots) => sum + slots, PROCESS_SLOTS);
    const bytes = HEADER_BYTES + 2 * bankSlots * 8;
    if (shared !== undefined && shared.byteLength !== bytes) {
      throw new PerfMetricsError('PERF_BUFFER_INVALID', 'this state belongs to another catalogue of events');
    }
    this.catalogue = catalogue;
    this.shared = shared ?? new SharedArrayBuffer(bytes);
    this.header = new Int32Array(this.shared, 0, HEADER_BYTES / 4);
    this.bankSlots = bankSlots;
    this.banks = [this.bankOf(this.slotsOf(0)), this.bankOf(this.slotsOf(1))];
    this.changedIn = new Int32Array(catalogue.specs.length).fill(this.committed);
  }

  get commits(): number {
    return this.committed;
  }

  /** Changes whenever another thread than the writer's reads. */
  get reads(): number {
    return Atomics.load(this.header, READS);
  }

  /**
   * Begins a change: the bank to write to, equal to what is committed. Only the worker thread calls it, and says with
   * `touch` which events it changes.
   */
  begin(): Bank {
    const current = this.committed;
    const next = (current + 1) | 0;
    Atomics.store(this.header, BEGUN, next);
    // On processors that order loads and stores weakly, this load keeps the writes to the bank behind the store.
    Atomics.load(this.header, BEGUN);
    const from = this.banks[current & 1];
    const to = this.banks[next & 1];
    to.process.set(from.process);
    for (let id = 0; id < this.changedIn.length; id++) {
      if (this.changedIn[id] === current) to.events[id].slots.set(from.events[id].slots);
    }
    return to;
  }

  /** The event is changed in the commit under way. */
  touch(event: number): void {
    this.changedIn[event] = (this.committed + 1) | 0;
  }

  /** Makes what was written since `begin` what everybody reads. */
  commit(): void {
    Atomics.add(this.header, COMMITTED, 1);
  }

  /**
   * Calls `reader` with the committed bank and returns what it returns. If the bank was reused meanwhile (two commits
   * later), it is called again, with a copy. `reader` must copy what it keeps and have no effects.
   */
  read<T>(reader: (bank: Bank) => T): T {
    if (this.beforeRead === undefined) Atomics.add(this.header, READS, 1);
    else this.beforeRead();
    const { result, isWhole } = this.attempt((bank) => reader(this.banks[bank]));
    return isWhole ? result : reader(this.copy());
  }

  /** The committed bank in memory of its own: a copy takes microseconds, two commits a good deal longer. */
  private copy(): Bank {
    const slots = new Float64Array(this.bankSlots);
    for (let tries = 1; tries <= MAX_COPY_ATTEMPTS; tries++) {
      const { isWhole } = this.attempt((bank) => slots.set(this.slotsOf(bank)));
      if (isWhole) break;
    }
    return this.bankOf(slots);
  }

  private attempt<T>(use: (bank: 0 | 1) => T): { readonly result: T; readonly isWhole: boolean } {
    const current = this.committed;
    const result = use((current & 1) as 0 | 1);
    // The store keeps what `use` read ahead of the second look.
    Atomics.store(this.fence, 0, current);
    return { result, isWhole: ((Atomics.load(this.header, BEGUN) - current) | 0) <= 1 };
  }

  private get committed(): number {
    return Atomics.load(this.header, COMMITTED);
  }

  private slotsOf(bank: 0 | 1): Float64Array {
    return new Float64Array(this.shared, HEADER_BYTES + bank * this.bankSlots * 8, this.bankSlots);
  }

  private bankOf(slots: Float64Array): Bank {
    let at = PROCESS_SLOTS;
    const events = this.catalogue.specs.map((spec) => {
      const length = EventState.length(spec);
      at += length;
      return new EventState(slots.subarray(at - length, at), spec);
    });
    return { process: slots.subarray(0, PROCESS_SLOTS), events };
  }
}
