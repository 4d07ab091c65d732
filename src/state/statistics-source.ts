import type { Clock } from '../contract/clock.ts';
import type { RingView } from './ring-view.ts';
import type { StateBuffer } from './state-buffer.ts';

/**
 * Everything that a picture of the service is made from: the committed state, the rings' headers as they are this
 * moment, and the clocks to read them by. The worker thread and the application thread each have one of the same memory.
 */
export interface StatisticsSource {
  /** What the process is called. */
  readonly instance: string;
  readonly state: StateBuffer;
  readonly rings: Iterable<RingView>;
  /** Monotonic milliseconds. */
  readonly clock: Clock;
  /** Unix milliseconds. */
  readonly wallClock: Clock;
  /** CPU time of the whole process so far. */
  readonly processCpuSeconds: () => number;
  /** Restarts of the worker thread so far. */
  readonly workerRestarts: number;
}
