import { monotonicMillis } from '../contract/clock.ts';
import { CONTROL, CONTROL_FULL, COST_BYTES } from '../contract/record.ts';
import { defaultCollector, MetricsCollector, setDefaultCollector } from './collector.ts';
import { LockFreeRingBuffer } from './ring-buffer.ts';

const BATCHES = 12;
const EVENTS_PER_BATCH = 2000;
const SCRATCH_RECORDS = 1024;
/** The lowest rate that a control word can hold, 2^-30: the price of an event that sampling skips. */
const SAMPLES_NOTHING = 1;

/**
 * Measures what one event costs this thread, recorded and skipped, in a few milliseconds, and leaves both in the ring's
 * header. The cheapest batch counts: what makes the others dearer is the machine's other work, or code that V8 had not
 * optimised yet.
 */
export function calibrate(ring: LockFreeRingBuffer): void {
  const before = defaultCollector();
  const scratchRing = new LockFreeRingBuffer(SCRATCH_RECORDS);
  Atomics.store(scratchRing.header, CONTROL, CONTROL_FULL);
  const scratch = new MetricsCollector({ ring: scratchRing.shared });
  setDefaultCollector(before);
  const costs = new Float64Array(ring.shared, COST_BYTES, 2);
  costs[0] = cheapestBatch(scratch) / 1e3;
  Atomics.store(scratchRing.header, CONTROL, SAMPLES_NOTHING);
  costs[1] = cheapestBatch(scratch) / 1e3;
}

/** Milliseconds an event. */
function cheapestBatch(collector: MetricsCollector): number {
  let cheapest = Number.POSITIVE_INFINITY;
  for (let batch = 0; batch < BATCHES; batch++) {
    const begun = monotonicMillis();
    for (let i = 0; i < EVENTS_PER_BATCH; i++) collector.recordEnd(0, collector.recordStart(0));
    cheapest = Math.min(cheapest, monotonicMillis() - begun);
  }
  return cheapest / EVENTS_PER_BATCH;
}
