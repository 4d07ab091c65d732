import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** The stages that a person can slow down, by the name of the event that measures them. */
export const FAULT_EVENTS = [
  'candle_processing',
  'signal_generation',
  'order_execution',
  'exchange_round_trip',
  'event_bus_publish',
  'event_bus_handle',
] as const;
export type FaultEvent = (typeof FAULT_EVENTS)[number];

export const MAX_FAULT_MILLIS = 10_000;

/** Delays injected into the pipeline, so that an SLA can be watched breaking and recovering. None at first. */
export class Faults {
  readonly #delaysMillis = new Map<FaultEvent, number>();
  #cleared = newController();

  /** `delayMillis` from 0, which clears it, to `MAX_FAULT_MILLIS`; fractions are allowed. */
  set(event: FaultEvent, delayMillis: number): void {
    if (delayMillis > 0) this.#delaysMillis.set(event, delayMillis);
    else this.#delaysMillis.delete(event);
  }

  /** Clears every delay; what waits at the moment goes on at once. */
  clear(): void {
    this.#delaysMillis.clear();
    this.#cleared.abort();
    this.#cleared = newController();
  }

  list(): Record<FaultEvent, number> {
    const entries = FAULT_EVENTS.map((event) => [event, this.#delaysMillis.get(event) ?? 0]);
    return Object.fromEntries(entries) as Record<FaultEvent, number>;
  }

  /** Slows synchronous code as slow code does: `work` is repeated on the CPU until the delay has passed. */
  burn(event: FaultEvent, work: () => unknown): void {
    const delayMillis = this.#delaysMillis.get(event);
    if (delayMillis === undefined) return;
    const end = performance.now() + delayMillis;
    while (performance.now() < end) work();
  }

  /** Slows asynchronous code as a slow peer does: by a timer. */
  async wait(event: FaultEvent): Promise<void> {
    const delayMillis = this.#delaysMillis.get(event);
    if (delayMillis === undefined) return;
    const { signal } = this.#cleared;
    await sleep(delayMillis, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

/** Any number of waits may be ended by one signal. */
function newController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
