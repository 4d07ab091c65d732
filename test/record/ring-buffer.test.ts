import { describe, expect, it } from 'vitest';
import { type RecordChunk, RingReader } from '../../src/aggregate/ring-reader.ts';
import {
  HEAD,
  HEADER_BYTES,
  MAX_CAPACITY_RECORDS,
  RECORD_BYTES,
  TRACE_WORD,
  WAKE,
} from '../../src/contract/record.ts';
import { LockFreeRingBuffer } from '../../src/record/ring-buffer.ts';

function drained(ring: LockFreeRingBuffer, chunkRecords = 64): { starts: number[]; overwritten: number } {
  const bytes = new Uint8Array(chunkRecords * RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  const reader = new RingReader(ring.shared, bytes);
  const starts: number[] = [];
  ring.publish();
  reader.drain(({ from, to }: RecordChunk) => {
    for (let i = from; i < to; i++) starts.push(view.getFloat64(i * RECORD_BYTES, true));
  });
  return { starts, overwritten: reader.overwritten };
}

function filled(capacity: number, records: number): LockFreeRingBuffer {
  const ring = new LockFreeRingBuffer(capacity);
  for (let n = 0; n < records; n++) ring.write(n, 1, 0);
  return ring;
}

describe('LockFreeRingBuffer', () => {
  it.each([3, 0, -4, 5, 4.5, Number.NaN, Number.POSITIVE_INFINITY, MAX_CAPACITY_RECORDS * 2])(
    'refuses a capacity of %d',
    (capacity) => {
      expect(() => new LockFreeRingBuffer(capacity)).toThrow(
        expect.objectContaining({
          code: 'PERF_BUFFER_INVALID',
          message: expect.stringContaining('power of two'),
        }),
      );
    },
  );

  it.each([0, HEADER_BYTES, HEADER_BYTES + 3 * RECORD_BYTES, HEADER_BYTES + 4 * RECORD_BYTES + 16])(
    'refuses %i bytes of shared memory, which are no ring',
    (bytes) => {
      expect(() => new LockFreeRingBuffer(new SharedArrayBuffer(bytes))).toThrow(
        expect.objectContaining({ code: 'PERF_BUFFER_INVALID' }),
      );
    },
  );

  it('is read in the order it was written', () => {
    expect(drained(filled(16, 10))).toEqual({ starts: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], overwritten: 0 });
  });

  it('is read through a smaller buffer', () => {
    const ring = filled(16, 14);
    expect(drained(ring, 3)).toMatchObject({ overwritten: 2, starts: { length: 12 } });
  });

  it('overwrites the oldest records and counts them when the reader is lapped', () => {
    const { starts, overwritten } = drained(filled(16, 40));
    expect(starts).toEqual([28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
    expect(starts.length + overwritten).toBe(40);
  });

  it('goes on where it stands when another writer takes over its memory', () => {
    const first = filled(16, 5);
    first.publish();
    const second = new LockFreeRingBuffer(first.shared);
    second.write(5, 1, 0);
    expect(drained(second).starts).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('tells how far behind the reader is', () => {
    const ring = filled(16, 5);
    expect(ring.backlogRecords).toBe(5);
    drained(ring);
    expect(ring.backlogRecords).toBe(0);
  });

  it('shows its records a batch at a time, and the rest when they are published', () => {
    const ring = filled(32, 13);
    expect(Atomics.load(ring.header, HEAD)).toBe(8);
    ring.publish();
    expect(Atomics.load(ring.header, HEAD)).toBe(13);
    ring.publish();
    expect(Atomics.load(ring.header, HEAD)).toBe(13);
  });

  it('wakes a waiting reader at each quarter', () => {
    const ring = new LockFreeRingBuffer(16);
    const wakes = Array.from({ length: 8 }, (_, n) => {
      ring.write(n, 1, 0);
      return Atomics.load(ring.header, WAKE);
    });
    expect(wakes).toEqual([0, 0, 0, 1, 1, 1, 1, 2]);
  });

  it('takes 16 bytes or more for a trace id, and nothing else', () => {
    const ring = new LockFreeRingBuffer(16);
    const trace = Uint8Array.from({ length: 20 }, (_, i) => i + 1);
    expect(ring.setTrace(trace)).toBe(true);
    ring.write(1, 1, 0);
    const stored = new Uint8Array(ring.shared, HEADER_BYTES + TRACE_WORD * 4, 16);
    expect([...stored]).toEqual([...trace.slice(0, 16)]);
    for (const wrong of [trace.slice(0, 15), 'a'.repeat(16), [...trace], null, {}]) {
      expect(ring.setTrace(wrong as Uint8Array)).toBe(false);
    }
  });
});
