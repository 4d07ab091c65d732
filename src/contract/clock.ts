const nanos = new BigUint64Array(1);
const halves = new Uint32Array(nanos.buffer);
const hrtime = process.hrtime.bigint;

/**
 * Milliseconds on the machine's monotonic clock, with the clock's full (nanosecond) resolution.
 *
 * All threads of a machine read the same clock, which `performance.now()` does not give: its origin differs from
 * thread to thread. Passing the bigint through a typed array lets optimised code keep it in a register, so that a read
 * allocates nothing and costs less than `performance.now()` (`make bench` shows both).
 */
export function monotonicMillis(): number {
  nanos[0] = hrtime();
  return (halves[1] * 4_294_967_296 + halves[0]) * 1e-6;
}

/** Reads a monotonic clock, in milliseconds. Injected wherever time is read, so that tests own it. */
export type Clock = () => number;
