import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { defineEvents, Outcome } from '../../src/contract/events.ts';
import { ManualAggregation } from './manual-aggregation.ts';

const EVENTS = defineEvents({
  request: { slaMillis: 4 },
  slippage: { unit: 'basis_points', slaValue: 2 },
  plain: {},
});
const { request, slippage, plain } = EVENTS.id;

let run: ManualAggregation;
beforeEach(() => {
  run = new ManualAggregation(EVENTS);
});

describe('totals', () => {
  it('are exact: counts, errors, breaches, minimum, maximum and mean of any events', () => {
    const event = fc.record({ id: fc.constantFrom(request, plain), millis: fc.nat(12), fails: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.array(event, { maxLength: 60 }), { maxLength: 8 }), (ticks) => {
        const fresh = new ManualAggregation(EVENTS);
        for (const events of ticks) {
          for (const { id, millis, fails } of events) fresh.event(id, millis, { outcome: fails ? 1 : 0 });
          fresh.tick();
        }
        for (const id of [request, plain]) {
          const expected = ticks.flat().filter((one) => one.id === id);
          const millis = expected.map((one) => one.millis);
          const { count, errors, breaches, min, max, mean } = fresh.of(id);
          expect({ count, errors, breaches }).toEqual({
            count: expected.length,
            errors: expected.filter(({ fails }) => fails).length,
            breaches: id === request ? millis.filter((duration) => duration > 4).length : 0,
          });
          if (expected.length === 0) continue;
          expect([min, max]).toEqual(
            [Math.min(...millis), Math.max(...millis)].map((ms) => Math.fround(ms / 1e3)),
          );
          expect(mean).toBeCloseTo(millis.reduce((sum, ms) => sum + ms, 0) / millis.length / 1e3, 7);
        }
        const { recorded, aggregated, overwritten } = fresh.statistics().ring;
        expect([recorded, aggregated, overwritten]).toEqual([ticks.flat().length, ticks.flat().length, 0]);
      }),
      { numRuns: 60 },
    );
  });

  it('count a value that equals its SLA as kept', () => {
    run.event(request, 4);
    run.event(request, 4.001);
    run.tick();
    expect(run.of(request)).toMatchObject({ count: 2, breaches: 1, compliance: 0.5 });
  });

  it('hold events that are no duration, negative ones too, against their own SLA', () => {
    for (const value of [-3, 0, 2, 2.5]) run.collector.recordValue(slippage, value, Outcome.OK);
    run.tick();
    expect(run.of(slippage)).toMatchObject({
      unit: 'basis_points',
      count: 4,
      breaches: 1,
      min: -3,
      max: 2.5,
    });
  });

  it('have quantiles within a percent, and none before the first event', () => {
    expect(run.of(plain).quantiles).toBeNull();
    for (let n = 1; n <= 2000; n++) run.event(plain, n / 100);
    run.tick();
    const quantiles = run.of(plain).quantiles ?? { p50: 0, p95: 0, p99: 0, p999: 0 };
    for (const [value, share] of [
      [quantiles.p50, 0.5],
      [quantiles.p95, 0.95],
      [quantiles.p99, 0.99],
      [quantiles.p999, 0.999],
    ])
      expect(Math.abs(value - share * 0.02) / (share * 0.02)).toBeLessThan(0.01);
  });

  it('say when aggregation began, how long it has run, and which options are in force', () => {
    run.tick();
    run.controls = { ...run.controls, generation: 7, isFileBad: true, samplingRate: 0.5, keepBreaches: true };
    run.pass(2000);
    const { uptimeSeconds, sampling } = run.statistics();
    expect(uptimeSeconds).toBe(2);
    expect(sampling).toEqual({
      enabled: true,
      ratio: 0.5,
      targetRatio: 0.5,
      keepBreaches: true,
      configGeneration: 7,
      configFileOk: false,
    });
  });

  it('show that nothing is measured, switched off by the options or by the application', () => {
    run.tick();
    run.collector.enabled = false;
    run.tick();
    expect(run.statistics().sampling).toMatchObject({ enabled: false, ratio: 0, targetRatio: 1 });
    run.collector.enabled = true;
    run.controls = { ...run.controls, enabled: false };
    run.tick();
    expect(run.statistics().sampling).toMatchObject({ enabled: false, ratio: 0, targetRatio: 0 });
    expect(run.collector.enabled).toBe(false);
  });

  it('hold what the library itself costs', () => {
    run.tick();
    run.cpu = 0.25;
    run.pass(5000);
    expect(run.statistics().overhead).toMatchObject({ aggregateSeconds: 0.25, aggregateRatio: 0.05 });
  });
});

describe('aggregation that is switched off', () => {
  it('leaves records to be overwritten, and counts them when it goes on', () => {
    const small = new ManualAggregation(EVENTS, { capacityRecords: 64 });
    small.event(request, 1);
    small.tick();
    small.controls = { ...small.controls, aggregationEnabled: false };
    for (let n = 0; n < 200; n++) small.event(request, 1);
    small.tick();
    expect(small.of(request).count).toBe(1);
    expect(small.statistics().ring.rings).toEqual([{ ring: 'main', backlog: 64, capacity: 64 }]);
    small.controls = { ...small.controls, aggregationEnabled: true };
    small.tick();
    const { recorded, aggregated, overwritten } = small.statistics().ring;
    expect({ recorded, aggregated }).toEqual({ recorded: 201, aggregated: small.of(request).count });
    expect(aggregated + overwritten).toBe(recorded);
    expect(overwritten).toBeGreaterThanOrEqual(200 - 64);
  });
});
