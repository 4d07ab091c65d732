import { thrownText, type Warn } from '../contract/errors.ts';

const PROBE_INTERVAL_MILLIS = 1000;

/** Asks the registered probes of this thread for their value, each second, and leaves it in the ring's header. */
export class GaugeProbes {
  private readonly probes = new Map<
    number,
    { readonly name: string; readonly read: () => number; failed: boolean }
  >();
  private readonly values: Float64Array;
  private readonly warn: Warn;
  private timer: NodeJS.Timeout | undefined;

  constructor(values: Float64Array, warn: Warn) {
    this.values = values;
    this.warn = warn;
  }

  /** `read` returns the depth or bytes at this moment. A probe that throws shows NaN, and is reported once. */
  add(slot: number, name: string, read: () => number): void {
    this.probes.set(slot, { name, read, failed: false });
    this.probe();
  }

  start(): void {
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => this.probe(), PROBE_INTERVAL_MILLIS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private probe(): void {
    for (const [slot, probe] of this.probes) {
      try {
        this.values[slot] = Number(probe.read());
      } catch (error) {
        this.values[slot] = Number.NaN;
        if (probe.failed) continue;
        probe.failed = true;
        this.warn(
          'PERF_PROBE_FAILED',
          `the probe of ${probe.name} threw: ${thrownText(error)}; it shows NaN`,
        );
      }
    }
  }
}
