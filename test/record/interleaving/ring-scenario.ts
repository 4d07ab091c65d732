import {
  EVENT_WORD,
  HEAD,
  HEAD_HIGH,
  HEADER_BYTES,
  RECORD_BYTES,
  TRACE_WORD,
  VALUE_WORD,
  WORDS_PER_RECORD,
} from '../../../src/contract/record.ts';
import { explore, LocalWords, WriterHistory } from './explorer.ts';
import type { Chunk, ShippedRing } from './shipped-source.ts';
import { createView, SharedBuffer } from './stand-ins.ts';

export interface RingScenario {
  readonly capacityRecords: number;
  /** How many records are written while the reader reads. */
  readonly records: number;
  /** How often the ring is drained while it is written to; once more when all is written. */
  readonly drains: number;
  /** Records ever written, and read, before: where HEAD stands. */
  readonly before?: number;
  readonly areTraced?: boolean;
}

export interface Exploration {
  readonly interleavings: number;
  /** Fates of the records in order: `R` read, `-` overwritten. */
  readonly outcomes: ReadonlySet<string>;
  /** What must not happen, and did. */
  readonly violations: ReadonlySet<string>;
}

/** A record whose every word tells which one it is. */
function recordAt(position: number): { start: number; value: number; word: number; trace: Uint8Array } {
  const start = (position + 1) * Math.PI;
  const trace = Uint8Array.from({ length: 16 }, (_, i) => (position * 16 + i) & 0xff);
  return { start, value: Math.fround(1 / (position + 3)), word: ((position + 1) % 0x7fff_ffff) | 0, trace };
}

const pristine = new DataView(new ArrayBuffer(RECORD_BYTES));

function isRecordAt(position: number, chunk: LocalWords, index: number, isTraced: boolean): boolean {
  const { start, value, word, trace } = recordAt(position);
  pristine.setFloat64(0, start, true);
  pristine.setFloat32(VALUE_WORD * 4, value, true);
  pristine.setInt32(EVENT_WORD * 4, word, true);
  trace.forEach((byte, i) => {
    pristine.setUint8(TRACE_WORD * 4 + i, byte);
  });
  const words = isTraced ? WORDS_PER_RECORD : TRACE_WORD;
  for (let i = 0; i < words; i++) {
    if (chunk.load(index * WORDS_PER_RECORD + i) !== pristine.getUint32(i * 4, true)) return false;
  }
  return true;
}

function write(ring: ShippedRing, scenario: RingScenario): WriterHistory {
  const { capacityRecords, records, before = 0, areTraced = false } = scenario;
  const bytes = HEADER_BYTES + capacityRecords * RECORD_BYTES;
  const initial = new Uint32Array(bytes / 4);
  initial[HEAD] = before;
  initial[HEAD_HIGH] = Math.floor(before / 2 ** 31);
  const history = new WriterHistory(initial);
  const writer = new ring.LockFreeRingBuffer(new SharedBuffer(history, bytes));
  for (let position = before; position < before + records; position++) {
    const { start, value, word, trace } = recordAt(position);
    if (areTraced) writer.setTrace(trace);
    writer.write(start, value, word);
  }
  writer.publish();
  return history;
}

/** Explores every interleaving of one writer with one reader of the ring. */
export function exploreRing(ring: ShippedRing, scenario: RingScenario): Exploration {
  const { capacityRecords, records, drains, before = 0, areTraced = false } = scenario;
  const history = write(ring, scenario);
  const outcomes = new Set<string>();
  const violations = new Set<string>();
  const bytes = HEADER_BYTES + capacityRecords * RECORD_BYTES;
  const chunkWords = new LocalWords(capacityRecords * RECORD_BYTES);
  const chunkBytes = createView('Uint8Array', new SharedBuffer(chunkWords, chunkWords.all.byteLength));
  const interleavings = explore(history, (memory) => {
    const reader = new ring.RingReader(new SharedBuffer(memory, bytes), chunkBytes);
    reader.tail = before;
    const fates = new Array<string>(records).fill('-');
    let last = before - 1;
    let read = 0;
    const use = ({ from, to, position }: Chunk): void => {
      for (let i = from; i < to; i++) {
        const at = position + i;
        if (at <= last) violations.add('a record was delivered twice or out of order');
        if (!isRecordAt(at, chunkWords, i, areTraced)) violations.add('a torn record was delivered');
        last = at;
        fates[at - before] = 'R';
        read++;
      }
    };
    for (let drain = 0; drain <= drains; drain++) {
      if (drain === drains) memory.letWriterFinish();
      reader.drain(use);
      if (reader.tail - before !== read + reader.overwritten) {
        violations.add('recorded is not aggregated + overwritten');
      }
    }
    if (reader.tail !== before + records) violations.add('the reader lost count of the records');
    outcomes.add(fates.join(''));
  });
  return { interleavings, outcomes, violations };
}
