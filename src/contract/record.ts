/**
 * The record and the ring it lives in: everything two threads must agree on to share them.
 *
 * One ring is one SharedArrayBuffer: a header, then `capacity` records of 32 bytes.
 *
 *      0        8         12      14      16                    32
 *      | start  | value   | event | symbol| trace id (16 bytes) |
 *      | f64 ms | f32     | u16   | u16   | valid when TRACED   |
 *
 * `start` is on the monotonic clock of `clock.ts`; `value` is in the event's base unit, which is seconds for a
 * duration. The trace bytes of an untraced record are whatever an earlier lap left there: the flag decides, so that
 * an untraced record need not clear them.
 */
export const RECORD_BYTES = 32;

export const WORDS_PER_RECORD = RECORD_BYTES / 4;
/** Within a record, in 32-bit words. */
export const VALUE_WORD = 2;
export const EVENT_WORD = 3;
export const TRACE_WORD = 4;
export const TRACE_BYTES = 16;

export const DEFAULT_CAPACITY_RECORDS = 131_072;
export const MIN_CAPACITY_RECORDS = 4;
export const MAX_CAPACITY_RECORDS = 2 ** 24;

/**
 * The event word, 32 bits, little-endian: the symbol id in the upper half, and below it
 *
 *      15     14      13      12 11 10   9 ........ 0
 *      error  instant traced  kind       event id
 *
 * `instant` marks a value that was handed over whole (`recordValue`): its `start` is the moment it was recorded.
 */
export const EVENT_ID_MASK = 0x3ff;
export const MAX_EVENTS = EVENT_ID_MASK + 1;
export const KIND_SHIFT = 10;
export const KIND_MASK = 0x7 << KIND_SHIFT;
export const TRACED_FLAG = 1 << 13;
export const INSTANT_FLAG = 1 << 14;
export const ERROR_FLAG = 1 << 15;
export const SYMBOL_SHIFT = 16;
export const MAX_SYMBOLS = 0xffff;

/** A measured event. */
export const KIND_EVENT = 0;
/** A garbage collection: `start`, pause in seconds, and in the event id the index into `GC_KINDS`. */
export const KIND_GC = 1 << KIND_SHIFT;
/** A stall of the event loop: `start`, length in seconds. */
export const KIND_STALL = 2 << KIND_SHIFT;

/** Labels of `perf_gc_pause_seconds`; the position is the id in the ring. */
export const GC_KINDS = ['minor', 'major', 'incremental', 'weak_callbacks', 'minor_mark_sweep'] as const;

/**
 * The header, in 32-bit words. What one side writes shares no 64-byte cache line with what the other writes.
 *
 * HEAD counts every record ever written, modulo 2^32; HEAD_HIGH counts it in units of 2^31, so that the two share a
 * bit: a reader that finds the shared bit different knows that HEAD_HIGH is about to be raised by one, and the exact
 * count survives any number of laps without a 64-bit atomic on the record path.
 */
export const HEADER_BYTES = 2048;
// The application thread writes these on every record, or on every event that it skips.
export const HEAD = 0;
export const HEAD_HIGH = 1;
/** Raised and notified at every quarter of the ring, for a reader that waits between its regular drains. */
export const WAKE = 2;
/** Events that ended and were not measured, modulo 2^32: a plain store, which a 64-bit float would make a third dearer. */
export const SKIPPED = 4;
// The reader writes this.
/** Records read or given up, modulo 2^32. */
export const TAIL = 16;
// The worker thread writes these; the application thread reads CONTROL at every event.
export const CONTROL = 32;
// The application thread writes these now and then.
export const APP_ENABLED = 48;
export const RATE_CHANGES = 49;
export const HEARTBEAT_MILLIS = 50;
/** Float64 at this byte offset: estimated cost of one recorded event and of one that sampling skipped, in seconds. */
export const COST_BYTES = 256;
/**
 * Float64 at this byte offset: sum of how late the heartbeats were, and how many there were. Whole microseconds: threads
 * that end are added up in another order, and a sum of fractions might fall by a rounding error.
 */
export const LOOP_BYTES = 272;
/** One word a reason of `REJECTION_REASONS`. */
export const REJECTED = 80;

/** Why a call of the record path was a counted no-op. Labels of `perf_rejected_total`. */
export const REJECTION_REASONS = [
  'unknown_event',
  'missing_start',
  'stale_start',
  'future_start',
  'invalid_value',
  'symbol_overflow',
] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/**
 * The last rates and the moment each came into force: [since, control word] pairs of Float64, a ring of its own whose
 * length is RATE_CHANGES. The reader weighs an event by the rate in force at its start; the table stands in the header
 * and not among the records, because a change that was overwritten would bias every estimate after it.
 */
export const RATE_TABLE_BYTES = 512;
export const RATE_TABLE_ENTRIES = 32;

/** Gauges the application thread publishes (queue depths, memory of components): Float64 each. */
export const GAUGES_BYTES = 1024;
export const MAX_GAUGES = 64;

/**
 * CONTROL: the sampling probability in units of 2^-30 (0: disabled), so that the sampling check is one compare with
 * thirty random bits; the sign bit asks to keep every SLA breach.
 */
export const CONTROL_FULL = 2 ** 30;
export const CONTROL_KEEP_BREACHES = 1 << 31;

/** Probability of a control word, 0 to 1. */
export function controlRate(control: number): number {
  return (control & ~CONTROL_KEEP_BREACHES) / CONTROL_FULL;
}

/** `rate` from 0 (disabled) to 1. At 0 and at 1 there is nothing for `keepBreaches` to add, and it is left out. */
export function encodeControl(rate: number, keepBreaches: boolean): number {
  const probability = Math.round(rate * CONTROL_FULL);
  return probability === 0 || probability === CONTROL_FULL
    ? probability
    : probability | (keepBreaches ? CONTROL_KEEP_BREACHES : 0);
}

/**
 * Records that a writer publishes with one store of HEAD. The store is atomic, which on x86-64 costs as much as the rest
 * of the record together; in between, the thread's heartbeat publishes what is waiting.
 */
export function publishedTogether(capacityRecords: number): number {
  return Math.min(8, capacityRecords >> 2);
}

/**
 * Records nearest to being overwritten that a lapped reader leaves unread: those that the writer may have written, or be
 * writing, beyond HEAD; and in a ring that can spare them eight more, for processors that let a record's plain stores
 * become visible before the publication of the records ahead of it.
 */
export function guardRecords(capacityRecords: number): number {
  const unpublished = publishedTogether(capacityRecords);
  return capacityRecords < 128 ? unpublished : unpublished + 8;
}
