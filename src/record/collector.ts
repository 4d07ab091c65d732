import { type Clock, monotonicMillis } from '../contract/clock.ts';
import { PerfMetricsError } from '../contract/errors.ts';
import { type EventCatalogue, type Outcome, recordThreshold } from '../contract/events.ts';
import { layerOptions, type Options, parseEnvironment, parseOptions } from '../contract/options.ts';
import {
  APP_ENABLED,
  CONTROL,
  CONTROL_FULL,
  CONTROL_KEEP_BREACHES,
  controlRate,
  encodeControl,
  INSTANT_FLAG,
  RATE_CHANGES,
  RATE_TABLE_BYTES,
  RATE_TABLE_ENTRIES,
  REJECTED,
  REJECTION_REASONS,
  type RejectionReason,
  SKIPPED,
  TRACED_FLAG,
} from '../contract/record.ts';
import { instanceOf, optionsFor } from '../control/instance.ts';
import { readOptionsFile } from '../control/options-file.ts';
import { LockFreeRingBuffer } from './ring-buffer.ts';
import { RingDirectory } from './ring-directory.ts';

export interface CollectorOptions extends Partial<Options> {
  /** From `defineEvents`. Default: the default catalogue. */
  readonly events?: EventCatalogue;
  /** Milliseconds, monotonic. Every thread that shares the ring must read the same clock. */
  readonly clock?: Clock;
  /** Seed of the sampling decisions: any whole number but 0. Default: drawn at random. */
  readonly seed?: number;
  /** The ring to write to, in a thread that was handed one. Default: a new ring of `capacityRecords`. */
  readonly ring?: SharedArrayBuffer;
}

/** What `recordStart` returns for an event that is not measured, and `recordEnd` ignores. */
export const NOT_MEASURED = 0;

const NO_CONTROL = -1;

/** Never leaves the record path. Made once: to make it there would allocate. */
const BAD_EXTRA = new Error('an outcome, symbol id or trace that is none');

// What becomes of an event.
const SKIP = 0;
const MEASURE = 1;
const MEASURE_BREACH = 2;

/**
 * The record path of one application thread.
 *
 * `recordStart`, `recordEnd` and `recordValue` allocate nothing, never wait and never throw, whatever they are given:
 * a bad call is counted under its reason (`perf_rejected_total`) and changes nothing else.
 */
export class MetricsCollector {
  readonly buffer: LockFreeRingBuffer;
  readonly catalogue: EventCatalogue;
  /** As resolved at construction: defaults, then this constructor, then the environment, then the options file. */
  readonly options: Options;
  /** Why the options file was left aside at construction, if it was. */
  readonly optionsFileError: Error | undefined;
  private readonly header: Int32Array;
  /** CONTROL alone, at index 0: see `LockFreeRingBuffer`. */
  private readonly control: Int32Array;
  /** Events that ended and were not measured: written by this thread alone, so a plain store is enough. */
  private readonly skipped: Int32Array;
  private readonly rates: Float64Array;
  private readonly thresholds: Float64Array;
  private readonly eventCount: number;
  private readonly createdAt: number;
  private readonly clock: Clock;
  private random: number;
  /** 0 while the application has switched itself off, else all ones. */
  private switchMask = -1;
  /** The control word that the last entry of the rate table holds. */
  private applied = 0;
  /** `applied` where every event is measured: one compare then decides. Else a word that no control can be. */
  private direct = NO_CONTROL;

  /** @throws PerfMetricsError on a bad option; `PERF_BUFFER_INVALID` on a ring that is none. */
  constructor(settings: CollectorOptions = {}) {
    const { events, clock = monotonicMillis, seed, ring, ...given } = settings ?? {};
    if (events !== undefined && !Array.isArray(events?.specs)) {
      throw new PerfMetricsError(
        'PERF_EVENT_INVALID',
        'MetricsCollector: events must come from defineEvents({ … })',
      );
    }
    if (ring !== undefined && !(ring instanceof SharedArrayBuffer)) {
      throw new PerfMetricsError(
        'PERF_BUFFER_INVALID',
        'MetricsCollector: ring must be the one of a thread handle',
      );
    }
    if (typeof clock !== 'function') {
      throw new PerfMetricsError(
        'PERF_OPTION_INVALID',
        'MetricsCollector: clock must be a function of milliseconds',
      );
    }
    const constructed = parseOptions(given, 'MetricsCollector');
    const environment = parseEnvironment(process.env);
    const file = readAtStart(layerOptions(constructed, environment));
    this.optionsFileError = file.error;
    this.options = layerOptions(constructed, environment, file.options);
    this.buffer = new LockFreeRingBuffer(
      ring ?? this.options.capacityRecords,
      new RingDirectory(events, constructed, clock),
    );
    this.catalogue = this.buffer.directory.catalogue;
    this.header = this.buffer.header;
    this.control = new Int32Array(this.buffer.shared, CONTROL * 4, 1);
    this.skipped = new Int32Array(this.buffer.shared, SKIPPED * 4, 1);
    this.rates = new Float64Array(this.buffer.shared, RATE_TABLE_BYTES, RATE_TABLE_ENTRIES * 2);
    this.thresholds = Float64Array.from(this.catalogue.specs, recordThreshold);
    this.eventCount = this.catalogue.specs.length;
    this.clock = clock;
    this.createdAt = clock();
    this.random = (seed ?? Math.random() * 0x7fff_fffe + 1) | 0 || 1;
    Atomics.store(this.header, APP_ENABLED, 1);
    if (ring === undefined) {
      const { enabled, samplingRate, keepBreaches } = this.options;
      Atomics.store(this.header, CONTROL, enabled ? encodeControl(samplingRate, keepBreaches) : 0);
    }
    this.apply(this.header[CONTROL]);
    current ??= this;
  }

  /**
   * Begins an event. Returns what `recordEnd` wants back: the start in milliseconds of the monotonic clock, negative
   * when it is kept only if it turns out to be a breach, or 0 (`NOT_MEASURED`).
   */
  recordStart(_event: number): number {
    const control = this.control[0] & this.switchMask;
    if (control === this.direct) return this.clock();
    const choice = control === 0 ? SKIP : this.choose(control);
    if (choice === SKIP) return 0;
    const now = this.clock();
    return choice === MEASURE ? now : -now;
  }

  /**
   * Ends an event that `recordStart` began. `symbol` is an id from `symbol(name)`; the first 16 bytes of `trace` ride
   * along as the trace id. With an argument that is none of these, nothing is recorded and the call is counted.
   *
   * An event that is not measured is counted here too, and not where it begins: so that one which never ends counts as
   * little where measuring is off as where it is on.
   */
  recordEnd(event: number, start: number, outcome?: Outcome, symbol?: number, trace?: Uint8Array): void {
    if (start === 0) {
      if (this.isEvent(event)) this.skip();
      return;
    }
    try {
      const begun = Math.abs(start);
      const seconds = (this.clock() - begun) * 1e-3;
      if (
        seconds >= 0 &&
        begun >= this.createdAt &&
        typeof start === 'number' &&
        event >>> 0 === event &&
        event < this.eventCount
      ) {
        if (start > 0 || Math.fround(seconds) > this.thresholds[event]) {
          this.buffer.write(begun, seconds, event | this.extras(outcome, symbol, trace));
        } else this.skip();
        return;
      }
    } catch {
      // A symbol or a bigint in place of a number, a getter that throws, an outcome, symbol id or trace that is none:
      // counted below like any other wrong value.
    }
    this.reject(event, start);
  }

  /**
   * Records a value of an event (slippage, a duration measured elsewhere), in the event's unit: seconds for a
   * duration. Sampled like any event.
   */
  recordValue(event: number, value: number, outcome?: Outcome, symbol?: number, trace?: Uint8Array): void {
    const start = this.recordStart(event);
    if (start === 0) {
      if (this.isEvent(event) && isRecordable(value)) this.skip();
      return;
    }
    try {
      if (isRecordable(value) && event >>> 0 === event && event < this.eventCount) {
        if (start > 0 || Math.fround(value) > this.thresholds[event]) {
          this.buffer.write(
            Math.abs(start),
            value,
            event | INSTANT_FLAG | this.extras(outcome, symbol, trace),
          );
        } else this.skip();
        return;
      }
    } catch {
      // As in recordEnd.
    }
    this.count(this.isEvent(event) ? 'invalid_value' : 'unknown_event');
  }

  /** Id of a symbol for `recordEnd`: the same name, the same id. 0 (none) and counted when the name is no string, or 65,535 are in use. */
  symbol(name: string): number {
    const id = this.buffer.directory.symbol(name);
    if (id === 0) this.count(typeof name === 'string' ? 'symbol_overflow' : 'invalid_value');
    return id;
  }

  /** Whether the next event can be measured. Setting it takes effect on the next event; it cannot overrule the options. */
  get enabled(): boolean {
    return (this.header[CONTROL] & this.switchMask) !== 0;
  }

  set enabled(on: boolean) {
    this.switchMask = on ? -1 : 0;
    Atomics.store(this.header, APP_ENABLED, on ? 1 : 0);
  }

  /** Share of events measured from the next one on, 0.01 to 1; anything else is ignored, and counted. */
  get samplingRate(): number {
    return controlRate(this.header[CONTROL]);
  }

  set samplingRate(rate: number) {
    if (typeof rate !== 'number' || !(rate >= 0.01 && rate <= 1)) {
      this.count('invalid_value');
    } else {
      // Where the options have switched measuring off, the rate is for later.
      if (this.header[CONTROL] !== 0)
        Atomics.store(this.header, CONTROL, encodeControl(rate, this.options.keepBreaches));
      this.buffer.directory.requestRate(rate);
    }
  }

  /** The bits of the event word above the event id. */
  private extras(outcome?: Outcome, symbol?: number, trace?: Uint8Array): number {
    let bits = 0;
    if (outcome === 1) bits = 0x8000;
    else if (outcome !== undefined && outcome !== 0) throw BAD_EXTRA;
    if (symbol !== undefined) {
      if ((symbol & 0xffff) !== symbol) throw BAD_EXTRA;
      bits |= symbol << 16;
    }
    if (trace !== undefined) {
      if (!this.buffer.setTrace(trace)) throw BAD_EXTRA;
      bits |= TRACED_FLAG;
    }
    return bits;
  }

  /**
   * Draws whether to measure an event. A small integer, not the time itself: where V8 does not inline this function, a
   * time would be returned in a heap object.
   */
  private choose(control: number): number {
    if (control !== this.applied) this.apply(control);
    // Marsaglia, Xorshift RNGs (2003), the triple (13, 17, 5): full period over all non-zero 32-bit states.
    let random = this.random;
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    this.random = random;
    if (random >>> 2 < (control & ~CONTROL_KEEP_BREACHES)) return MEASURE;
    return control < 0 ? MEASURE_BREACH : SKIP;
  }

  /** Notes a change of rate with its time, before the first event that it applies to. */
  private apply(control: number): void {
    this.applied = control;
    this.direct = control === CONTROL_FULL ? control : NO_CONTROL;
    const changes = Atomics.load(this.header, RATE_CHANGES);
    const entry = (changes % RATE_TABLE_ENTRIES) * 2;
    this.rates[entry] = this.clock();
    this.rates[entry + 1] = control;
    Atomics.store(this.header, RATE_CHANGES, changes + 1);
  }

  private skip(): void {
    this.skipped[0] = (this.skipped[0] + 1) | 0;
  }

  private reject(event: unknown, start: unknown): void {
    this.count(this.reasonAgainst(event, start));
  }

  private reasonAgainst(event: unknown, start: unknown): RejectionReason {
    if (!this.isEvent(event)) return 'unknown_event';
    if (typeof start !== 'number' || Number.isNaN(start)) return 'missing_start';
    const begun = Math.abs(start);
    if (begun < this.createdAt) return 'stale_start';
    return begun > this.clock() ? 'future_start' : 'invalid_value';
  }

  private isEvent(event: unknown): boolean {
    return typeof event === 'number' && event >>> 0 === event && event < this.eventCount;
  }

  private count(reason: RejectionReason): void {
    Atomics.add(this.header, REJECTED + REJECTION_REASONS.indexOf(reason), 1);
  }
}

/** A finite number, as a 32-bit float as well. */
function isRecordable(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(Math.fround(value)) < Number.POSITIVE_INFINITY;
}

function readAtStart(given: Options): { options: Partial<Options>; error: Error | undefined } {
  if (given.optionsFile === '') return { options: {}, error: undefined };
  try {
    return { options: optionsFor(instanceOf(given), readOptionsFile(given.optionsFile)), error: undefined };
  } catch (error) {
    return { options: {}, error: error as Error };
  }
}

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
