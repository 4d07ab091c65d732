import { DURATION_UNIT, type EventSpec, recordThreshold } from '../contract/events.ts';
import {
  ERROR_FLAG,
  EVENT_ID_MASK,
  EVENT_WORD,
  GC_KINDS,
  INSTANT_FLAG,
  KIND_EVENT,
  KIND_GC,
  KIND_MASK,
  KIND_STALL,
  RECORD_BYTES,
  SYMBOL_SHIFT,
  TRACE_WORD,
  TRACED_FLAG,
  VALUE_WORD,
} from '../contract/record.ts';
import type { EventIntake } from './event-intake.ts';
import { overlapMillis, Pauses } from './pauses.ts';
import { RateHistory, weightOf } from './rate-history.ts';
import { type RecordChunk, RingReader } from './ring-reader.ts';

/** Records copied out of a ring at a time: 64 KiB, which stays in a core's cache. */
const CHUNK_RECORDS = 2048;
/** How far back from a pause its events are looked for. */
const LOOK_BACK_RECORDS = 4096;

/** Buffer that the rings of one thread share, and three views of it. */
export class ChunkBuffer {
  readonly bytes = new Uint8Array(CHUNK_RECORDS * RECORD_BYTES);
  readonly starts = new Float64Array(this.bytes.buffer);
  readonly values = new Float32Array(this.bytes.buffer);
  readonly words = new Uint32Array(this.bytes.buffer);
}

/** Told of a pause: GC with the index of its kind, or a stall with -1. Seconds. */
export type PauseListener = (gcKind: number, seconds: number) => void;

/** Takes the records of one ring apart: events to their intake, each with its weight, and pauses to the events they fell into. */
export class RingIntake {
  readonly number: number;
  readonly reader: RingReader;
  private readonly rates: RateHistory;
  private readonly buffer: ChunkBuffer;
  private readonly events: readonly EventIntake[];
  private readonly isDuration: readonly boolean[];
  private readonly thresholds: Float64Array;
  private readonly gc = new Pauses();
  private readonly stalls = new Pauses();
  private readonly onPause: PauseListener;
  private latestPauseEnd = Number.NEGATIVE_INFINITY;

  constructor(
    number: number,
    shared: SharedArrayBuffer,
    specs: readonly EventSpec[],
    events: readonly EventIntake[],
    buffer: ChunkBuffer,
    onPause: PauseListener,
  ) {
    this.number = number;
    this.reader = new RingReader(shared, buffer.bytes);
    this.rates = new RateHistory(shared);
    this.buffer = buffer;
    this.events = events;
    this.isDuration = specs.map((spec) => spec.unit === DURATION_UNIT);
    this.thresholds = Float64Array.from(specs, recordThreshold);
    this.onPause = onPause;
  }

  drain(): void {
    this.reader.drain(this.use);
  }

  private readonly use = (chunk: RecordChunk): void => {
    this.rates.refresh();
    const { starts, values, words } = this.buffer;
    const { events, thresholds, rates } = this;
    const { since, weight, keepsBreaches } = rates;
    for (let i = chunk.from; i < chunk.to; i++) {
      const word = words[i * 8 + EVENT_WORD];
      const value = values[i * 8 + VALUE_WORD];
      const start = starts[i * 4];
      if ((word & KIND_MASK) !== KIND_EVENT) {
        this.usePause(word, start, value, chunk.position + i);
        continue;
      }
      const event = events[word & EVENT_ID_MASK];
      if (event === undefined) continue;
      let itsWeight = weight;
      if (start < since || keepsBreaches) {
        const isBreach = value > thresholds[word & EVENT_ID_MASK];
        itsWeight = weightOf(rates.controlAt(start), isBreach);
      }
      if (value > event.floor || start < this.latestPauseEnd || (word & TRACED_FLAG) !== 0) {
        this.useNotable(event, word, start, value, itsWeight, i * 8 + TRACE_WORD);
      }
      event.add(value, itsWeight, word & ERROR_FLAG);
    }
  };

  /** A record that is slow, traced or met a pause: few are, and these pay for the closer look. */
  private useNotable(
    event: EventIntake,
    word: number,
    start: number,
    value: number,
    weight: number,
    traceAt: number,
  ): void {
    const isInstant = (word & INSTANT_FLAG) !== 0;
    const isTimed = this.isDuration[word & EVENT_ID_MASK] === true && !isInstant;
    const end = isTimed ? start + value * 1e3 : start;
    const symbol = word >>> SYMBOL_SHIFT;
    const trace = (word & TRACED_FLAG) === 0 ? -1 : traceAt;
    event.addNotable(value, weight, end, this.number * 65_536 + symbol, this.buffer.words, trace);
    if (!isTimed || start >= this.latestPauseEnd) return;
    event.addPause(value, weight, this.gc.overlapSeconds(start, end), this.stalls.overlapSeconds(start, end));
  }

  private usePause(word: number, start: number, seconds: number, position: number): void {
    const end = start + seconds * 1e3;
    const kind = word & KIND_MASK;
    if (kind === KIND_GC && (word & EVENT_ID_MASK) < GC_KINDS.length) {
      this.gc.add(start, end);
      this.onPause(word & EVENT_ID_MASK, seconds);
    } else if (kind === KIND_STALL) {
      this.stalls.add(start, end);
      this.onPause(-1, seconds);
    } else return;
    this.latestPauseEnd = Math.max(this.latestPauseEnd, end);
    this.lookBack(position, start, end, kind === KIND_GC);
  }

  /**
   * The pause is known only after it, and events that it fell into may have ended, and been read, before: they are the
   * records just ahead of it in the ring, back to the first that ended before the pause began.
   */
  private lookBack(position: number, pauseStart: number, pauseEnd: number, isGc: boolean): void {
    const { memory } = this.reader;
    const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
    const oldest = Math.max(0, position - LOOK_BACK_RECORDS);
    for (let at = position - 1; at >= oldest; at--) {
      const offset = this.reader.offset(at);
      const start = view.getFloat64(offset, true);
      const value = view.getFloat32(offset + VALUE_WORD * 4, true);
      const word = view.getUint32(offset + EVENT_WORD * 4, true);
      if (!this.reader.isWhole(at)) return;
      const id = word & EVENT_ID_MASK;
      const event = this.events[id];
      if (
        (word & (KIND_MASK | INSTANT_FLAG)) !== KIND_EVENT ||
        event === undefined ||
        this.isDuration[id] !== true
      )
        continue;
      const end = start + value * 1e3;
      if (end <= pauseStart) return;
      const seconds = overlapMillis(start, end, pauseStart, pauseEnd) / 1e3;
      const isBreach = value > this.thresholds[id];
      event.addPause(
        value,
        weightOf(this.rates.controlAt(start), isBreach),
        isGc ? seconds : 0,
        isGc ? 0 : seconds,
      );
    }
  }
}
