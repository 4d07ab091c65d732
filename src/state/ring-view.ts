import {
  APP_ENABLED,
  CONTROL,
  COST_BYTES,
  controlRate,
  GAUGES_BYTES,
  HEAD,
  HEADER_BYTES,
  HEARTBEAT_MILLIS,
  LOOP_BYTES,
  MAX_GAUGES,
  RECORD_BYTES,
  REJECTED,
  REJECTION_REASONS,
  SKIPPED,
  TAIL,
} from '../contract/record.ts';

/** Time between two heartbeats of an application thread, in milliseconds. */
export const HEARTBEAT_INTERVAL_MILLIS = 20;
/** A heartbeat this late is a stall, in milliseconds. */
export const STALL_MILLIS = 50;

/** What anybody may read of a ring besides its records: the header, as other threads left it last. */
export class RingView {
  readonly number: number;
  readonly name: string;
  readonly shared: SharedArrayBuffer;
  readonly capacityRecords: number;
  readonly symbols = new Map<number, string>();
  readonly gauges = new Map<number, { readonly kind: 'queue' | 'memory'; readonly name: string }>();
  private readonly header: Int32Array;
  private readonly costs: Float64Array;
  private readonly loop: Float64Array;
  private readonly gaugeValues: Float64Array;

  /** `number` is unique within the process, from 1. */
  constructor(number: number, name: string, shared: SharedArrayBuffer) {
    this.number = number;
    this.name = name;
    this.shared = shared;
    this.capacityRecords = (shared.byteLength - HEADER_BYTES) / RECORD_BYTES;
    this.header = new Int32Array(shared, 0, HEADER_BYTES / 4);
    this.costs = new Float64Array(shared, COST_BYTES, 2);
    this.loop = new Float64Array(shared, LOOP_BYTES, 2);
    this.gaugeValues = new Float64Array(shared, GAUGES_BYTES, MAX_GAUGES);
  }

  get backlogRecords(): number {
    return (Atomics.load(this.header, HEAD) - Atomics.load(this.header, TAIL)) >>> 0;
  }

  get control(): number {
    return Atomics.load(this.header, CONTROL);
  }

  set control(word: number) {
    Atomics.store(this.header, CONTROL, word);
  }

  /** Whether the application's own switch and the options let it measure. */
  get enabled(): boolean {
    return Atomics.load(this.header, APP_ENABLED) === 1 && this.control !== 0;
  }

  get rate(): number {
    return this.enabled ? controlRate(this.control) : 0;
  }

  /** Calibrated seconds that a recorded event costs the application thread; 0 before calibration. */
  get recordedEventSeconds(): number {
    return this.costs[0];
  }

  get skippedEventSeconds(): number {
    return this.costs[1];
  }

  /**
   * Events that ended and were not measured: sampled out, disabled, or no breach where breaches alone are kept. All of them,
   * where `before` is how many there were less than 2^32 of them ago.
   */
  skippedEvents(before: number): number {
    return before + ((Atomics.load(this.header, SKIPPED) - before) >>> 0);
  }

  /** Sum of how late the heartbeats were, in whole microseconds. */
  get loopDelayMicros(): number {
    return this.loop[0];
  }

  get loopBeats(): number {
    return this.loop[1];
  }

  /** Seconds for which the event loop has been stalled at `now` (monotonic milliseconds); 0 when it is not. */
  stallSeconds(now: number): number {
    const beat = Atomics.load(this.header, HEARTBEAT_MILLIS);
    if (beat === 0) return 0;
    const late = (((now | 0) - beat) | 0) - HEARTBEAT_INTERVAL_MILLIS;
    return late >= STALL_MILLIS ? late / 1e3 : 0;
  }

  /** The thread has ended: that its heart beats no more is no stall. */
  endHeartbeat(): void {
    Atomics.store(this.header, HEARTBEAT_MILLIS, 0);
  }

  gauge(slot: number): number {
    return this.gaugeValues[slot];
  }

  rejected(reason: number): number {
    return Atomics.load(this.header, REJECTED + reason) >>> 0;
  }

  addRejectedTo(sums: Float64Array, at: number): void {
    for (let reason = 0; reason < REJECTION_REASONS.length; reason++)
      sums[at + reason] = sums[at + reason] + this.rejected(reason);
  }
}
