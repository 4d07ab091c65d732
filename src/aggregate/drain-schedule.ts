import { HEADER_BYTES, WAKE } from '../contract/record.ts';

interface RingWait {
  stopped: boolean;
  readonly header: Int32Array;
}

/**
 * When to read the rings: after an interval that may change, and as soon as a quarter of one has filled since it was last looked at,
 * so that no ring is ever half full while the worker thread has time.
 */
export class DrainSchedule {
  private readonly drain: () => void;
  private readonly intervalMillis: () => number;
  private readonly waiting = new Map<number, RingWait>();
  private timer: NodeJS.Timeout | undefined;

  /** `intervalMillis` is asked after each time. */
  constructor(intervalMillis: () => number, drain: () => void) {
    this.intervalMillis = intervalMillis;
    this.drain = drain;
  }

  start(): void {
    this.timer = setTimeout(() => {
      this.drain();
      this.start();
    }, this.intervalMillis());
  }

  stop(): void {
    clearTimeout(this.timer);
    for (const ring of this.waiting.keys()) this.unwatch(ring);
  }

  watch(ring: number, shared: SharedArrayBuffer): void {
    const wait = { stopped: false, header: new Int32Array(shared, 0, HEADER_BYTES / 4) };
    this.waiting.set(ring, wait);
    void this.drainWhenWoken(wait);
  }

  unwatch(ring: number): void {
    const wait = this.waiting.get(ring);
    if (wait === undefined) return;
    this.waiting.delete(ring);
    wait.stopped = true;
    // A wait that nobody ends would hold the ring's memory for ever.
    Atomics.notify(wait.header, WAKE);
  }

  private async drainWhenWoken(wait: RingWait): Promise<void> {
    while (!wait.stopped) {
      const wake = Atomics.waitAsync(wait.header, WAKE, Atomics.load(wait.header, WAKE));
      if (wake.async) await wake.value;
      if (wait.stopped) return;
      this.drain();
      // A ring that never stops filling must not keep the endpoint from its turn.
      await new Promise((turn) => setImmediate(turn));
    }
  }
}
