import { describe, expect, it } from 'vitest';
import { defineEvents, type EventDefinition, EventID, recordThreshold } from '../../src/contract/events.ts';
import { MAX_EVENTS } from '../../src/contract/record.ts';

describe('defineEvents', () => {
  it('begins with the default catalogue, whose ids are EventID', () => {
    const { specs, id } = defineEvents();
    expect(specs.map(({ name, slaThreshold }) => [name, slaThreshold])).toEqual([
      ['candle_processing', 0.05],
      ['signal_generation', 0.01],
      ['order_execution', 0.005],
      ['event_bus_publish', 0.001],
      ['event_bus_handle', 0.001],
    ]);
    expect(Object.values(id)).toEqual(Object.values(EventID));
  });

  it('numbers own events behind them, in the order given', () => {
    const { id, specs } = defineEvents({ request: {}, slippage: { unit: 'basis_points', slaValue: 5 } });
    expect([id.request, id.slippage]).toEqual([5, 6]);
    expect(specs[5]).toMatchObject({ unit: 'seconds', slaThreshold: null, objective: 0.99 });
    expect(specs[6]).toMatchObject({ unit: 'basis_points', slaThreshold: 5 });
  });

  it('lets a default event be defined anew under its id', () => {
    const { specs, id } = defineEvents({
      order_execution: { slaMillis: 7, objective: 0.9, buckets: [0.001, 0.01] },
    });
    expect(id.order_execution).toBe(EventID.ORDER_EXECUTION);
    expect(specs[id.order_execution]).toMatchObject({
      slaThreshold: 0.007,
      objective: 0.9,
      buckets: [0.001, 0.01],
    });
  });

  it.each<[string, string, unknown, string]>([
    ['a name in capitals', 'Request', {}, 'use lower-case letters'],
    ['a name with a dash', 'a-b', {}, 'use lower-case letters'],
    ['a name too long', 'a'.repeat(64), {}, 'at most 63'],
    ['a number in place of a definition', 'request', 10, 'expected an object such as { slaMillis: 10 }'],
    ['nothing in place of a definition', 'request', null, 'expected an object'],
    ['a misspelt key', 'request', { slaMilis: 10 }, 'there is no "slaMilis"; known: slaMillis, slaValue'],
    ['an SLA of 0', 'request', { slaMillis: 0 }, 'slaMillis must be > 0'],
    ['an SLA that is a text', 'request', { slaMillis: '10' }, 'slaMillis must be > 0'],
    ['an SLA that is a bigint', 'request', { slaMillis: 10n }, 'slaMillis must be > 0'],
    ['an SLA in time for a value', 'request', { slaMillis: 1, unit: 'bytes' }, 'only for durations'],
    ['an SLA in values for a duration', 'request', { slaValue: 1 }, 'only with a unit'],
    [
      'an SLA that is no number',
      'request',
      { slaValue: Number.NaN, unit: 'bytes' },
      'must be a finite number',
    ],
    ['an objective of 1', 'request', { objective: 1 }, 'objective must lie between 0 and 1, got 1'],
    ['an objective that is a text', 'request', { objective: '0.9' }, 'objective must lie between 0 and 1'],
    ['a unit with a space', 'request', { unit: 'basis points' }, 'is no Prometheus unit'],
    ['no buckets', 'request', { buckets: [] }, 'buckets must be 1 to 24'],
    ['buckets that descend', 'request', { buckets: [2, 1] }, 'in ascending order'],
    ['a bucket twice', 'request', { buckets: [1, 1] }, 'in ascending order'],
    ['an infinite bucket', 'request', { buckets: [1, Number.POSITIVE_INFINITY] }, 'finite numbers'],
    ['buckets that are no list', 'request', { buckets: 5 }, 'buckets must be'],
    ['too many buckets', 'request', { buckets: Array.from({ length: 25 }, (_, i) => i) }, '1 to 24'],
  ])('refuses %s, naming event and remedy', (_what, name, definition, expected) => {
    const define = (): unknown => defineEvents({ [name]: definition as EventDefinition });
    expect(define).toThrow(expect.objectContaining({ code: 'PERF_EVENT_INVALID' }));
    expect(define).toThrow(expected);
    expect(define).toThrow(name);
  });

  it(`holds ${MAX_EVENTS} events and no more`, () => {
    const own = (count: number): Record<string, EventDefinition> =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`event_${i}`, {}]));
    expect(defineEvents(own(MAX_EVENTS - 5)).specs).toHaveLength(MAX_EVENTS);
    expect(() => defineEvents(own(MAX_EVENTS - 4))).toThrow(`at most ${MAX_EVENTS} events`);
  });
});

describe('recordThreshold', () => {
  it('is the SLA at the precision of a record, or out of reach without one', () => {
    const { specs, id } = defineEvents({ request: { slaMillis: 0.1 }, plain: {} });
    expect(recordThreshold(specs[id.request])).toBe(Math.fround(0.0001));
    expect(recordThreshold(specs[id.plain])).toBe(Number.POSITIVE_INFINITY);
  });
});
