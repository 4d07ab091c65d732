import { beforeEach, describe, expect, it } from 'vitest';
import { COST_BYTES } from '../../src/contract/record.ts';
import { ManualAggregation } from './manual-aggregation.ts';

const CAPACITY = 8192;
let run: ManualAggregation;
beforeEach(() => {
  run = new ManualAggregation(undefined, { capacityRecords: CAPACITY });
  run.controls = { ...run.controls, adaptiveSampling: true };
  run.tick();
});

const rate = (): number => run.statistics().sampling.ratio;

/** A second of events at an even pace; returns the rates that were in force. */
function busySeconds(seconds: number, eventsPerTick: number): number[] {
  const rates: number[] = [];
  for (let tick = 0; tick < seconds * 10; tick++) {
    for (let n = 0; n < eventsPerTick; n++) run.event(0, 0);
    run.now += 100;
    run.tick();
    if (rates.at(-1) !== rate()) rates.push(rate());
  }
  return rates;
}

/** What calibration leaves: the price of a recorded event. */
const setPrice = (seconds: number): void => {
  new Float64Array(run.collector.buffer.shared, COST_BYTES, 2)[0] = seconds;
};

describe('adaptive sampling', () => {
  it('leaves the rate alone while there is room', () => {
    expect(busySeconds(5, 100)).toEqual([1]);
  });

  it('halves the rate while a ring fills by more than half between two reads, and stays there', () => {
    expect(busySeconds(3, 5000)).toEqual([0.5]);
    expect(busySeconds(3, 15_000)).toEqual([0.25]);
  });

  it('settles below the budget for overhead, and does not swing', () => {
    // 1,000 events/s at 30 µs are 3 % of the thread; the budget is 1 %.
    setPrice(30e-6);
    expect(busySeconds(30, 100)).toEqual([1, 0.5, 0.25]);
    expect(busySeconds(30, 100)).toEqual([0.25]);
  });

  it('raises the rate again, step by step, when load has fallen', () => {
    setPrice(30e-6);
    busySeconds(20, 100);
    expect(rate()).toBe(0.25);
    expect(busySeconds(20, 2)).toEqual([0.25, 0.5, 1]);
  });

  it('does not raise the rate where that would break the budget again', () => {
    setPrice(30e-6);
    busySeconds(20, 100);
    // At 0.8 of the load the lowered rate costs 0.6 %, too much to double.
    expect(busySeconds(20, 80)).toEqual([0.25]);
  });

  it('lowers the rate when records were lost', () => {
    busySeconds(1, 9000);
    expect(run.statistics().ring.overwritten).toBeGreaterThan(0);
    expect(rate()).toBeLessThan(1);
  });

  it('follows a change of the target at once, keeping what it has lowered', () => {
    setPrice(30e-6);
    busySeconds(20, 100);
    run.controls = { ...run.controls, samplingRate: 0.4 };
    run.tick();
    expect(rate()).toBeCloseTo(0.1, 8);
    expect(run.statistics().sampling.targetRatio).toBe(0.4);
  });

  it('is at the target again as soon as it is switched off', () => {
    setPrice(30e-6);
    busySeconds(20, 100);
    run.controls = { ...run.controls, adaptiveSampling: false };
    run.tick();
    expect(rate()).toBe(1);
    run.controls = { ...run.controls, adaptiveSampling: true };
    run.tick();
    expect(rate()).toBe(1);
  });

  it('never goes below 1 %', () => {
    setPrice(1);
    busySeconds(60, 100);
    expect(rate()).toBeCloseTo(0.01, 8);
  });
});
