import { HEADER_BYTES, WAKE } from '../contract/record.ts';

/**
 * When to read the rings: at a fixed interval, and as soon as a quarter of one has filled since it was last looked at,
 * so that no ring is ever half full while the worker thread has time.
 */
export class DrainSchedule {
  private readonly drain: () => void;
  private readonly intervalMillis: number;
  private readonly waiting = new Map<number, { stopped: boolean }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(intervalMillis: number, drain: () => void) {
    this.intervalMillis = intervalMillis;
    this.drain = drain;
  }

  start(): void {
    this.timer = setInterval(this.drain, this.intervalMillis);
  }

  stop(): void {
    clearInterval(this.timer);
    for (const ring of this.waiting.keys()) this.unwatch(ring);
  }

  watch(ring: number, shared: SharedArrayBuffer): void {
    const wait = { stopped: false };
    this.waiting.set(ring, wait);
    void this.drainWhenWoken(new Int32Array(shared, 0, HEADER_BYTES / 4), wait);
  }

  unwatch(ring: number): void {
    const wait = this.waiting.get(ring);
    if (wait !== undefined) wait.stopped = true;
    this.waiting.delete(ring);
  }

  private async drainWhenWoken(header: Int32Array, wait: { readonly stopped: boolean }): Promise<void> {
    while (!wait.stopped) {
      const wake = Atomics.waitAsync(header, WAKE, Atomics.load(header, WAKE));
      if (wake.async) await wake.value;
      if (wait.stopped) return;
      this.drain();
      // A ring that never stops filling must not keep the endpoint from its turn.
      await new Promise((turn) => setImmediate(turn));
    }
  }
}
