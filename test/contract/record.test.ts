import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clock, monotonicMillis } from '../../src/contract/clock.ts';
import * as record from '../../src/contract/record.ts';

const {
  CONTROL_KEEP_BREACHES,
  controlRate,
  ERROR_FLAG,
  EVENT_ID_MASK,
  encodeControl,
  guardRecords,
  INSTANT_FLAG,
  KIND_MASK,
  TRACED_FLAG,
} = record;

describe('the event word', () => {
  it('gives each of its parts bits of their own, below the symbol', () => {
    const parts = [EVENT_ID_MASK, KIND_MASK, TRACED_FLAG, INSTANT_FLAG, ERROR_FLAG];
    expect(parts.reduce((all, part) => all | part, 0)).toBe(2 ** record.SYMBOL_SHIFT - 1);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(2 ** record.SYMBOL_SHIFT - 1);
    expect(record.GC_KINDS.length).toBeLessThanOrEqual(record.MAX_EVENTS);
  });
});

describe('the header', () => {
  const LINE = 16;
  const line = (word: number): number => Math.floor(word / LINE);

  it('keeps what the two sides write on cache lines of their own', () => {
    const writer = [record.HEAD, record.HEAD_HIGH, record.WAKE].map(line);
    const reader = [record.TAIL, record.CONTROL].map(line);
    const seldom = [record.APP_ENABLED, record.RATE_CHANGES, record.HEARTBEAT_MILLIS].map(line);
    expect(new Set([...writer, ...reader, ...seldom]).size).toBe(4);
    expect(new Set(writer).size).toBe(1);
  });

  it('has its tables behind one another, and ends before the first record', () => {
    const spans = [
      [record.COST_BYTES, 16],
      [record.REJECTED * 4, record.REJECTION_REASONS.length * 4],
      [record.RATE_TABLE_BYTES, record.RATE_TABLE_ENTRIES * 16],
      [record.GAUGES_BYTES, record.MAX_GAUGES * 8],
      [record.HEADER_BYTES, 0],
    ];
    spans.reduce(
      (end, [start, length]) => {
        expect(start).toBeGreaterThanOrEqual(end);
        return start + length;
      },
      record.HEARTBEAT_MILLIS * 4 + 4,
    );
  });
});

describe('the control word', () => {
  it('holds any rate to within 2^-30, and whether breaches are kept', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1, noNaN: true }), fc.boolean(), (rate, keepBreaches) => {
        const word = encodeControl(rate, keepBreaches);
        expect(word).toBe(word | 0);
        expect(Math.abs(controlRate(word) - rate)).toBeLessThanOrEqual(2 ** -30);
        expect((word & CONTROL_KEEP_BREACHES) !== 0).toBe(keepBreaches && controlRate(word) < 1);
      }),
    );
  });

  it('is one word for everything and one for nothing, which breaches to keep do not change', () => {
    expect([encodeControl(1, true), encodeControl(1, false)]).toEqual([
      record.CONTROL_FULL,
      record.CONTROL_FULL,
    ]);
    expect([encodeControl(0, true), encodeControl(0, false)]).toEqual([0, 0]);
  });
});

describe('guardRecords', () => {
  it('leaves the writer at least one record, and the reader most of the ring', () => {
    for (let capacity = record.MIN_CAPACITY_RECORDS; capacity <= record.MAX_CAPACITY_RECORDS; capacity *= 2) {
      expect(guardRecords(capacity)).toBeGreaterThanOrEqual(1);
      expect(guardRecords(capacity)).toBeLessThanOrEqual(capacity / 4);
    }
  });
});

describe('monotonicMillis', () => {
  it('never goes back, and reads in milliseconds what process.hrtime reads in nanoseconds', () => {
    const clock: Clock = monotonicMillis;
    let last = clock();
    for (let i = 0; i < 1000; i++) {
      const before = Number(process.hrtime.bigint()) / 1e6;
      const now = clock();
      const after = Number(process.hrtime.bigint()) / 1e6;
      // Both are rounded to float64.
      expect(now).toBeGreaterThanOrEqual(Math.max(last, before - 1e-6));
      expect(now).toBeLessThanOrEqual(after + 1e-6);
      last = now;
    }
  });
});
