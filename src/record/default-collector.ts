import type { MetricsCollector } from './collector.ts';

let current: MetricsCollector | undefined;

/**
 * The collector that `measure`, `measureAsync` and `measureSync` record to in this thread: the first one constructed,
 * until another is set. Without one they call the measured code and nothing else.
 */
export function defaultCollector(): MetricsCollector | undefined {
  return current;
}

/** Sets the default collector, or with `undefined` leaves the place free for the next one constructed. */
export function setDefaultCollector(collector: MetricsCollector | undefined): void {
  current = collector;
}
