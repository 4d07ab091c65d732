import { describe, expect, it } from 'vitest';
import { EventID } from '../../src/contract/events.ts';
import { StateBuffer } from '../../src/state/state-buffer.ts';
import { ManualAggregation } from './manual-aggregation.ts';

const EVENT = EventID.ORDER_EXECUTION;

/** As another thread reads. */
function look(manual: ManualAggregation): number {
  return manual.statistics(new StateBuffer(manual.catalogue, manual.shared)).events[EVENT].count;
}

function publish(manual: ManualAggregation): void {
  for (const { collector } of manual.threads) collector.buffer.publish();
}

describe('what the worker thread itself reads', () => {
  it('holds what was published until then, where the last tick was a windows slice ago', () => {
    const manual = new ManualAggregation();
    manual.tick();
    manual.event(EVENT, 3);
    publish(manual);
    expect(manual.of(EVENT).count).toBe(0);

    manual.now += 100;
    expect(manual.of(EVENT).count).toBe(1);
    expect(manual.windowCounts(EVENT)[0]).toEqual({ count: 1, inDigest: 1 });
  });

  it('follows the options of the last tick', () => {
    const manual = new ManualAggregation();
    manual.controls = { ...manual.controls, aggregationEnabled: false };
    manual.tick();
    manual.event(EVENT, 3);
    publish(manual);

    manual.now += 100;
    expect(manual.of(EVENT).count).toBe(0);
  });
});

describe('the time to the next tick', () => {
  it('is short at first and while another thread reads, otherwise longer', () => {
    const manual = new ManualAggregation();
    manual.tick();
    expect(manual.aggregation.tickIntervalMillis).toBe(100);
    manual.pass(6000);
    expect(manual.aggregation.tickIntervalMillis).toBe(250);

    manual.of(EVENT);
    manual.pass(200);
    expect(manual.aggregation.tickIntervalMillis).toBe(250);

    look(manual);
    manual.pass(4900);
    expect(manual.aggregation.tickIntervalMillis).toBe(100);
    manual.pass(200);
    expect(manual.aggregation.tickIntervalMillis).toBe(250);
  });
});
