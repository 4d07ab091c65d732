import { describe, expect, it } from 'vitest';
import { type FleetSummary, summarizeMinutes } from '../../../src/fleet/history/fleet-summary.ts';
import { minuteText, parseMinute } from '../../../src/fleet/history/minute-dump.ts';
import type { Minute } from '../../../src/fleet/minute.ts';
import { DISTRIBUTIONS, drawSamples, seededUniform } from '../../sketch/distributions.ts';
import { ExactOracle, relativeError } from '../../sketch/exact-oracle.ts';
import { each, eventOf, minuteAt } from './minutes.ts';

const DAY_OF_MINUTES = 1440;
const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99, p999: 0.999 } as const;

/** Through the text that stands in the files. */
const throughText = (minute: Minute): Minute => parseMinute(minuteText(minute));

/** How many events a minute has: few by night, many by day, as a sine over the day, and now and then none. */
function loadOf(minute: number, uniform: () => number): number {
  if (uniform() < 0.02) return 0;
  return Math.round(20 + 200 * (1 + Math.sin((2 * Math.PI * minute) / 1440)) * (0.5 + uniform()));
}

/** Values of each minute: the whole sample cut into minutes, some of them ten times slower. */
function minutesOf(name: string, seed: number): Float32Array[] {
  const uniform = seededUniform(seed);
  const loads = Array.from({ length: DAY_OF_MINUTES }, (_, i) => loadOf(i, uniform));
  const samples = drawSamples(
    name,
    loads.reduce((a, b) => a + b),
    seed + 1,
  );
  let from = 0;
  return loads.map((load) => {
    const values = samples.slice(from, from + load);
    from += load;
    return uniform() < 0.05 ? values.map((value) => 10 * value) : values;
  });
}

function expectExact(events: FleetSummary['events'], service: string, values: readonly Float32Array[]): void {
  const found = events.find((event) => event.service === service);
  const oracle = new ExactOracle(values.flatMap((some) => [...some]));
  expect(found?.count).toBe(oracle.sorted.length);
  for (const [name, q] of Object.entries(QUANTILES)) {
    const estimate = found?.quantiles?.[name as keyof typeof QUANTILES] ?? Number.NaN;
    expect(relativeError(estimate, oracle.quantile(q)), `${service} ${name}`).toBeLessThanOrEqual(0.01);
  }
}

describe('quantiles of a period', () => {
  it.each(Object.keys(DISTRIBUTIONS))(
    'are within 1 percent of the exact ones of a day (%s), merged from minutes',
    async (name) => {
      const values = minutesOf(name, 7);
      const minutes = values.map((some, i) => throughText(minuteAt(i, [eventOf(some)])));
      const { events, coverage } = await summarizeMinutes(each(minutes));
      expectExact(events, 'orders', values);
      expectExact(events, '', values);
      expect(coverage).toBe(1);
    },
  );

  it.each(['lognormal', 'exponential', 'pareto'])('are as near after busy minutes (%s)', async (name) => {
    const samples = drawSamples(name, 60 * 5000, 5);
    const values = Array.from({ length: 60 }, (_, i) => samples.subarray(5000 * i, 5000 * (i + 1)));
    const minutes = values.map((some, i) => throughText(minuteAt(i, [eventOf(some)])));
    expectExact((await summarizeMinutes(each(minutes))).events, 'orders', values);
  });

  it('are those of all services together, however unlike they are', async () => {
    const [orders, signals] = [
      minutesOf('lognormal', 11),
      minutesOf('pareto', 13).map((v) => v.map((x) => 5 * x)),
    ];
    const minutes = orders.map((some, i) =>
      throughText(minuteAt(i, [eventOf(some), eventOf(signals[i], { service: 'signals' })])),
    );
    const { events } = await summarizeMinutes(each(minutes));
    expectExact(events, 'orders', orders);
    expectExact(events, 'signals', signals);
    expectExact(events, '', [...orders, ...signals]);
  });

  it('weigh each minute by its exact count, not by what its window happened to hold', async () => {
    const minutes = [
      minuteAt(0, [eventOf(new Float32Array(90).fill(0.001), { count: 9000 })]),
      minuteAt(1, [eventOf(new Float32Array(500).fill(0.002), { count: 1000 })]),
    ];
    const [all] = (await summarizeMinutes(each(minutes))).events;
    expect(all.count).toBe(10_000);
    expect(all.quantiles?.p50).toBeCloseTo(0.001, 6);
    expect(all.quantiles?.p95).toBeCloseTo(0.002, 6);
    const fewer = [minutes[0], minuteAt(1, [eventOf(new Float32Array(500).fill(0.002), { count: 400 })])];
    expect((await summarizeMinutes(each(fewer))).events[0].quantiles?.p95).toBeCloseTo(0.001, 6);
  });
});
