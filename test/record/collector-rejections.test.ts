import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Outcome } from '../../src/contract/events.ts';
import { HEAD, MAX_SYMBOLS, REJECTED, REJECTION_REASONS } from '../../src/contract/record.ts';
import { MetricsCollector } from '../../src/record/collector.ts';
import { hostile, throwingTrace } from './hostile-arguments.ts';

const CREATED_AT = 1000;
const NOW = 2000;
const EVENTS = 5;
const RUNS = { numRuns: 3000 };

type Arguments = readonly unknown[];
type Fate = 'recorded' | 'ignored' | (typeof REJECTION_REASONS)[number];

let now = CREATED_AT;
let collector: MetricsCollector;

beforeEach(() => {
  now = CREATED_AT;
  // A ring so small that each record is published by itself.
  collector = new MetricsCollector({ capacityRecords: 4, clock: () => now });
  now = NOW;
});

/** What a call did, told from the ring alone. */
function fateOf(call: (collector: MetricsCollector) => void): Fate {
  const { header } = collector.buffer;
  const before = header.slice();
  call(collector);
  const reasons = REJECTION_REASONS.filter((_, i) => header[REJECTED + i] !== before[REJECTED + i]);
  const recorded = header[HEAD] - before[HEAD];
  const counted = REJECTION_REASONS.reduce(
    (sum, _, i) => sum + header[REJECTED + i] - before[REJECTED + i],
    0,
  );
  expect(recorded + counted).toBeLessThanOrEqual(1);
  return reasons[0] ?? (recorded === 1 ? 'recorded' : 'ignored');
}

const isEvent = (event: unknown): boolean =>
  typeof event === 'number' && Number.isInteger(event) && event >= 0 && event < EVENTS;

function doesThrow(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch {
    return true;
  }
}

const isSymbolId = (symbol: unknown): boolean =>
  typeof symbol === 'number' && Number.isInteger(symbol) && symbol >= 0 && symbol <= MAX_SYMBOLS;

const isTrace = (trace: unknown): boolean =>
  ArrayBuffer.isView(trace) &&
  !doesThrow(() => (trace as Uint8Array).length) &&
  (trace as Uint8Array).length >= 16;

const isBadExtra = (outcome: unknown, symbol: unknown, trace: unknown): boolean =>
  (outcome !== undefined && outcome !== Outcome.OK && outcome !== Outcome.ERROR) ||
  (symbol !== undefined && !isSymbolId(symbol)) ||
  (trace !== undefined && !isTrace(trace));

/** What the documentation of `recordEnd` says must happen. */
function expectedEnd([event, start, outcome, symbol, trace]: Arguments): Fate {
  if (start === 0) return 'ignored';
  if (!isEvent(event)) return 'unknown_event';
  if (typeof start !== 'number' || Number.isNaN(start)) return 'missing_start';
  if (Math.abs(start) < CREATED_AT) return 'stale_start';
  if (Math.abs(start) > NOW) return 'future_start';
  const { slaThreshold } = collector.catalogue.specs[event as number];
  if (start < 0 && (NOW + start) / 1e3 <= Number(slaThreshold)) return 'ignored';
  return isBadExtra(outcome, symbol, trace) ? 'invalid_value' : 'recorded';
}

function expectedValue([event, value, outcome, symbol, trace]: Arguments): Fate {
  if (!isEvent(event)) return 'unknown_event';
  if (typeof value !== 'number' || !Number.isFinite(Math.fround(value))) return 'invalid_value';
  return isBadExtra(outcome, symbol, trace) ? 'invalid_value' : 'recorded';
}

const event = fc.oneof(fc.nat(EVENTS - 1), hostile);
const start = fc.oneof(
  fc.double({ min: CREATED_AT, max: NOW, noNaN: true }),
  fc.double({ min: -NOW, max: -CREATED_AT, noNaN: true }),
  fc.double(),
  hostile,
);
const outcome = fc.oneof(fc.constantFrom(undefined, Outcome.OK, Outcome.ERROR), hostile);
const symbol = fc.oneof(fc.constant(undefined), fc.nat(MAX_SYMBOLS), hostile);
const trace = fc.oneof(fc.constant(undefined), fc.uint8Array({ minLength: 16, maxLength: 16 }), hostile);

describe('recordEnd', () => {
  it('throws at nothing, and counts each bad call once, under its reason', () => {
    const call = fc.tuple(event, start, outcome, symbol, trace);
    fc.assert(
      fc.property(call, (given) => {
        const fate = fateOf((c) => c.recordEnd(...(given as Parameters<typeof c.recordEnd>)));
        expect(fate).toBe(expectedEnd(given));
      }),
      RUNS,
    );
  });

  it.each<[string, Fate, Arguments]>([
    ['an event and its start', 'recorded', [0, 1500]],
    ['everything there is', 'recorded', [4, 2000, Outcome.ERROR, 65_535, new Uint8Array(16)]],
    ['an outcome that is none', 'invalid_value', [0, 1500, 'error']],
    ['a symbol id beyond the table', 'invalid_value', [0, 1500, Outcome.OK, 70_000]],
    ['a name in place of a symbol id', 'invalid_value', [0, 1500, Outcome.OK, 'SPX']],
    ['half a trace', 'invalid_value', [0, 1500, Outcome.OK, 1, new Uint8Array(8)]],
    ['the start of an event that is not measured', 'ignored', [0, 0]],
    ['an event beyond the catalogue', 'unknown_event', [5, 1500]],
    ['half an event', 'unknown_event', [0.5, 1500]],
    ['the text of an event', 'unknown_event', ['0', 1500]],
    ['nothing right', 'unknown_event', [0n, 0n]],
    ['no start', 'missing_start', [0]],
    ['NaN', 'missing_start', [0, Number.NaN]],
    ['the text of a start', 'missing_start', [0, '1500']],
    ['a bigint', 'missing_start', [0, 1500n]],
    ['a start before the collector', 'stale_start', [0, 999]],
    ['a start after now', 'future_start', [0, 2001]],
    ['a start that never comes', 'future_start', [0, Number.POSITIVE_INFINITY]],
    ['a symbol of JavaScript', 'invalid_value', [0, 1500, 0, Symbol('a')]],
    ['a trace that throws', 'invalid_value', [0, 1500, 0, 0, throwingTrace]],
  ])('given %s: %s', (_what, reason, given) => {
    expect(fateOf((c) => c.recordEnd(...(given as Parameters<typeof c.recordEnd>)))).toBe(reason);
  });

  it('counts a start of an earlier collector, as after a restart, as stale', () => {
    const started = collector.recordStart(0);
    now += 1;
    const next = new MetricsCollector({ ring: collector.buffer.shared, clock: () => now });
    now += 1;
    expect(fateOf(() => next.recordEnd(0, started))).toBe('stale_start');
  });
});

describe('recordValue', () => {
  it('throws at nothing, and counts each bad call once, under its reason', () => {
    const value = fc.oneof(fc.double(), hostile);
    fc.assert(
      fc.property(fc.tuple(event, value, outcome, symbol, trace), (given) => {
        const fate = fateOf((c) => c.recordValue(...(given as Parameters<typeof c.recordValue>)));
        expect(fate).toBe(expectedValue(given));
      }),
      RUNS,
    );
  });
});

describe('the other members of a collector', () => {
  it('take anything in place of an event, a symbol, a rate or a switch', () => {
    fc.assert(
      fc.property(hostile, (given) => {
        expect(typeof collector.recordStart(given as number)).toBe('number');
        const id = collector.symbol(given as string);
        expect(id > 0).toBe(typeof given === 'string');
        collector.samplingRate = given as number;
        collector.enabled = given as boolean;
        collector.enabled = true;
      }),
    );
  });

  it('count a rate and a symbol that are none', () => {
    for (const rate of [0, 0.009, 1.001, Number.NaN, '0.5', 1n]) {
      const setRate = (c: MetricsCollector): void => {
        c.samplingRate = rate as number;
      };
      expect(fateOf(setRate)).toBe('invalid_value');
      expect(collector.samplingRate).toBe(1);
    }
    expect(fateOf((c) => c.symbol(5 as unknown as string))).toBe('invalid_value');
  });

  it('give a name one id, and none, counted, once all ids are in use', () => {
    const ids = new Set<number>();
    for (let i = 0; i < MAX_SYMBOLS; i++) ids.add(collector.symbol(`symbol ${i}`));
    expect(ids.size).toBe(MAX_SYMBOLS);
    expect(collector.symbol('symbol 7')).toBe(8);
    expect(fateOf((c) => expect(c.symbol('one more')).toBe(0))).toBe('symbol_overflow');
  });
});
