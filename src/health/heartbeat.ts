import type { Clock } from '../contract/clock.ts';
import { HEARTBEAT_MILLIS, KIND_STALL } from '../contract/record.ts';
import { HEARTBEAT_INTERVAL_MILLIS, STALL_MILLIS } from '../state/ring-view.ts';
import type { PauseSink } from './pause-sink.ts';

/**
 * Shows that the event loop of this thread turns: a timer leaves the time in the ring's header, where the worker thread
 * sees a stall while it lasts; once it is over it is written into the ring. Each beat also publishes the records that
 * wait for their batch to fill. Returns what stops it.
 */
export function startHeartbeat(header: Int32Array, sink: PauseSink, clock: Clock): () => void {
  let due = clock() + HEARTBEAT_INTERVAL_MILLIS;
  const beat = (): void => {
    const now = clock();
    const late = now - due;
    if (late >= STALL_MILLIS) sink.write(due, late / 1e3, KIND_STALL);
    sink.publish();
    due = now + HEARTBEAT_INTERVAL_MILLIS;
    // 0 stands for "no heartbeat".
    Atomics.store(header, HEARTBEAT_MILLIS, now | 0 || 1);
  };
  beat();
  const timer = setInterval(beat, HEARTBEAT_INTERVAL_MILLIS);
  timer.unref();
  return () => {
    // A stall up to now has not been told of.
    beat();
    clearInterval(timer);
    Atomics.store(header, HEARTBEAT_MILLIS, 0);
  };
}
