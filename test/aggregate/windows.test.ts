import { beforeEach, describe, expect, it } from 'vitest';
import { defineEvents } from '../../src/contract/events.ts';
import type { WindowName } from '../../src/contract/statistics.ts';
import { StateBuffer } from '../../src/state/state-buffer.ts';
import { EPOCH, ManualAggregation } from './manual-aggregation.ts';

const EVENTS = defineEvents({ request: { slaMillis: 10, objective: 0.9 } });
const REQUEST = EVENTS.id.request;

let run: ManualAggregation;
beforeEach(() => {
  run = new ManualAggregation(EVENTS);
  run.tick();
});

const spike = (): void => {
  for (let n = 0; n < 10; n++) run.event(REQUEST, n === 0 ? 40 : 0);
};

/** Milliseconds until what was just recorded is in the window, and until it has left it, in steps of a tick. */
function stay(window: WindowName): { arrival: number; departure: number } {
  const begun = run.now;
  spike();
  const isIn = (): boolean => run.of(REQUEST).windows[window].count > 0;
  while (!isIn()) run.pass(100);
  const arrival = run.now - begun;
  while (isIn()) run.pass(100);
  return { arrival, departure: run.now - begun };
}

describe('sliding windows', () => {
  it.each([0, 30, 99])(
    'let a spike go from the last second one second later, begun %i ms into a tick',
    (offset) => {
      run.now += offset;
      const { arrival, departure } = stay('1s');
      expect(arrival).toBeLessThanOrEqual(200);
      expect(Math.abs(departure - 1000)).toBeLessThanOrEqual(100);
    },
  );

  it('let it go from the last five seconds within half a second, from the minute within five', () => {
    const fiveSeconds = stay('5s').departure;
    expect(fiveSeconds).toBeGreaterThanOrEqual(5000);
    expect(fiveSeconds).toBeLessThanOrEqual(5700);
    run.pass(70_000);
    const minute = stay('1m').departure;
    expect(minute).toBeGreaterThanOrEqual(60_000);
    expect(minute).toBeLessThanOrEqual(66_200);
  });

  it('hold counts, errors, breaches, quantiles and compliance of their time, totals those of all time', () => {
    spike();
    run.pass(1000);
    run.event(REQUEST, 2, { outcome: 1 });
    run.pass(800);
    const { windows, count, breaches, errors } = run.of(REQUEST);
    expect({ count, breaches, errors }).toEqual({ count: 11, breaches: 1, errors: 1 });
    expect(windows['1s']).toMatchObject({ count: 1, breaches: 0, errors: 1, compliance: 1 });
    expect(windows['1s'].quantiles?.p50).toBeCloseTo(0.002, 6);
    expect(windows['5s']).toMatchObject({ count: 11, breaches: 1, errors: 1, max: Math.fround(0.04) });
    run.pass(500);
    expect(run.of(REQUEST).windows['1m'].compliance).toBeCloseTo(10 / 11, 12);
  });

  it('are brought up to date even if ticks come seldom and at odd times', () => {
    run.now = 60_700;
    run.tick();
    spike();
    for (let n = 0; n < 12; n++) {
      run.now += 1000;
      run.tick();
      if (n === 0) expect(run.of(REQUEST).windows['1m'].count).toBe(10);
    }
    expect(run.of(REQUEST).windows['5s'].count).toBe(0);
  });

  it('hold what was recorded while no tick came, in the last second too', () => {
    run.now += 3000;
    spike();
    run.tick();
    expect(run.of(REQUEST).windows['1s'].count).toBe(10);
    run.pass(1000);
    expect(run.of(REQUEST).windows['1s'].count).toBe(0);
  });

  it('have quantiles of at most a second ago for another thread that comes seldom, else of the last tick', () => {
    const elsewhere = new StateBuffer(EVENTS, run.shared);
    const lastSecond = () => run.statistics(elsewhere).events[REQUEST].windows['1s'];
    const p999 = () => lastSecond().quantiles?.p999;
    run.pass(10_000);
    run.event(REQUEST, 2);
    run.pass(100);
    run.event(REQUEST, 4);
    run.pass(100);
    // Now somebody looks: what is exact costs nothing, and is of this tick.
    expect(lastSecond()).toMatchObject({ count: 2, max: Math.fround(0.004), mean: expect.closeTo(0.003, 6) });
    expect(p999()).toBeCloseTo(0.002, 6);
    run.pass(100);
    expect(p999()).toBeCloseTo(0.004, 6);
    run.event(REQUEST, 6);
    run.pass(100);
    expect(p999()).toBeCloseTo(0.006, 6);

    run.pass(10_000);
    for (const millis of [2, 3, 4]) {
      run.event(REQUEST, millis);
      run.pass(100);
    }
    expect(p999()).toBeLessThan(0.004);
    // In the worker thread's own eyes it is never old.
    expect(run.of(REQUEST).windows['1s'].quantiles?.p999).toBeCloseTo(0.004, 6);
  });

  it('are whole at each of the scrapes, which come at any time: as many values in the digest as counted', () => {
    let seen = 0;
    for (let tick = 0; tick < 700; tick++) {
      for (let n = 0; n < 3; n++) run.event(REQUEST, n);
      run.pass(100);
      if (tick % 7 !== 0) continue;
      for (const { count, inDigest } of run.windowCounts(REQUEST)) {
        expect(inDigest, `tick ${tick}`).toBe(count);
        seen += count;
      }
    }
    expect(seen).toBeGreaterThan(50_000);
  });

  it('do not keep what a worker that died left in them', () => {
    spike();
    run.pass(200);
    run.restart();
    run.pass(1000);
    const { windows, count, sla } = run.of(REQUEST);
    expect({ count, last: windows['1s'].count, broken: sla?.broken }).toEqual({
      count: 10,
      last: 0,
      broken: [],
    });
  });
});

describe('an SLA', () => {
  const changes = (window: WindowName): string[] =>
    run.changes.filter(({ change }) => change.window === window).map(({ kind }) => kind);

  it('that breaks is told within a second: event, window, value, threshold, compliance and time', () => {
    for (let n = 0; n < 10; n++) run.event(REQUEST, n < 2 ? 40 : 1);
    const broken = run.now;
    run.pass(1000);
    const violations = run.changes.filter(({ kind }) => kind === 'violation');
    expect(violations.map(({ change }) => change.window).sort()).toEqual(['1m', '1s', '5s']);
    const first = violations[0];
    expect(first).toMatchObject({
      kind: 'violation',
      change: { event: 'request', window: '1s', threshold: 0.01, compliance: 0.8, objective: 0.9, count: 10 },
    });
    expect(first.change.value).toBeCloseTo(0.04, 3);
    expect(first.change.at - EPOCH - broken).toBeLessThanOrEqual(200);
    for (const { change } of violations) expect(change.at - EPOCH - broken).toBeLessThanOrEqual(1000);
    expect(run.of(REQUEST).sla?.broken).toEqual(['5s', '1m']);
  });

  it('recovers in each window when the breaches have left it, and is told once each', () => {
    for (let n = 0; n < 10; n++) run.event(REQUEST, n < 2 ? 40 : 1);
    run.pass(70_000);
    for (const window of ['1s', '5s', '1m'] as const)
      expect(changes(window)).toEqual(['violation', 'recovery']);
    expect(run.of(REQUEST).sla?.broken).toEqual([]);
  });

  it('is not broken at its objective exactly', () => {
    for (let n = 0; n < 10; n++) run.event(REQUEST, n < 1 ? 40 : 1);
    run.pass(2000);
    expect(run.changes).toEqual([]);
  });

  it('recovers when nothing happens any more', () => {
    run.event(REQUEST, 40);
    run.pass(1300);
    expect(changes('1s')).toEqual(['violation', 'recovery']);
  });
});
