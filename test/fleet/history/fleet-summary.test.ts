import { describe, expect, it } from 'vitest';
import { type FleetSummary, summarizeMinutes } from '../../../src/fleet/history/fleet-summary.ts';
import { renderHistoryReport } from '../../../src/fleet/history/history-report.ts';
import type { Minute, MinuteEvent } from '../../../src/fleet/minute.ts';
import { each, eventOf, MINUTE, minuteAt, START } from './minutes.ts';

const summarize = (minutes: readonly Minute[], period = {}): Promise<FleetSummary> =>
  summarizeMinutes(each(minutes), period);
const constant = (value: number, given: Partial<MinuteEvent> = {}): MinuteEvent =>
  eventOf(new Float32Array(100).fill(value), given);
const digits = (value: number | undefined): number => Number((value ?? Number.NaN).toPrecision(3));
const span = (from: number, to: number): Minute => ({
  ...minuteAt(0),
  from: START + from * MINUTE,
  to: START + to * MINUTE,
});

describe('summarizeMinutes', () => {
  it('adds up counts, errors and breaches, of each service and of all together', async () => {
    const minutes = [0, 1, 2].map((i) =>
      minuteAt(i, [
        constant(0.001, { count: 1000, errors: i, breaches: 10 }),
        constant(0.002, { service: 'signals', count: 500, breaches: 1 }),
        constant(3, { service: 'signals', event: 'slippage', unit: 'points', slaThreshold: null, count: 7 }),
      ]),
    );
    const { events, services } = await summarize(minutes);
    const figures = events.map((e) => [e.service, e.event, e.count, e.errors, e.breaches, e.compliance]);
    expect(figures).toEqual([
      ['', 'order_execution', 4500, 3, 33, 1 - 33 / 4500],
      ['', 'slippage', 21, 0, 0, null],
      ['orders', 'order_execution', 3000, 3, 30, 0.99],
      ['signals', 'order_execution', 1500, 0, 3, 0.998],
      ['signals', 'slippage', 21, 0, 0, null],
    ]);
    expect(services).toEqual(['orders', 'signals']);
  });

  it('judges only events that had an SLA, and names the last; of all services the strictest', async () => {
    const minutes = [
      minuteAt(0, [constant(0.001, { slaThreshold: null, count: 100 })]),
      minuteAt(1, [constant(0.001, { slaThreshold: 0.02, count: 100, breaches: 10 })]),
      minuteAt(2, [
        constant(0.001, { slaThreshold: 0.05, objective: 0.999, count: 100 }),
        constant(0.001, { service: 'signals', slaThreshold: 0.01, objective: 0.9 }),
      ]),
    ];
    const { events } = await summarize(minutes);
    expect(events.map(({ sla, compliance }) => [sla, compliance])).toEqual([
      [{ threshold: 0.01, objective: 0.999 }, 1 - 10 / 300],
      [{ threshold: 0.05, objective: 0.999 }, 0.95],
      [{ threshold: 0.01, objective: 0.9 }, 1],
    ]);
  });

  it('finds the worst minute of each service, and that of all together, which may be another', async () => {
    const slow = { service: 'signals' };
    const minutes = [
      // Of 10,100 events 1 % are slow: orders alone are at their worst, all together are not.
      minuteAt(0, [constant(0.05, { count: 90 }), constant(0.001, { ...slow, count: 10_000 })]),
      minuteAt(1, [constant(0.01, { count: 100 }), constant(0.02, { ...slow, count: 1000 })]),
      minuteAt(2, [constant(0.01, { count: 100 }), constant(0.001, { ...slow, count: 1000 })]),
    ];
    const { events } = await summarize(minutes);
    expect(events.map(({ worst }) => [digits(worst?.p99), ((worst?.from ?? 0) - START) / MINUTE])).toEqual([
      [0.02, 1],
      [0.05, 0],
      [0.02, 1],
    ]);
  });

  it('keeps events of one name and other units apart', async () => {
    const { events } = await summarize([
      minuteAt(0, [constant(1), constant(2, { service: 'signals', unit: 'bytes' })]),
    ]);
    expect(events.map(({ service, unit, count }) => [service, unit, count])).toEqual([
      ['', 'bytes', 100],
      ['', 'seconds', 100],
      ['orders', 'seconds', 100],
      ['signals', 'bytes', 100],
    ]);
  });

  it('looks at one service alone when told so', async () => {
    const minutes = [minuteAt(0, [constant(0.001), constant(0.002, { service: 'signals' })])];
    const { events, services, minutes: found } = await summarize(minutes, { service: 'signals' });
    expect(events.map(({ service }) => service)).toEqual(['signals']);
    expect([services, found]).toEqual([['orders', 'signals'], 1]);
  });

  it('says nothing of quantiles of events that no window saw', async () => {
    const { events } = await summarize([minuteAt(0, [eventOf([], { count: 5, breaches: 1 })])]);
    expect(events[0]).toMatchObject({ count: 5, compliance: 0.8, quantiles: null, worst: null });
  });
});

describe('coverage', () => {
  const covered = async (minutes: readonly Minute[], period = {}) => {
    const { minutes: count, coverage, gaps, from, to } = await summarize(minutes, period);
    const inMinutes = (at: number | null) => ((at ?? Number.NaN) - START) / MINUTE;
    return {
      count,
      coverage,
      gaps: gaps.map((gap) => [inMinutes(gap.from), inMinutes(gap.to)]),
      period: [inMinutes(from), inMinutes(to)],
    };
  };

  it('is whole without gaps', async () => {
    expect(await covered([span(0, 1), span(1, 2)])).toEqual({
      count: 2,
      coverage: 1,
      gaps: [],
      period: [0, 2],
    });
  });

  it('tells what is missing within', async () => {
    expect(await covered([span(0, 1), span(2, 3), span(3, 4), span(8, 10)])).toEqual({
      count: 4,
      coverage: 0.5,
      gaps: [
        [1, 2],
        [4, 8],
      ],
      period: [0, 10],
    });
  });

  it('tells what is missing at the ends of the period that was asked for', async () => {
    const period = { from: START - 2 * MINUTE, to: START + 4 * MINUTE };
    expect(await covered([span(0, 1), span(1, 3)], period)).toEqual({
      count: 2,
      coverage: 0.5,
      gaps: [
        [-2, 0],
        [3, 4],
      ],
      period: [-2, 4],
    });
  });

  it('counts what less than half a minute leaves out, without calling it a gap', async () => {
    const found = await covered([span(0, 1), span(1.25, 2.25), span(2.25, 2.5)], {
      to: START + 2.5 * MINUTE,
    });
    expect(found).toMatchObject({ coverage: 0.9, gaps: [] });
  });

  it('is nothing without minutes', async () => {
    const period = { from: START, to: START + MINUTE };
    expect(await summarize([], period)).toEqual({
      kind: 'fleet',
      from: null,
      to: null,
      minutes: 0,
      coverage: null,
      gaps: [],
      services: [],
      events: [],
    });
  });
});

describe('renderHistoryReport', () => {
  const busy = (i: number): MinuteEvent[] => [
    constant(0.001 * (i + 1), { count: 1000, errors: 1, breaches: 2 * i }),
    constant(0.25, { event: 'signal_generation', slaThreshold: null, count: 12_345_678 }),
    constant(1.5, {
      service: 'signals',
      event: 'slippage',
      unit: 'points',
      slaThreshold: 4,
      objective: 0.9,
      count: 50,
    }),
  ];

  it('reads like this', async () => {
    const minutes = [0, 1, 4].map((i) => minuteAt(i, busy(i)));
    expect(renderHistoryReport(await summarize(minutes))).toBe(REPORT);
  });

  it('says what one service did once, under its name', async () => {
    const text = renderHistoryReport(await summarize([minuteAt(0, busy(0).slice(0, 1))]));
    expect(text).not.toContain('All services');
    expect(text.match(/order_execution/g)).toHaveLength(2);
  });

  it('lists the first gaps, and how many more there are', async () => {
    const text = renderHistoryReport(await summarize([0, 2, 4, 6, 8, 10, 12, 14].map((i) => minuteAt(i))));
    expect(text).toContain('7 gaps:\n  2026-08-07 10:01:00 to 10:02:00 (1m 00s)\n');
    expect(text).toContain('  and 2 more (--json lists all)\n');
  });

  it('says that there is nothing', async () => {
    expect(renderHistoryReport(await summarize([]))).toBe('No minutes in this period.\n');
    expect(renderHistoryReport(await summarize([minuteAt(0, [])]))).toContain('No events in this period.');
  });
});

const REPORT = `Fleet history  2026-08-07 10:00:00 to 10:05:00 UTC (5m 00s)
3 minutes, 60.00 % of the period
1 gap:
  2026-08-07 10:02:00 to 10:04:00 (2m 00s)

All services

event               count  errors      P50      P95      P99    P99.9    SLA   within  breaches
───────────────────────────────────────────────────────────────────────────────────────────────
order_execution     3,000       3  2.00 ms  5.00 ms  5.00 ms  5.00 ms  10 ms  99.67 %        10
signal_generation  37.0 M       0   250 ms   250 ms   250 ms   250 ms      -        -         -
slippage, points      150       0     1.50     1.50     1.50     1.50      4    100 %         0

Worst minute
  order_execution: P99 5.00 ms, 2026-08-07 10:04:00 to 10:05:00
  signal_generation: P99 250 ms, 2026-08-07 10:00:00 to 10:01:00
  slippage: P99 1.50, 2026-08-07 10:00:00 to 10:01:00

orders

event               count  errors      P50      P95      P99    P99.9    SLA   within  breaches
───────────────────────────────────────────────────────────────────────────────────────────────
order_execution     3,000       3  2.00 ms  5.00 ms  5.00 ms  5.00 ms  10 ms  99.67 %        10
signal_generation  37.0 M       0   250 ms   250 ms   250 ms   250 ms      -        -         -

Worst minute
  order_execution: P99 5.00 ms, 2026-08-07 10:04:00 to 10:05:00
  signal_generation: P99 250 ms, 2026-08-07 10:00:00 to 10:01:00

signals

event             count  errors   P50   P95   P99  P99.9  SLA  within  breaches
───────────────────────────────────────────────────────────────────────────────
slippage, points    150       0  1.50  1.50  1.50   1.50    4   100 %         0

Worst minute
  slippage: P99 1.50, 2026-08-07 10:00:00 to 10:01:00
`;
