import { type RecordChunk, RingReader } from '../../src/aggregate/ring-reader.ts';
import {
  ERROR_FLAG,
  EVENT_ID_MASK,
  EVENT_WORD,
  RECORD_BYTES,
  SYMBOL_SHIFT,
  TRACE_BYTES,
  TRACE_WORD,
  TRACED_FLAG,
  VALUE_WORD,
} from '../../src/contract/record.ts';
import type { LockFreeRingBuffer } from '../../src/record/ring-buffer.ts';

export interface PlainRecord {
  readonly event: number;
  readonly start: number;
  readonly value: number;
  readonly outcome: 0 | 1;
  readonly symbol: number;
  readonly trace: readonly number[] | null;
}

/** Every record that a ring holds, oldest first. */
export function recordsOf(ring: LockFreeRingBuffer): PlainRecord[] {
  const bytes = new Uint8Array(ring.capacityRecords * RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  const records: PlainRecord[] = [];
  ring.publish();
  new RingReader(ring.shared, bytes).drain(({ from, to }: RecordChunk) => {
    for (let at = from * RECORD_BYTES; at < to * RECORD_BYTES; at += RECORD_BYTES) {
      const word = view.getUint32(at + EVENT_WORD * 4, true);
      const trace = bytes.subarray(at + TRACE_WORD * 4, at + TRACE_WORD * 4 + TRACE_BYTES);
      records.push({
        event: word & EVENT_ID_MASK,
        start: view.getFloat64(at, true),
        value: view.getFloat32(at + VALUE_WORD * 4, true),
        outcome: (word & ERROR_FLAG) === 0 ? 0 : 1,
        symbol: word >>> SYMBOL_SHIFT,
        trace: (word & TRACED_FLAG) === 0 ? null : [...trace],
      });
    }
  });
  return records;
}
