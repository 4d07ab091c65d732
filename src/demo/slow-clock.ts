import { type Clock, monotonicMillis } from '../index.ts';

/** The monotonic clock, each look at which burns so much CPU time on top. */
export function slowClock(overheadMicros: number): Clock {
  if (overheadMicros === 0) return monotonicMillis;
  const overheadMillis = overheadMicros / 1e3;
  return () => {
    const end = monotonicMillis() + overheadMillis;
    let now = monotonicMillis();
    while (now < end) now = monotonicMillis();
    return now;
  };
}
