import { Aggregation, type Controls } from '../../src/aggregate/aggregation.ts';
import type { SlaListener } from '../../src/aggregate/sla-judge.ts';
import type { Clock } from '../../src/contract/clock.ts';
import { defineEvents, type EventCatalogue, type Outcome } from '../../src/contract/events.ts';
import type { EventStatistics, SlaChange, Statistics } from '../../src/contract/statistics.ts';
import { type CollectorOptions, MetricsCollector } from '../../src/record/collector.ts';
import { WINDOW_COUNT } from '../../src/state/event-state.ts';
import { type ProcessTotals, processTotals } from '../../src/state/process-totals.ts';
import { RingView } from '../../src/state/ring-view.ts';
import { StateBuffer } from '../../src/state/state-buffer.ts';
import { readStatistics } from '../../src/state/statistics.ts';

/** Unix milliseconds when the monotonic clock shows 0. */
export const EPOCH = 1_750_000_000_000;

export interface EventDetails {
  readonly outcome?: Outcome;
  readonly symbol?: number;
  readonly trace?: Uint8Array;
}

/** A thread that records, its ring, and the number that the ring is read under. */
export interface ManualThread {
  readonly collector: MetricsCollector;
  readonly view: RingView;
}

/** An aggregation whose every tick and clock are the test's own, and the threads that record for it. */
export class ManualAggregation {
  /** Monotonic milliseconds. */
  now = 60_000;
  cpu = 0;
  controls: Controls = {
    enabled: true,
    samplingRate: 1,
    keepBreaches: false,
    adaptiveSampling: false,
    overheadBudgetRatio: 0.01,
    aggregationEnabled: true,
    generation: 0,
    isFileBad: false,
  };
  readonly changes: { readonly kind: string; readonly change: SlaChange }[] = [];
  onSla: SlaListener = (kind, change) => this.changes.push({ kind, change });
  readonly catalogue: EventCatalogue;
  readonly threads: ManualThread[] = [];
  readonly shared: SharedArrayBuffer;
  aggregation: Aggregation;
  /** The first thread's. */
  readonly collector: MetricsCollector;
  private state: StateBuffer;

  constructor(events: EventCatalogue = defineEvents(), options: CollectorOptions = {}) {
    this.catalogue = events;
    this.state = new StateBuffer(events);
    this.shared = this.state.shared;
    this.aggregation = this.aggregate();
    this.collector = this.addThread('main', options).collector;
  }

  readonly clock: Clock = () => this.now;

  addThread(name: string, options: CollectorOptions = {}): ManualThread {
    const { catalogue: events, clock } = this;
    const collector = new MetricsCollector({ events, clock, capacityRecords: 4096, seed: 1, ...options });
    const view = new RingView(this.threads.length + 1, name, collector.buffer.shared);
    this.threads.push({ collector, view });
    this.aggregation.attach(view);
    return { collector, view };
  }

  /** What a restarted worker thread does: everything anew, on the memory that the last one left. */
  restart(clock: Clock = this.clock): void {
    this.state = new StateBuffer(this.catalogue, this.shared);
    this.aggregation = this.aggregate(clock);
    for (const { view } of this.threads) this.aggregation.attach(view);
  }

  /** Records an event of the first thread that takes `millis`. */
  event(id: number, millis: number, details: EventDetails = {}): void {
    const start = this.collector.recordStart(id);
    this.now += millis;
    this.collector.recordEnd(id, start, details.outcome, details.symbol, details.trace);
  }

  /** As at a heartbeat of every thread, then the worker's turn. */
  tick(): void {
    for (const { collector } of this.threads) collector.buffer.publish();
    this.aggregation.tick(this.controls);
  }

  /** Lets time pass in ticks of 100 ms. */
  pass(millis: number): void {
    for (const end = this.now + millis; this.now < end; ) {
      this.now = Math.min(end, this.now + 100);
      this.tick();
    }
  }

  /** As the worker thread reads them; with a view of its own of the memory, as another thread does. */
  statistics(state = this.state): Statistics {
    return readStatistics({
      state,
      rings: this.threads.map(({ view }) => view),
      clock: this.clock,
      wallClock: this.wallClock,
      instance: 'manual-0',
      processCpuSeconds: () => 0,
      workerRestarts: 0,
    });
  }

  /** What each window of an event says it holds, and what its digest does, as a scrape by the worker finds them. */
  windowCounts(id: number): { readonly count: number; readonly inDigest: number }[] {
    return this.state.read(({ events }) =>
      events[id].windows.map((figures, i) => ({
        count: figures[WINDOW_COUNT],
        inDigest: events[id].windowDigests[i].count,
      })),
    );
  }

  totals(): ProcessTotals {
    return this.state.read(processTotals);
  }

  of(id: number): EventStatistics {
    return this.statistics().events[id];
  }

  private readonly wallClock: Clock = () => EPOCH + this.now;

  private aggregate(clock: Clock = this.clock): Aggregation {
    return new Aggregation({
      state: this.state,
      clock,
      wallClock: this.wallClock,
      cpuSeconds: () => this.cpu,
      memory: () => ({ resident: 1e8, library: 4e6 }),
      onSla: (kind, change) => this.onSla(kind, change),
    });
  }
}
