import { beforeEach, describe, expect, it } from 'vitest';
import {
  DEPARTED_MILLIS,
  MAX_DEPARTED_RUNS,
  MAX_DEPARTED_RUNS_OF_TARGET,
  MAX_FOLDED_EVENTS,
  MAX_FOLDED_RUNS,
  MAX_FOLDED_RUNS_OF_TARGET,
} from '../../../src/fleet/merge/limits.ts';
import { MergedService } from '../../../src/fleet/merge/merged-service.ts';
import { Run } from '../../../src/fleet/merge/run.ts';
import { RunLedger } from '../../../src/fleet/merge/run-ledger.ts';
import { FakePod, NOON } from './fake-pod.ts';

const service = new MergedService('trading', null);
const nothing = new FakePod(NOON).snapshot();
const something = new FakePod(NOON).record('order_execution', [1, 2]).snapshot();

let ledger: RunLedger;
beforeEach(() => {
  ledger = new RunLedger();
});

function depart(id: string, startedAt: number, now: number, snapshot = nothing): Run {
  const run = new Run(id, startedAt, service);
  run.add(snapshot);
  ledger.depart(run, now);
  return run;
}

const idsOf = (runs: Iterable<Run>): string[] => Array.from(runs, ({ id }) => id);

describe('the ledger of runs that are gone', () => {
  it('keeps a run whole for ten minutes, then its counts', () => {
    const run = depart('a', 1, NOON, something);
    ledger.expire(NOON + DEPARTED_MILLIS - 1);
    expect([...ledger.departedRuns]).toEqual([run]);
    ledger.expire(NOON + DEPARTED_MILLIS);
    expect([...ledger.departedRuns]).toEqual([]);
    expect([...ledger.foldedRuns]).toEqual([run]);
    expect(run.events.get('order_execution')).toMatchObject({ count: 2, digest: null, native: null });
  });

  it('gives a run back once, whole or folded', () => {
    const run = depart('a', 1, NOON);
    expect(ledger.takeBack('a', 2)).toBeUndefined();
    expect(ledger.takeBack('a', 1)).toBe(run);
    expect(ledger.takeBack('a', 1)).toBeUndefined();
    ledger.depart(run, NOON);
    ledger.expire(NOON + DEPARTED_MILLIS);
    expect(ledger.takeBack('a', 1)).toBe(run);
    expect(ledger.find('a', 1)).toBeUndefined();
  });

  it('folds the oldest of a target, and forgets the oldest of it, before those of others', () => {
    depart('other', 1, NOON);
    for (let i = 0; i < 100; i++) depart('a', i, NOON + i);
    expect(idsOf(ledger.departedRuns)).toEqual([
      'other',
      ...new Array(MAX_DEPARTED_RUNS_OF_TARGET).fill('a'),
    ]);
    expect(idsOf(ledger.foldedRuns)).toHaveLength(MAX_FOLDED_RUNS_OF_TARGET);
    expect(ledger.find('a', 99)?.isFolded).toBe(false);
    expect(ledger.find('a', 95)?.isFolded).toBe(true);
    expect(ledger.find('a', 0)).toBeUndefined();
  });

  it('holds so many whole, folds the oldest beyond, and forgets the oldest beyond so many folded', () => {
    const count = MAX_DEPARTED_RUNS + MAX_FOLDED_RUNS + 10;
    for (let i = 0; i < count; i++) depart(String(i), 1, NOON);
    expect([...ledger.departedRuns]).toHaveLength(MAX_DEPARTED_RUNS);
    expect([...ledger.foldedRuns]).toHaveLength(MAX_FOLDED_RUNS);
    expect(ledger.find(String(count - MAX_DEPARTED_RUNS), 1)?.isFolded).toBe(false);
    expect(ledger.find('10', 1)?.isFolded).toBe(true);
    expect(ledger.find('9', 1)).toBeUndefined();
  });

  it('forgets folded runs by how many events they have as well', () => {
    const [event] = new FakePod(NOON).record('order_execution', [1]).snapshot().events;
    const events = Array.from({ length: 1000 }, (_, i) => ({ ...event, name: `e${i}` }));
    const runs = MAX_FOLDED_EVENTS / 1000 + 5;
    for (let i = 0; i < runs; i++) depart(String(i), 1, NOON, { ...nothing, events });
    ledger.expire(NOON + DEPARTED_MILLIS);
    expect([...ledger.foldedRuns]).toHaveLength(MAX_FOLDED_EVENTS / 1000);
    expect(ledger.find('4', 1)).toBeUndefined();
  });
});
