import { monotonicMillis } from '../contract/clock.ts';
import type { Warn } from '../contract/errors.ts';
import type { GaugeKind } from '../contract/messages.ts';
import { GAUGES_BYTES, MAX_GAUGES } from '../contract/record.ts';
import { GaugeProbes } from '../health/gauge-probes.ts';
import { observeGc } from '../health/gc-observer.ts';
import { startHeartbeat } from '../health/heartbeat.ts';
import { calibrate } from '../record/calibration.ts';
import type { LockFreeRingBuffer } from '../record/ring-buffer.ts';

/** The health of one application thread, shown through its ring: heartbeat, garbage collections, gauges, own cost. */
export class ThreadHealth {
  private readonly ring: LockFreeRingBuffer;
  private readonly warn: Warn;
  private readonly probes: GaugeProbes;
  private stops: (() => void)[] = [];

  constructor(ring: LockFreeRingBuffer, warn: Warn) {
    this.ring = ring;
    this.warn = warn;
    this.probes = new GaugeProbes(new Float64Array(ring.shared, GAUGES_BYTES, MAX_GAUGES), warn);
  }

  start(): void {
    if (this.stops.length > 0) return;
    this.probes.start();
    this.stops = [
      calibrate(this.ring),
      observeGc(this.ring, monotonicMillis),
      startHeartbeat(this.ring.header, this.ring, monotonicMillis),
      () => this.probes.stop(),
    ];
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
  }

  register(kind: GaugeKind, name: string, read: () => number): void {
    const slot = typeof read === 'function' ? this.ring.directory.gauge(kind, String(name)) : -1;
    if (slot >= 0) this.probes.add(slot, name, read);
    else
      this.warn(
        'PERF_PROBE_FAILED',
        `${kind} ${name} is not shown: a thread has room for ${MAX_GAUGES} probes, each a function`,
      );
  }
}
