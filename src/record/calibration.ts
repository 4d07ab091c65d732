import { monotonicMillis } from '../contract/clock.ts';
import { CONTROL, CONTROL_FULL, COST_BYTES } from '../contract/record.ts';
import { defaultCollector, MetricsCollector, setDefaultCollector } from './collector.ts';
import { LockFreeRingBuffer } from './ring-buffer.ts';

const ROUNDS = 30;
const ROUND_INTERVAL_MILLIS = 50;
const EVENTS_PER_ROUND = 1000;
/** A clock of the application's own may be slow: a round ends early then, and is as good. */
const EVENTS_AT_A_TIME = 50;
const ROUND_MILLIS = 2;
const SCRATCH_RECORDS = 1024;
/** The lowest rate that a control word can hold, 2^-30: the price of an event that sampling skips. */
const SAMPLES_NOTHING = 1;

/**
 * Measures what one event costs this thread, recorded and skipped, and leaves both in the ring's header, in seconds. The
 * first round is run at once; the others, a tenth of a millisecond each, are spread over a second and a half, by the end
 * of which V8 has optimised the record path. The cheapest round counts: what makes the others dearer is the machine's
 * other work, or code not optimised yet. Returns what ends it early.
 */
export function calibrate(ring: LockFreeRingBuffer): () => void {
  const costs = new Float64Array(ring.shared, COST_BYTES, 2);
  const scratches = [scratchCollector(ring, CONTROL_FULL), scratchCollector(ring, SAMPLES_NOTHING)];
  let rounds = 0;
  const run = (): void => {
    for (const [i, scratch] of scratches.entries()) {
      const seconds = secondsPerEvent(scratch);
      if (rounds === 0 || seconds < costs[i]) costs[i] = seconds;
    }
    rounds += 1;
    if (rounds === ROUNDS) clearInterval(timer);
  };
  const timer = setInterval(run, ROUND_INTERVAL_MILLIS);
  timer.unref();
  run();
  return () => clearInterval(timer);
}

function scratchCollector({ directory }: LockFreeRingBuffer, control: number): MetricsCollector {
  const before = defaultCollector();
  const ring = new LockFreeRingBuffer(SCRATCH_RECORDS);
  Atomics.store(ring.header, CONTROL, control);
  const collector = new MetricsCollector({ ring: ring.shared, clock: directory.clock ?? monotonicMillis });
  setDefaultCollector(before);
  return collector;
}

function secondsPerEvent(collector: MetricsCollector): number {
  const begun = monotonicMillis();
  let events = 0;
  let elapsedMillis = 0;
  while (events < EVENTS_PER_ROUND && elapsedMillis < ROUND_MILLIS) {
    for (let i = 0; i < EVENTS_AT_A_TIME; i++) collector.recordEnd(0, collector.recordStart(0));
    events += EVENTS_AT_A_TIME;
    elapsedMillis = monotonicMillis() - begun;
  }
  return elapsedMillis / 1e3 / events;
}
