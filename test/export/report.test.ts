import { describe, expect, it } from 'vitest';
import type { EventStatistics, Statistics } from '../../src/contract/statistics.ts';
import { renderReport } from '../../src/export/report.ts';
import {
  bytesText,
  countText,
  durationText,
  limitText,
  percentText,
  spanText,
  valueText,
} from '../../src/export/report-units.ts';
import { shorten, textTable, wrapped, wrappedList } from '../../src/export/text-table.ts';
import { readStatistics } from '../../src/state/statistics.ts';
import { busyPicture, Picture, START, TRACE_TEXT } from './picture.ts';

const base = readStatistics(new Picture().source);

function event(
  name: string,
  p50: number,
  p99: number,
  change: Partial<EventStatistics> = {},
): EventStatistics {
  return {
    ...base.events[0],
    event: name,
    count: 1_234_567,
    compliance: 0.99987,
    quantiles: { p50, p95: p99 * 0.6, p99, p999: p99 * 2 },
    max: p99 * 5,
    mean: p50,
    sla: { threshold: 0.05, objective: 0.99, broken: [] },
    ...change,
  };
}

const statistics: Statistics = {
  ...base,
  startedAt: START,
  at: START + 1_234_000,
  uptimeSeconds: 1234,
  events: [
    event('candle_processing', 0.0093, 0.0234),
    event('signal_generation', 0.0021, 0.0083, {
      count: 23_456_789,
      errors: 17,
      breaches: 440_987,
      compliance: 0.9812,
      sla: { threshold: 0.01, objective: 0.99, broken: ['5s', '1m'] },
      tail: { gcRatio: 0.61, stallRatio: 0.04 },
      slowest: [
        { value: 0.0415, at: START + 1_200_123, symbol: 'SPX', traceId: TRACE_TEXT },
        { value: 0.0305, at: START + 1_190_000, symbol: null, traceId: null },
        { value: 0.0205, at: START, symbol: null, traceId: null },
      ],
    }),
    event('event_bus_publish', 0.000_004_92, 0.0000123, {
      compliance: 0.985,
      breaches: 18_519,
      sla: { threshold: 0.001, objective: 0.99, broken: [] },
    }),
    event('event_bus_handle', 0, 0, { count: 0 }),
    event('slippage', 1.25, 3.2, { unit: 'basis_points', sla: null, compliance: null }),
  ],
  ring: {
    ...base.ring,
    recorded: 27_160_500,
    aggregated: 27_160_411,
    overwritten: 89,
    rejected: { unknown_event: 4, missing_start: 0 },
  },
  sampling: { ...base.sampling, ratio: 0.5, targetRatio: 1 },
  overhead: {
    ...base.overhead,
    recordedEventSeconds: 64e-9,
    recordRatio: 0.00064,
    aggregateRatio: 0.0031,
  },
  health: {
    ...base.health,
    eventsPerSecond: 10_023.4,
    gc: [
      { kind: 'minor', count: 1234, seconds: 0.6, maxSeconds: 0.0031 },
      { kind: 'major', count: 12, seconds: 0.2, maxSeconds: 0.031 },
      { kind: 'incremental', count: 40, seconds: 0.02, maxSeconds: 0.0031 },
    ],
    stallSecondsTotal: 4.2,
    queues: { candles: 0, event_bus: 1234 },
    memoryBytes: { process: 123 * 1024 * 1024, rings: 4_196_352, state: 304_000, price_history: 5_242_880 },
  },
};

describe('the summary report', () => {
  it('reads like this', () => {
    expect(renderReport(statistics)).toBe(REPORT);
  });

  it('keeps to 100 columns, names as long as they may be', () => {
    const long = 'e'.repeat(63);
    const wide = event(long, 12345, 99999, {
      count: 1e15,
      errors: 1,
      compliance: 0.5,
      breaches: 5e14,
      slowest: statistics.events[1].slowest,
    });
    const slip = { ...wide, unit: 'u'.repeat(32) };
    const lines = renderReport({ ...statistics, events: [...statistics.events, wide, slip] }).split('\n');
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  it('says so when there is nothing to tell', () => {
    const text = renderReport(base);
    expect(text).toContain('not seen yet: candle_processing, signal_generation');
    expect(text).not.toContain('What stands out');
    expect(text).not.toMatch(/NaN|undefined|null|Infinity/);
  });

  it('is the same for the same statistics', () => {
    expect(renderReport(readStatistics(busyPicture().source))).toBe(
      renderReport(readStatistics(busyPicture().source)),
    );
  });
});

describe('units', () => {
  it.each([
    [0, '0 s'],
    [3e-9, '3.00 ns'],
    [999.6e-9, '1.00 µs'],
    [0.000_012_34, '12.3 µs'],
    [0.000_999_4, '999 µs'],
    [0.000_999_6, '1.00 ms'],
    [0.05, '50.0 ms'],
    [0.123_4, '123 ms'],
    [1.5, '1.50 s'],
    [12_345, '12,345 s'],
  ])('%d s is %s', (seconds, text) => expect(durationText(seconds)).toBe(text));

  it('writes limits as people do', () => {
    expect([0.05, 0.0025, 1, 0.1234].map((value) => limitText(value, 'seconds'))).toEqual([
      '50 ms',
      '2.5 ms',
      '1 s',
      '123 ms',
    ]);
    expect([5, 100, -0.5].map((value) => limitText(value, 'basis_points'))).toEqual(['5', '100', '-0.5']);
  });

  it('rounds a share away from all and nothing', () => {
    expect([0, 1, 0.999_999, 0.000_001, 0.9812, 1.5, null].map(percentText)).toEqual([
      '0 %',
      '100 %',
      '>99.99 %',
      '<0.01 %',
      '98.12 %',
      '150 %',
      '-',
    ]);
  });

  it('writes counts, bytes, spans and other values', () => {
    expect([0, 999, 1234.4, 9_999_999, 1.234e7, 5e9, 1e15].map(countText)).toEqual([
      '0',
      '999',
      '1,234',
      '9,999,999',
      '12.3 M',
      '5.00 G',
      '1.00e+15',
    ]);
    expect([0, 1023, 1536, 5_242_880].map(bytesText)).toEqual(['0 B', '1,023 B', '1.50 KiB', '5.00 MiB']);
    expect([0, 59.9, 61, 3661, 90_061].map(spanText)).toEqual(['0s', '59s', '1m 01s', '1h 01m', '1d 01h']);
    expect([0, -1234.5, 12_345_678, 0.0001, 42.42, null].map((value) => valueText(value, 'points'))).toEqual([
      '0',
      '-1,235',
      '1.23e+7',
      '1.00e-4',
      '42.4',
      '-',
    ]);
  });
});

describe('tables', () => {
  it('align columns and give way in the first', () => {
    const columns = [
      { title: 'name', align: 'left' },
      { title: 'n', align: 'right' },
    ] as const;
    expect(
      textTable(
        columns,
        [
          ['short', '1'],
          ['much too long', '100'],
        ],
        15,
      ),
    ).toEqual(['name          n', '───────────────', 'short         1', 'much too …  100']);
  });

  it('break lists and sentences', () => {
    expect(wrappedList('a: ', ['one', 'two', 'three'], 12)).toEqual(['a: one, two,', '   three']);
    expect(wrapped('one two three', 8)).toEqual(['one two', '  three']);
    expect(wrapped('short', 8)).toEqual(['short']);
    expect(shorten('12345', 4)).toBe('123…');
  });
});

const REPORT = `Latency report  2026-08-07 10:00:00 to 2026-08-07 10:20:34 UTC (20m 34s)

events     27,160,490 since start, 10,023/s over the last 10 s, 50.00 % of them measured
own cost   recording 0.06 % of a core (64.0 ns an event), aggregation 0.31 %
records    27,160,500 written, 27,160,411 aggregated, 89 lost

event                  count      P50      P95      P99    P99.9      max    SLA   within  verdict
──────────────────────────────────────────────────────────────────────────────────────────────────
candle_processing  1,234,567  9.30 ms  14.0 ms  23.4 ms  46.8 ms   117 ms  50 ms  99.99 %  ok
signal_generation     23.5 M  2.10 ms  4.98 ms  8.30 ms  16.6 ms  41.5 ms  10 ms  98.12 %  BROKEN
event_bus_publish  1,234,567  4.92 µs  7.38 µs  12.3 µs  24.6 µs  61.5 µs   1 ms  98.50 %  missed

value                       count   P50   P95   P99  P99.9   max  SLA  within  verdict
──────────────────────────────────────────────────────────────────────────────────────
slippage, basis_points  1,234,567  1.25  1.92  3.20   6.40  16.0    -       -  -

not seen yet: event_bus_handle

What stands out
  signal_generation: 98.12 % within 10 ms, objective 99 % (440,987 breaches); broken now over 5s, 1m
  event_bus_publish: 98.50 % within 1 ms, objective 99 % (18,519 breaches); kept again now
  P99.9 of signal_generation: 61 % of it is garbage collection
  signal_generation: 17 ended in an error (<0.01 %)
  89 records were overwritten before being read (<0.01 %)
  calls that recorded nothing: unknown_event 4
  sampling is lowered to 50.00 % of the 100 % asked for: overhead or backlog is over its budget

Slowest of the last minute
  event                 took  ended (UTC)   symbol  trace id
  ──────────────────────────────────────────────────────────────────────────────────
  signal_generation  41.5 ms  10:20:00.123  SPX     101112131415161718191a1b1c1d1e1f
  signal_generation  30.5 ms  10:19:50.000  -       -

Health
  GC pauses   minor 1,234 × 486 µs (max 3.10 ms), major 12 × 16.7 ms (max 31.0 ms),
              incremental 40 × 500 µs (max 3.10 ms)
  stalls      none now; 4.20 s in all
  queues      candles 0, event_bus 1,234
  memory      process 123 MiB, price_history 5.00 MiB, rings 4.00 MiB, state 297 KiB
`;
