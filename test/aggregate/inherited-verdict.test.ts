import { beforeEach, describe, expect, it } from 'vitest';
import { EventID } from '../../src/contract/events.ts';
import { ManualAggregation } from './manual-aggregation.ts';

let run: ManualAggregation;
beforeEach(() => {
  run = new ManualAggregation();
  run.pass(1000);
  run.event(EventID.ORDER_EXECUTION, 50);
  run.pass(1000);
});

const broken = (): readonly string[] => run.of(EventID.ORDER_EXECUTION).sla?.broken ?? [];
const recoveries = (): string[] =>
  run.changes.filter(({ kind }) => kind === 'recovery').map(({ change }) => change.window);

describe('an SLA that was broken when the worker died', () => {
  it('is not called kept by a worker that has only empty windows', () => {
    expect(broken()).toContain('1m');
    const before = recoveries();
    run.restart();
    run.pass(500);
    expect(broken()).toContain('1m');
    expect(recoveries()).toEqual(before);
  });

  it('recovers once its window has passed, without any event', () => {
    run.restart();
    run.pass(70_000);
    expect(broken()).toEqual([]);
    expect(recoveries().sort()).toEqual(['1m', '1s', '5s']);
  });
});
