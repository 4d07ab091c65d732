import { beforeEach, describe, expect, it } from 'vitest';
import { defineEvents } from '../../src/contract/events.ts';
import { MetricsCollector, NOT_MEASURED } from '../../src/record/collector.ts';
import { ManualAggregation } from '../aggregate/manual-aggregation.ts';

const EVENTS = defineEvents({ request: { slaMillis: 9 } });
const REQUEST = EVENTS.id.request;
const SEEDS = 400;
/** Seeds whose bits are spread; small numbers in a row begin with small random numbers. */
const seedOf = (i: number): number => Math.imul(i + 1, 0x9e37_79b1) | 1;

let run: ManualAggregation;
beforeEach(() => {
  run = new ManualAggregation(EVENTS, { capacityRecords: 65_536, seed: seedOf(0) });
});

/** How many standard errors the mean of the figures is away from what it should be. */
function deviation(figures: readonly number[], expected: number): number {
  const mean = figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
  const variance = figures.reduce((sum, figure) => sum + (figure - mean) ** 2, 0) / (figures.length - 1);
  return Math.abs(mean - expected) / Math.sqrt(variance / figures.length);
}

describe('a sampled share of events', () => {
  it.each([0.01, 0.1, 0.5, 0.99])('is binomial at a rate of %d', (rate) => {
    const trials = 500;
    const chiSquare = Array.from({ length: SEEDS }, (_, i) => {
      const collector = new MetricsCollector({ capacityRecords: 16, samplingRate: rate, seed: seedOf(i) });
      let measured = 0;
      for (let n = 0; n < trials; n++) measured += collector.recordStart(0) === NOT_MEASURED ? 0 : 1;
      return (measured - trials * rate) ** 2 / (trials * rate * (1 - rate));
    }).reduce((sum, term) => sum + term, 0);
    // Chi-square of SEEDS degrees of freedom: mean SEEDS, standard deviation sqrt(2 SEEDS).
    expect(Math.abs(chiSquare - SEEDS) / Math.sqrt(2 * SEEDS)).toBeLessThan(4);
  });

  it('does not depend on whether the event before was measured', () => {
    const collector = new MetricsCollector({ capacityRecords: 16, samplingRate: 0.5, seed: seedOf(3) });
    const pairs = [0, 0, 0, 0];
    let before = 0;
    for (let n = 0; n < 40_000; n++) {
      const next = collector.recordStart(0) === NOT_MEASURED ? 0 : 1;
      pairs[before * 2 + next]++;
      before = next;
    }
    for (const pair of pairs) expect(Math.abs(pair - 10_000) / Math.sqrt(10_000 * 0.75)).toBeLessThan(4);
  });
});

/** Runs a scenario once a seed; returns what each made of it. */
function acrossSeeds<T>(options: { keepBreaches?: boolean }, scenario: (run: ManualAggregation) => T): T[] {
  return Array.from({ length: SEEDS }, (_, i) => {
    const run = new ManualAggregation(EVENTS, { capacityRecords: 4096, seed: seedOf(i) });
    run.controls = { ...run.controls, ...options };
    return scenario(run);
  });
}

/** Requests of 1 to 10 ms, every tenth of which breaks its SLA and every fourth of which fails. */
function requests(run: ManualAggregation, count: number): void {
  for (let n = 0; n < count; n++) run.event(REQUEST, 1 + (n % 10), { outcome: n % 4 === 0 ? 1 : 0 });
}

describe.each([{ keepBreaches: false }, { keepBreaches: true }])('the estimate with %o', (options) => {
  it('of counts, errors, breaches, sum and median is unbiased', () => {
    const figures = acrossSeeds(options, (run) => {
      run.controls = { ...run.controls, samplingRate: 0.1 };
      run.tick();
      requests(run, 400);
      run.tick();
      return run.of(REQUEST);
    });
    expect(
      deviation(
        figures.map(({ count }) => count),
        400,
      ),
    ).toBeLessThan(4);
    expect(
      deviation(
        figures.map(({ errors }) => errors),
        100,
      ),
    ).toBeLessThan(4);
    expect(
      deviation(
        figures.map(({ count, mean }) => count * (mean ?? 0)),
        2.2,
      ),
    ).toBeLessThan(4);
    const breaches = figures.map((figure) => figure.breaches);
    if (options.keepBreaches) expect(new Set(breaches)).toEqual(new Set([40]));
    else expect(deviation(breaches, 40)).toBeLessThan(4);
    const medians = figures.map(({ quantiles }) => (quantiles?.p50 ?? 0) * 1e3).sort((a, b) => a - b);
    expect(medians[SEEDS / 2]).toBeGreaterThan(4.5);
    expect(medians[SEEDS / 2]).toBeLessThan(6.5);
  });

  it('is unbiased across changes of the rate while events are under way', () => {
    const rates = [0.5, 0.05, 1, 0.2, 0.8];
    const figures = acrossSeeds(options, (run) => {
      const underWay: number[] = [];
      for (const samplingRate of rates) {
        run.controls = { ...run.controls, samplingRate };
        run.tick();
        for (let n = 0; n < 60; n++) {
          run.now += 1;
          underWay.push(run.collector.recordStart(REQUEST));
          run.event(REQUEST, 0);
          // Each of these takes 30 ms: half of them end at the next rate.
          if (underWay.length > 30) run.collector.recordEnd(REQUEST, underWay.shift() ?? 0);
        }
        run.now += 0.5;
      }
      for (const start of underWay) run.collector.recordEnd(REQUEST, start);
      run.tick();
      return run.of(REQUEST).count;
    });
    expect(deviation(figures, 600)).toBeLessThan(4);
  });
});

describe('a change of rate', () => {
  const beginAt = (samplingRate: number): number => {
    run.controls = { ...run.controls, samplingRate };
    run.tick();
    run.now += 1;
    let start = 0;
    while (start === 0) start = run.collector.recordStart(REQUEST);
    return start;
  };

  it('leaves an event the weight of the rate at its start', () => {
    const slow = beginAt(0.25);
    const quick = beginAt(0.5);
    run.now += 1;
    run.collector.recordEnd(REQUEST, quick);
    run.tick();
    expect(run.of(REQUEST).count).toBe(2);
    beginAt(1);
    run.collector.recordEnd(REQUEST, slow);
    run.tick();
    expect(run.of(REQUEST).count).toBe(6);
  });

  it('is known for the last 31 changes, and the oldest of them stands for what is older', () => {
    const starts = Array.from({ length: 40 }, (_, i) => beginAt(1 / 2 ** (i % 6)));
    for (const start of starts.slice(9)) run.collector.recordEnd(REQUEST, start);
    run.tick();
    const weights = starts.map((_, i) => 2 ** (i % 6)).slice(9);
    expect(run.of(REQUEST).count).toBe(weights.reduce((sum, weight) => sum + weight, 0));
  });

  it('changes nothing of what was skipped: an event that sampling left out stays out', () => {
    run.controls = { ...run.controls, samplingRate: 0.01 };
    run.tick();
    let start = 1;
    while (start !== NOT_MEASURED) start = run.collector.recordStart(REQUEST);
    run.controls = { ...run.controls, samplingRate: 1 };
    run.tick();
    run.collector.recordEnd(REQUEST, start);
    run.tick();
    expect(run.of(REQUEST).count).toBe(0);
  });
});
