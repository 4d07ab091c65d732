import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { type RecordChunk, RingReader } from '../../src/aggregate/ring-reader.ts';
import { EVENT_WORD, HEADER_BYTES, RECORD_BYTES, TRACE_WORD, VALUE_WORD } from '../../src/contract/record.ts';
import { recordAt, TRACED_EVERY } from './numbered-record.ts';

const RECORDS = 2_000_000;
const PRODUCER = new URL('./ring-producer.ts', import.meta.url);

/** Checks delivered records against what the producer wrote, and counts them. */
class Audit {
  delivered = 0;
  torn = 0;
  outOfOrder = 0;
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private last = -1;

  constructor(chunkRecords: number) {
    this.bytes = new Uint8Array(chunkRecords * RECORD_BYTES);
    this.view = new DataView(this.bytes.buffer);
  }

  readonly use = ({ from, to, position }: RecordChunk): void => {
    for (let i = from; i < to; i++) {
      const n = position + i;
      if (n <= this.last) this.outOfOrder++;
      if (!this.isWhole(n, i * RECORD_BYTES)) this.torn++;
      this.last = n;
      this.delivered++;
    }
  };

  private isWhole(n: number, at: number): boolean {
    const { view } = this;
    const { start, value, word, trace } = recordAt(n);
    const isSame =
      view.getFloat64(at, true) === start &&
      view.getFloat32(at + VALUE_WORD * 4, true) === value &&
      view.getInt32(at + EVENT_WORD * 4, true) === word;
    if (!isSame || n % TRACED_EVERY !== 0) return isSame;
    return trace.every((byte, i) => this.bytes[at + TRACE_WORD * 4 + i] === byte);
  }
}

async function drainWhileProducing(capacity: number, reader: RingReader, audit: Audit): Promise<void> {
  const producer = new Worker(PRODUCER, {
    workerData: { shared: reader.shared, records: RECORDS },
    execArgv: [],
  });
  const failed = once(producer, 'error').then(([error]) => Promise.reject(error));
  const readAll = async (): Promise<void> => {
    for (let round = 0; reader.tail < RECORDS; round++) {
      // Every other round the reader is too late by half a ring.
      const late = Math.min(RECORDS, reader.tail + (round % 2 === 0 ? 1.5 * capacity : 1));
      while (reader.head < late) await nextTurn();
      reader.drain(audit.use);
    }
  };
  await Promise.race([readAll(), failed]);
  failed.catch(() => undefined);
  await producer.terminate();
}

describe('a ring between two threads', () => {
  it.each([64, 4096])(
    'of %i records delivers or counts every record of a writer that laps it',
    async (capacity) => {
      const shared = new SharedArrayBuffer(HEADER_BYTES + capacity * RECORD_BYTES);
      const audit = new Audit(capacity / 4);
      const reader = new RingReader(shared, audit.bytes);
      await drainWhileProducing(capacity, reader, audit);
      expect({ torn: audit.torn, outOfOrder: audit.outOfOrder }).toEqual({ torn: 0, outOfOrder: 0 });
      expect(audit.delivered + reader.overwritten).toBe(RECORDS);
      expect(reader.overwritten).toBeGreaterThan(0);
      expect(audit.delivered).toBeGreaterThan(0);
    },
  );
});
