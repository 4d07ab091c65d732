import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventID } from '../../src/contract/events.ts';
import { KIND_GC, KIND_STALL, LOOP_BYTES } from '../../src/contract/record.ts';
import { ManualAggregation, type ManualThread } from './manual-aggregation.ts';

const ID = EventID.CANDLE_PROCESSING;
let run: ManualAggregation;
beforeEach(() => {
  run = new ManualAggregation();
});

function record(thread: ManualThread, count: number): void {
  for (let n = 0; n < count; n++) thread.collector.recordValue(ID, 0.001);
}

function beat(thread: ManualThread, count: number, seconds: number): void {
  const loop = new Float64Array(thread.collector.buffer.shared, LOOP_BYTES, 2);
  loop[0] += seconds * 1e6;
  loop[1] += count;
}

describe('the events offered', () => {
  it('are all that began, at any rate and while disabled', () => {
    const ways = [
      { samplingRate: 1 },
      { samplingRate: 0.25 },
      { samplingRate: 0.01, keepBreaches: true },
      { enabled: false },
    ];
    for (const [i, way] of ways.entries()) {
      run.controls = { ...run.controls, enabled: true, keepBreaches: false, ...way };
      run.tick();
      record(run.threads[0], 1000);
      run.tick();
      expect(run.totals().offered).toBe(1000 * (i + 1));
    }
    const { skipped } = run.totals();
    expect(skipped).toBe(4000 - run.statistics().ring.recorded);
    expect(skipped).toBeGreaterThan(2000);
  });

  it('are events only: no garbage collection, no stall', () => {
    record(run.threads[0], 10);
    run.collector.buffer.write(run.now, 0.01, KIND_GC);
    run.collector.buffer.write(run.now, 0.2, KIND_STALL);
    run.tick();
    expect([run.statistics().ring.recorded, run.totals().offered]).toEqual([12, 10]);
  });

  it('count what was overwritten', () => {
    const lapped = run.addThread('lapped', { capacityRecords: 16 });
    record(lapped, 500);
    run.tick();
    expect(run.statistics().ring.overwritten).toBeGreaterThan(400);
    expect(run.totals().offered).toBe(500);
  });

  it('that began before there was an aggregation count too', () => {
    const early = run.addThread('early', { enabled: false });
    record(early, 7);
    run.restart();
    run.controls = { ...run.controls, enabled: false };
    run.tick();
    expect(run.totals()).toMatchObject({ offered: 7, skipped: 7 });
  });
});

describe('totals of what is counted measured or not', () => {
  it('are of all threads, and stay when one has ended, with what it counted last', () => {
    run.controls = { ...run.controls, enabled: false };
    const other = run.addThread('other');
    run.tick();
    for (const thread of run.threads) {
      record(thread, 5);
      beat(thread, 50, 0.25);
    }
    run.tick();
    const all = { skipped: 10, offered: 10, loopBeats: 100, loopDelaySeconds: 0.5 };
    expect(run.totals()).toEqual(all);
    record(other, 3);
    beat(other, 1, 1);
    run.threads.pop();
    run.aggregation.detach(2);
    const ended = { skipped: 13, offered: 13, loopBeats: 101, loopDelaySeconds: 1.5 };
    expect(run.totals()).toEqual(ended);
    run.aggregation.detach(2);
    run.restart();
    run.tick();
    expect(run.totals()).toEqual(ended);
  });

  it('do not mistake what a ring left for that of the next in its place', () => {
    run.controls = { ...run.controls, enabled: false };
    run.tick();
    for (let n = 2; n < 140; n++) {
      const thread = run.addThread(`thread ${n}`, { capacityRecords: 16, enabled: false });
      record(thread, 1);
      beat(thread, 1, 0.5);
      run.aggregation.detach(thread.view.number);
      expect(run.totals()).toEqual({
        skipped: n - 1,
        offered: n - 1,
        loopBeats: n - 1,
        loopDelaySeconds: (n - 1) / 2,
      });
    }
  });

  it('never fall, and end at what there was, whatever threads and workers do', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('record'), of: fc.nat(9), count: fc.nat(40) }) },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constantFrom('tick', 'toggle', 'restart'), of: fc.nat(9) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('begin', 'end'), of: fc.nat(9) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const fresh = new ManualAggregation();
        const alive = [...fresh.threads];
        let begun = 0;
        let before = fresh.totals();
        const check = (): void => {
          const after = fresh.totals();
          for (const key of ['skipped', 'offered', 'loopBeats', 'loopDelaySeconds'] as const)
            expect(after[key]).toBeGreaterThanOrEqual(before[key]);
          before = after;
        };
        for (const { kind, of, ...rest } of steps) {
          const thread = alive[of % alive.length];
          if (kind === 'record' && 'count' in rest) {
            record(thread, rest.count);
            beat(thread, 1, rest.count / 10);
            begun += rest.count;
          } else if (kind === 'toggle') {
            fresh.controls = { ...fresh.controls, enabled: !fresh.controls.enabled };
          } else if (kind === 'restart') fresh.restart();
          else if (kind === 'begin') alive.push(fresh.addThread('other', { capacityRecords: 64 }));
          else if (kind === 'end' && alive.length > 1) {
            thread.collector.buffer.publish();
            fresh.aggregation.detach(thread.view.number);
            alive.splice(alive.indexOf(thread), 1);
          } else fresh.tick();
          check();
        }
        fresh.tick();
        check();
        expect(before.offered).toBe(begun);
      }),
      { seed: 6, numRuns: 100 },
    );
  });
});
