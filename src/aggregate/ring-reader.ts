import { guardRecords, HEAD, HEAD_HIGH, HEADER_BYTES, RECORD_BYTES, TAIL } from '../contract/record.ts';

const HALF_RANGE = 2 ** 31;

/** Records copied out of a ring, safe from the writer. */
export interface RecordChunk {
  readonly bytes: Uint8Array;
  /** The first and the one behind the last record that are whole. */
  from: number;
  to: number;
  /** Position in the ring's history of the chunk's record 0. */
  position: number;
}

/**
 * The reading side of a ring. It copies records out, looks at HEAD again, and gives up those that the writer may have
 * reached meanwhile; what it gives up is exactly what it counts as overwritten.
 *
 * `tail` and `overwritten` are the caller's to keep: they are committed together with what was made of the records.
 */
export class RingReader {
  readonly shared: SharedArrayBuffer;
  readonly capacityRecords: number;
  /** Records ever read or given up. */
  tail = 0;
  /** Of them, those given up. */
  overwritten = 0;
  /** Of them, those handed on. */
  aggregated = 0;
  private readonly header: Int32Array;
  private readonly records: Uint8Array;
  private readonly guard: number;
  private readonly chunk: RecordChunk;

  /** `chunk` is a buffer for whole records, which several readers may share. */
  constructor(shared: SharedArrayBuffer, chunk: Uint8Array) {
    this.shared = shared;
    this.capacityRecords = (shared.byteLength - HEADER_BYTES) / RECORD_BYTES;
    this.header = new Int32Array(shared, 0, HEADER_BYTES / 4);
    this.records = new Uint8Array(shared, HEADER_BYTES);
    this.guard = guardRecords(this.capacityRecords);
    this.chunk = { bytes: chunk, from: 0, to: 0, position: 0 };
  }

  /** Records ever written. */
  get head(): number {
    const high = Atomics.load(this.header, HEAD_HIGH);
    const low = Atomics.load(this.header, HEAD) >>> 0;
    // HEAD_HIGH is raised after HEAD: where their shared bit differs, it is about to be.
    const halves = (high & 1) === low >>> 31 ? high : high + 1;
    return halves * HALF_RANGE + (low % HALF_RANGE);
  }

  /** Reads everything written before the call, a chunk at a time. */
  drain(use: (chunk: RecordChunk) => void): void {
    const end = this.head;
    while (this.tail < end) {
      this.giveUpTo(this.oldestWhole(this.head));
      // What was written before the call may all have been given up by now.
      if (this.tail >= end) break;
      const count = this.copy(end);
      const position = this.tail;
      // The store orders the copy before the second look at HEAD.
      Atomics.store(this.header, TAIL, (position + count) | 0);
      const lost = Math.min(count, Math.max(0, this.oldestWhole(this.head) - position));
      this.overwritten += lost;
      this.tail = position + count;
      if (lost === count) continue;
      this.chunk.from = lost;
      this.chunk.to = count;
      this.chunk.position = position;
      this.aggregated += count - lost;
      use(this.chunk);
    }
    Atomics.store(this.header, TAIL, this.tail | 0);
  }

  /** Byte offset in `memory` of a record at `position`, as long as it has not been overwritten. */
  offset(position: number): number {
    return (position % this.capacityRecords) * RECORD_BYTES;
  }

  /** The ring's records, where they lie. What is read here counts only if `isWhole` says so afterwards. */
  get memory(): Uint8Array {
    return this.records;
  }

  isWhole(position: number): boolean {
    return position >= this.oldestWhole(this.head);
  }

  private oldestWhole(head: number): number {
    return Math.max(0, head - this.capacityRecords + this.guard);
  }

  private giveUpTo(position: number): void {
    if (position <= this.tail) return;
    this.overwritten += position - this.tail;
    this.tail = position;
  }

  private copy(end: number): number {
    const slot = this.tail % this.capacityRecords;
    const count = Math.min(
      end - this.tail,
      this.capacityRecords - slot,
      this.chunk.bytes.length / RECORD_BYTES,
    );
    this.chunk.bytes.set(this.records.subarray(slot * RECORD_BYTES, (slot + count) * RECORD_BYTES));
    return count;
  }
}
