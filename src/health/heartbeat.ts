import type { Clock } from '../contract/clock.ts';
import { HEARTBEAT_MILLIS, KIND_STALL, LOOP_BYTES } from '../contract/record.ts';
import { HEARTBEAT_INTERVAL_MILLIS, STALL_MILLIS } from '../state/ring-view.ts';
import type { PauseSink } from './pause-sink.ts';

/**
 * Shows that the event loop of this thread turns: a timer leaves the time in the ring's header, where the worker thread
 * sees a stall while it lasts; once it is over it is written into the ring. Each beat also publishes the records that
 * wait for their batch to fill, and adds how late it was to the header's sum: since a beat is due one interval after the
 * one before it ran, a delay counts once. Returns what stops it.
 */
export function startHeartbeat(header: Int32Array, sink: PauseSink, clock: Clock): () => void {
  const loop = new Float64Array(header.buffer, LOOP_BYTES, 2);
  let due = clock() + HEARTBEAT_INTERVAL_MILLIS;
  const beat = (): number => {
    const now = clock();
    const late = now - due;
    if (late >= STALL_MILLIS) sink.write(due, late / 1e3, KIND_STALL);
    sink.publish();
    due = now + HEARTBEAT_INTERVAL_MILLIS;
    // 0 stands for "no heartbeat".
    Atomics.store(header, HEARTBEAT_MILLIS, now | 0 || 1);
    return late;
  };
  beat();
  const timer = setInterval(() => {
    const late = beat();
    // The timer counts whole milliseconds and may be early by one; a clock may run backwards.
    if (late > 0) loop[0] += Math.round(late * 1e3);
    loop[1] += 1;
  }, HEARTBEAT_INTERVAL_MILLIS);
  timer.unref();
  return () => {
    // A stall up to now has not been told of.
    beat();
    clearInterval(timer);
    Atomics.store(header, HEARTBEAT_MILLIS, 0);
  };
}
