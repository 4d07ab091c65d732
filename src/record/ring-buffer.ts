import { PerfMetricsError } from '../contract/errors.ts';
import {
  EVENT_WORD,
  HEAD,
  HEAD_HIGH,
  HEADER_BYTES,
  MAX_CAPACITY_RECORDS,
  MIN_CAPACITY_RECORDS,
  publishedTogether,
  RECORD_BYTES,
  TAIL,
  TRACE_BYTES,
  TRACE_WORD,
  VALUE_WORD,
  WAKE,
} from '../contract/record.ts';
import { RingDirectory } from './ring-directory.ts';

/**
 * The writing side of a ring: one thread writes, one reads (`RingReader`), nobody waits.
 *
 * A full ring overwrites its oldest record. The reader finds out by how much it was lapped from HEAD alone, so that
 * the writer never looks at what the reader does. A record becomes visible with the `Atomics.store` of HEAD behind it.
 */
export class LockFreeRingBuffer {
  readonly shared: SharedArrayBuffer;
  readonly capacityRecords: number;
  readonly header: Int32Array;
  readonly directory: RingDirectory;
  private readonly mask: number;
  private readonly publishMask: number;
  private readonly wakeMask: number;
  // One view a field, each starting at its field of the first record, so that no index needs an imported constant:
  // V8 loads those from memory at every use.
  private readonly starts: Float64Array;
  private readonly values: Float32Array;
  private readonly words: Int32Array;
  private readonly traces: Uint8Array;
  private readonly published: Int32Array;
  private head: number;

  /**
   * A new ring of `capacityRecords`, or the writing side of an existing one, which goes on where it stands.
   *
   * @throws PerfMetricsError `PERF_BUFFER_INVALID` unless the capacity is a power of two in range.
   */
  constructor(source: number | SharedArrayBuffer, directory = new RingDirectory()) {
    const capacity = typeof source === 'number' ? source : (source.byteLength - HEADER_BYTES) / RECORD_BYTES;
    if (
      !Number.isInteger(capacity) ||
      !(capacity >= MIN_CAPACITY_RECORDS && capacity <= MAX_CAPACITY_RECORDS) ||
      (capacity & (capacity - 1)) !== 0
    ) {
      throw new PerfMetricsError(
        'PERF_BUFFER_INVALID',
        `a ring holds a power of two of records, ${MIN_CAPACITY_RECORDS} to ${MAX_CAPACITY_RECORDS}; got ${capacity}`,
      );
    }
    this.shared =
      typeof source === 'number' ? new SharedArrayBuffer(HEADER_BYTES + capacity * RECORD_BYTES) : source;
    this.directory = directory;
    this.capacityRecords = capacity;
    this.mask = capacity - 1;
    this.publishMask = publishedTogether(capacity) - 1;
    this.wakeMask = Math.max(1, capacity >> 2) - 1;
    this.header = new Int32Array(this.shared, 0, HEADER_BYTES / 4);
    this.starts = new Float64Array(this.shared, HEADER_BYTES);
    this.values = new Float32Array(this.shared, HEADER_BYTES + VALUE_WORD * 4);
    this.words = new Int32Array(this.shared, HEADER_BYTES + EVENT_WORD * 4);
    this.traces = new Uint8Array(this.shared, HEADER_BYTES + TRACE_WORD * 4);
    this.published = new Int32Array(this.shared, HEAD * 4, 1);
    this.head = Atomics.load(this.header, HEAD);
  }

  /** `start` in milliseconds of the monotonic clock, `value` in the event's unit, `word` as in `record.ts`. */
  write(start: number, value: number, word: number): void {
    const slot = this.head & this.mask;
    this.starts[slot << 2] = start;
    this.values[slot << 3] = value;
    this.words[slot << 3] = word;
    const next = (this.head + 1) | 0;
    this.head = next;
    if ((next & this.publishMask) === 0) this.publishBatch(next);
  }

  /** Makes every record written so far visible to the reader. The thread's heartbeat calls it, every 20 ms. */
  publish(): void {
    Atomics.store(this.published, 0, this.head);
  }

  /** Puts the first 16 bytes of `trace` into the record that the next `write` completes. False when it is no trace. */
  setTrace(trace: Uint8Array): boolean {
    if (!ArrayBuffer.isView(trace) || !(trace.length >= TRACE_BYTES)) return false;
    const at = (this.head & this.mask) * RECORD_BYTES;
    for (let i = 0; i < TRACE_BYTES; i++) this.traces[at + i] = trace[i];
    return true;
  }

  /** Records written and not yet read; more than the capacity when the reader was lapped. */
  get backlogRecords(): number {
    return (this.head - Atomics.load(this.header, TAIL)) >>> 0;
  }

  private publishBatch(next: number): void {
    Atomics.store(this.published, 0, next);
    if ((next & this.wakeMask) === 0) this.onQuarter(next);
  }

  private onQuarter(next: number): void {
    if ((next & 0x7fff_ffff) === 0) Atomics.add(this.header, HEAD_HIGH, 1);
    Atomics.add(this.header, WAKE, 1);
    Atomics.notify(this.header, WAKE);
  }
}
