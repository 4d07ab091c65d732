import { Aggregation, type Controls } from '../../src/aggregate/aggregation.ts';
import { defineEvents, type EventCatalogue } from '../../src/contract/events.ts';
import {
  APP_ENABLED,
  ERROR_FLAG,
  GAUGES_BYTES,
  KIND_GC,
  LOOP_BYTES,
  SKIPPED,
  SYMBOL_SHIFT,
  TRACED_FLAG,
} from '../../src/contract/record.ts';
import { LockFreeRingBuffer } from '../../src/record/ring-buffer.ts';
import { RingView } from '../../src/state/ring-view.ts';
import { StateBuffer } from '../../src/state/state-buffer.ts';
import type { StatisticsSource } from '../../src/state/statistics-source.ts';

/** 2026-08-07T10:00:00Z. */
export const START = Date.UTC(2026, 7, 7, 10);
export const TRACE = Uint8Array.from({ length: 16 }, (_, i) => 0x10 + i);
export const TRACE_TEXT = '101112131415161718191a1b1c1d1e1f';

export const events = defineEvents({
  slippage: { unit: 'basis_points', slaValue: 5, buckets: [-1, 0, 1, 5] },
});

export const CONTROLS: Controls = {
  enabled: true,
  samplingRate: 1,
  keepBreaches: false,
  adaptiveSampling: false,
  overheadBudgetRatio: 0.01,
  aggregationEnabled: true,
  generation: 7,
  isFileBad: false,
};

/** A service as its endpoint sees it: a real ring and a real aggregation, under a clock that the test turns. */
export class Picture {
  /** Monotonic milliseconds: so that the second tick is the one in which every window is summarized. */
  now = 1800;
  readonly ring: LockFreeRingBuffer;
  readonly view: RingView;
  readonly source: StatisticsSource;
  private readonly catalogue: EventCatalogue;
  private readonly aggregation: Aggregation;
  private controls = CONTROLS;

  constructor({ catalogue = events as EventCatalogue, capacityRecords = 4096, ringName = 'main' } = {}) {
    this.catalogue = catalogue;
    this.ring = new LockFreeRingBuffer(capacityRecords);
    this.ring.header[APP_ENABLED] = 1;
    this.view = new RingView(1, ringName, this.ring.shared);
    const state = new StateBuffer(catalogue);
    const clock = (): number => this.now;
    const wallClock = (): number => START + this.now - 1800;
    this.aggregation = new Aggregation({
      state,
      clock,
      wallClock,
      cpuSeconds: () => 0,
      memory: () => ({ resident: 64 * 1024 * 1024, library: 3 * 1024 * 1024 }),
      onSla: () => undefined,
    });
    this.aggregation.attach(this.view);
    this.source = {
      instance: 'picture-0',
      state,
      rings: [this.view],
      clock,
      wallClock,
      processCpuSeconds: () => 1.25,
      workerRestarts: 0,
    };
    this.tick();
  }

  record(event: string, value: number, { error = false, symbol = 0, traced = false } = {}): this {
    const { id } = this.catalogue.specs.find(({ name }) => name === event) ?? { id: -1 };
    if (traced) this.ring.setTrace(TRACE);
    const word = id | (error ? ERROR_FLAG : 0) | (traced ? TRACED_FLAG : 0) | (symbol << SYMBOL_SHIFT);
    this.ring.write(this.now - value * 1e3, value, word);
    return this;
  }

  /** A pause of the first kind, `minor`. */
  collectGarbage(seconds: number): this {
    this.ring.write(this.now - seconds * 1e3, seconds, KIND_GC);
    return this;
  }

  /** What the thread has counted so far, as the next tick finds it. */
  count({ skipped = 0, loopDelaySeconds = 0, beats = 0 }): this {
    this.ring.header[SKIPPED] = skipped;
    new Float64Array(this.ring.shared, LOOP_BYTES, 2).set([loopDelaySeconds * 1e6, beats]);
    return this.tick();
  }

  gauge(slot: number, kind: 'queue' | 'memory', name: string, value: number): this {
    this.view.gauges.set(slot, { kind, name });
    new Float64Array(this.ring.shared, GAUGES_BYTES, slot + 1)[slot] = value;
    return this;
  }

  control(change: Partial<Controls>): this {
    this.controls = { ...this.controls, ...change };
    return this.tick();
  }

  tick(millis = 100): this {
    this.now += millis;
    this.ring.publish();
    this.aggregation.tick(this.controls);
    return this;
  }
}

/** A service with a bit of everything in it. */
export function busyPicture(): Picture {
  const picture = new Picture();
  picture.view.symbols.set(3, 'SPX');
  for (let i = 1; i <= 200; i++) picture.record('signal_generation', i * 1e-4, { error: i % 50 === 0 });
  picture.record('order_execution', 0.004, { symbol: 3, traced: true });
  picture.record('order_execution', 0.0071);
  for (const value of [-2, -0.5, 0, 0.5, 3, 8]) picture.record('slippage', value);
  picture.gauge(0, 'queue', 'candles', 12).gauge(1, 'memory', 'price_history', 5 * 1024 * 1024);
  return picture.tick().collectGarbage(0.0031).collectGarbage(0.0004).tick();
}
