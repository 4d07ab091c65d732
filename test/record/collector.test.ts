import { beforeEach, describe, expect, it } from 'vitest';
import { monotonicMillis } from '../../src/contract/clock.ts';
import { EventID, Outcome } from '../../src/contract/events.ts';
import { CONTROL, COST_BYTES, encodeControl } from '../../src/contract/record.ts';
import { calibrate } from '../../src/record/calibration.ts';
import {
  defaultCollector,
  MetricsCollector,
  NOT_MEASURED,
  setDefaultCollector,
} from '../../src/record/collector.ts';
import { LockFreeRingBuffer } from '../../src/record/ring-buffer.ts';
import { recordsOf } from './ring-contents.ts';

let now = 1000;
let collector: MetricsCollector;

beforeEach(() => {
  now = 1000;
  collector = new MetricsCollector({ capacityRecords: 64, clock: () => now });
});

function event(id: number, millis: number): boolean {
  const start = collector.recordStart(id);
  now += millis;
  collector.recordEnd(id, start);
  return start !== NOT_MEASURED;
}

describe('a collector', () => {
  it('records when an event began, how long it took, how it ended, its symbol and its trace', () => {
    const symbol = collector.symbol('ES');
    const trace = Uint8Array.from({ length: 16 }, (_, i) => 255 - i);
    const start = collector.recordStart(EventID.ORDER_EXECUTION);
    now += 3;
    collector.recordEnd(EventID.ORDER_EXECUTION, start, Outcome.ERROR, symbol, trace);
    event(EventID.EVENT_BUS_HANDLE, 2);
    expect(recordsOf(collector.buffer)).toEqual([
      { event: 2, start: 1000, value: Math.fround(0.003), outcome: 1, symbol, trace: [...trace] },
      { event: 4, start: 1003, value: Math.fround(0.002), outcome: 0, symbol: 0, trace: null },
    ]);
  });

  it('records a value as it is given', () => {
    collector.recordValue(EventID.ORDER_EXECUTION, -2.5, Outcome.OK, 9);
    expect(recordsOf(collector.buffer)).toMatchObject([{ event: 2, start: 1000, value: -2.5, symbol: 9 }]);
  });

  it('lets events overlap', () => {
    const first = collector.recordStart(0);
    now += 1;
    const second = collector.recordStart(0);
    now += 1;
    collector.recordEnd(0, first);
    now += 1;
    collector.recordEnd(0, second);
    expect(recordsOf(collector.buffer).map(({ value }) => value)).toEqual([0.002, 0.002].map(Math.fround));
  });

  it('measures nothing from the next event on when it is switched off, and again when on', () => {
    expect(event(0, 1)).toBe(true);
    collector.enabled = false;
    expect([event(0, 1), collector.enabled]).toEqual([false, false]);
    collector.enabled = true;
    expect([event(0, 1), collector.enabled]).toEqual([true, true]);
    expect(recordsOf(collector.buffer)).toHaveLength(2);
  });

  it('records an event that began before it was switched off', () => {
    const start = collector.recordStart(0);
    collector.enabled = false;
    collector.recordEnd(0, start);
    expect(recordsOf(collector.buffer)).toHaveLength(1);
  });

  it('cannot be switched on, nor sampled, against the options', () => {
    collector = new MetricsCollector({ capacityRecords: 64, enabled: false });
    collector.enabled = true;
    collector.samplingRate = 1;
    expect([event(0, 1), collector.enabled, collector.samplingRate]).toEqual([false, false, 0]);
  });

  it('follows what another thread writes into its control word with the next event', () => {
    Atomics.store(collector.buffer.header, CONTROL, 0);
    expect(event(0, 1)).toBe(false);
    Atomics.store(collector.buffer.header, CONTROL, encodeControl(1, false));
    expect(event(0, 1)).toBe(true);
  });

  it('takes the same decisions from the same seed', () => {
    const decisions = (seed: number): boolean[] => {
      collector = new MetricsCollector({ capacityRecords: 64, samplingRate: 0.3, seed });
      return Array.from({ length: 200 }, () => collector.recordStart(0) !== NOT_MEASURED);
    };
    expect(decisions(77)).toEqual(decisions(77));
    expect(decisions(77)).not.toEqual(decisions(78));
  });

  it('hands an event that sampling skips out as not measured, which its end ignores', () => {
    collector = new MetricsCollector({ capacityRecords: 64, samplingRate: 0.01, seed: 5 });
    const measured = Array.from({ length: 50 }, () => event(0, 1)).filter(Boolean).length;
    expect(measured).toBeLessThan(50);
    expect(recordsOf(collector.buffer)).toHaveLength(measured);
  });

  it('tells its aggregator of the rate that the application asks for', () => {
    const asked: number[] = [];
    collector.buffer.directory.rateListener = (rate) => asked.push(rate);
    collector.samplingRate = 0.25;
    collector.samplingRate = 7;
    expect([asked, collector.samplingRate]).toEqual([[0.25], 0.25]);
  });
});

describe('calibrate', () => {
  it('leaves the price of a recorded and of a skipped event in the ring, the default collector and the ring as they were', () => {
    setDefaultCollector(collector);
    const ring = new LockFreeRingBuffer(64);
    calibrate(ring);
    const [recorded, skipped] = new Float64Array(ring.shared, COST_BYTES, 2);
    expect(recorded).toBeGreaterThan(0);
    expect(skipped).toBeGreaterThan(0);
    expect(recordsOf(ring)).toEqual([]);
    expect(defaultCollector()).toBe(collector);
    setDefaultCollector(undefined);
  });

  it("counts what the application's own clock costs, whichever that is", () => {
    let looks = 0;
    const clock = (): number => {
      looks += 1;
      const end = monotonicMillis() + 0.1;
      let now = monotonicMillis();
      while (now < end) now = monotonicMillis();
      return now;
    };
    const { buffer } = new MetricsCollector({ capacityRecords: 64, clock });
    calibrate(buffer)();
    const [recorded, skipped] = new Float64Array(buffer.shared, COST_BYTES, 2);
    expect(recorded).toBeGreaterThan(0.0002);
    expect(skipped).toBeLessThan(0.0001);
    // A round of so slow a clock is cut short: the application is not held up for long.
    expect(looks).toBeLessThan(200);
    setDefaultCollector(undefined);
  });
});
