import { beforeEach, describe, expect, it } from 'vitest';
import { EventID } from '../../src/contract/events.ts';
import type { Statistics } from '../../src/contract/statistics.ts';
import { StateBuffer } from '../../src/state/state-buffer.ts';
import { ManualAggregation } from './manual-aggregation.ts';

const ID = EventID.ORDER_EXECUTION;
const CAPACITY = 256;
let run: ManualAggregation;
beforeEach(() => {
  run = new ManualAggregation(undefined, { capacityRecords: CAPACITY });
});

/** Counters of a picture: what must never go backwards. */
function totals(statistics: Statistics): number[] {
  const { ring, events, overhead } = statistics;
  const { recorded, aggregated, overwritten } = ring;
  return [recorded, aggregated, overwritten, overhead.aggregateSeconds].concat(
    events.flatMap(({ count, errors, breaches, gcSeconds }) => [count, errors, breaches, gcSeconds]),
  );
}

function expectForward(before: readonly number[], after: readonly number[]): void {
  after.forEach((total, i) => {
    expect(total).toBeGreaterThanOrEqual(before[i]);
  });
}

const events = (count: number): void => {
  for (let n = 0; n < count; n++) run.event(ID, n % 8, { outcome: n % 5 === 0 ? 1 : 0 });
};

/** Restarts on a clock that throws at its n-th look, and ticks; false when the tick came through. */
function crashesAt(look: number): boolean {
  let looks = 0;
  run.restart(() => {
    looks++;
    if (looks === look) throw new Error('killed');
    return run.now;
  });
  try {
    run.tick();
    return false;
  } catch {
    return true;
  }
}

describe('a worker that dies in the middle of a tick', () => {
  it('wherever it dies, leaves totals that its successor takes up: none is lost, counted twice or goes backwards', () => {
    events(50);
    run.tick();
    let expected = 50;
    let look = 1;
    let isCrashing = true;
    while (isCrashing) {
      events(30);
      expected += 30;
      const before = totals(run.statistics());
      isCrashing = crashesAt(look++);
      // Only another thread can look now.
      const left = new StateBuffer(run.catalogue, run.shared);
      expectForward(before, totals(run.statistics(left)));
      run.restart();
      run.tick();
      const { recorded, aggregated, overwritten } = run.statistics().ring;
      expect({ recorded, aggregated, overwritten }).toEqual({
        recorded: expected,
        aggregated: expected,
        overwritten: 0,
      });
      expect(run.of(ID).count).toBe(expected);
    }
    expect(look).toBeGreaterThan(3);
  });

  it('after it had changed the state, leaves no trace of the change', () => {
    events(20);
    run.tick();
    const before = run.statistics();
    events(60);
    run.event(EventID.CANDLE_PROCESSING, 60);
    run.onSla = () => {
      throw new Error('killed while it told of an SLA');
    };
    run.restart();
    expect(() => run.tick()).toThrow('killed while it told of an SLA');
    expect(totals(run.statistics())).toEqual(totals(before));
    run.onSla = () => undefined;
    run.restart();
    run.tick();
    expect([run.of(ID).count, run.statistics().ring.recorded]).toEqual([80, 81]);
  });

  it('and comes back late counts what was overwritten meanwhile', () => {
    events(10);
    run.tick();
    events(1000);
    run.restart();
    run.tick();
    const { recorded, aggregated, overwritten } = run.statistics().ring;
    expect([recorded, aggregated + overwritten]).toEqual([1010, 1010]);
    expect(aggregated).toBe(run.of(ID).count);
    expect(overwritten).toBeGreaterThanOrEqual(1000 - CAPACITY);
  });
});
