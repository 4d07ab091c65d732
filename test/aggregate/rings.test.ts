import { beforeEach, describe, expect, it } from 'vitest';
import { EventID } from '../../src/contract/events.ts';
import { MAX_RINGS } from '../../src/state/state-layout.ts';
import { ManualAggregation, type ManualThread } from './manual-aggregation.ts';

const ID = EventID.CANDLE_PROCESSING;
let run: ManualAggregation;
beforeEach(() => {
  run = new ManualAggregation();
});

function record(thread: ManualThread, count: number): void {
  for (let n = 0; n < count; n++) thread.collector.recordValue(ID, 0.001);
  thread.collector.buffer.publish();
}

function conserved(): { recorded: number; aggregated: number } {
  const { recorded, aggregated, overwritten } = run.statistics().ring;
  expect(aggregated + overwritten).toBe(recorded);
  return { recorded, aggregated };
}

describe('several rings', () => {
  it('are read into the same totals', () => {
    const other = run.addThread('other');
    record(run.threads[0], 10);
    record(other, 5);
    run.tick();
    expect([run.of(ID).count, conserved().recorded]).toEqual([15, 15]);
  });

  it('keep their totals when a thread has ended, with what was left in its ring', () => {
    const other = run.addThread('other');
    record(other, 5);
    run.tick();
    record(other, 7);
    other.collector.recordEnd(99, 1);
    run.threads.pop();
    run.aggregation.detach(2);
    expect([run.of(ID).count, conserved().recorded]).toEqual([12, 12]);
    expect(run.statistics().ring.rejected).toMatchObject({ unknown_event: 1 });
    run.tick();
    expect([run.of(ID).count, conserved().recorded]).toEqual([12, 12]);
    run.aggregation.detach(2);
    expect(conserved().recorded).toBe(12);
  });

  it('show quantiles of what a thread left at its end', () => {
    const other = run.addThread('other');
    record(other, 5);
    run.threads.pop();
    run.aggregation.detach(2);
    run.pass(200);
    expect(run.of(ID).quantiles?.p50).toBeCloseTo(0.001, 6);
    expect(run.of(ID).windows['1s'].count).toBe(5);
  });

  it('are not read twice when the worker that has let one go dies before it could say so', () => {
    const other = run.addThread('other');
    record(other, 5);
    run.aggregation.detach(2);
    run.restart();
    run.aggregation.detach(2);
    run.tick();
    expect([run.of(ID).count, conserved().recorded]).toEqual([5, 5]);
  });

  it('count what a lapped thread lost', () => {
    const other = run.addThread('other', { capacityRecords: 16 });
    record(other, 100);
    run.tick();
    expect(conserved()).toEqual({ recorded: 100, aggregated: 12 });
  });

  it('of one name are shown under names that differ', () => {
    run.addThread('pool');
    run.addThread('pool');
    run.tick();
    expect(run.statistics().ring.rings.map(({ ring }) => ring)).toEqual(['main', 'pool', 'pool-2']);
  });

  it(`are at most ${MAX_RINGS} at a time; a place is free again when a thread ends`, () => {
    for (let n = 2; n <= MAX_RINGS; n++) run.addThread(`thread ${n}`, { capacityRecords: 16 });
    const extra = run.addThread('one too many', { capacityRecords: 16 });
    expect(run.aggregation.attach(extra.view)).toBe(false);
    run.aggregation.detach(5);
    expect(run.aggregation.attach(extra.view)).toBe(true);
    record(extra, 3);
    run.tick();
    expect(conserved().recorded).toBe(3);
  });

  it('are each told the rate', () => {
    const other = run.addThread('other');
    run.controls = { ...run.controls, samplingRate: 0.25 };
    run.tick();
    expect(other.collector.samplingRate).toBe(0.25);
    run.controls = { ...run.controls, enabled: false };
    run.tick();
    expect([run.collector.enabled, other.collector.enabled]).toEqual([false, false]);
  });
});
