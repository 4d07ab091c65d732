import { describe, expect, it } from 'vitest';
import { defineEvents } from '../../../src/contract/events.ts';
import { decodeSnapshot } from '../../../src/contract/snapshot-decoder.ts';
import { WINDOW_NAMES } from '../../../src/contract/statistics.ts';
import { renderSnapshot } from '../../../src/export/digest-snapshot.ts';
import { readStatistics } from '../../../src/state/statistics.ts';
import { Picture } from '../../export/picture.ts';
import { relativeError } from '../../sketch/exact-oracle.ts';
import { FakePod, NOON, target } from './fake-pod.ts';
import { eventOf, Fleet } from './fleet.ts';

const EVENT = 'order_execution';

function pod(values: number[] = [], terms = {}): FakePod {
  const made = new FakePod(NOON - 10_000);
  made.event(EVENT, terms);
  return made.record(EVENT, values);
}

describe('the statistics of a round', () => {
  it('tell each service, all together, and each pod', () => {
    const fleet = new Fleet();
    const targets = [target('b', 'z'), target('c', 'a'), target('a', 'a')];
    fleet.merger.setTargets(targets);
    const values = [[0.01, 0.02], [0.04], [0.03, 0.06]];
    const statistics = fleet.round(targets.map((t, i) => [t, pod(values[i]).tick().bytes()]));
    expect(statistics.round).toEqual({
      rounds: 1,
      late: 0,
      durationSeconds: 0.1,
      lagSeconds: 0,
      targets: 3,
      merged: 3,
    });
    expect(statistics).toMatchObject({
      at: NOON + 1000,
      startedAt: NOON,
      setAside: {},
      slaChanges: expect.anything(),
    });
    expect(statistics.overall).toMatchObject({ service: '', pods: 3, recorded: 5, overwritten: 0 });
    expect(statistics.services.map(({ service, pods, recorded }) => [service, pods, recorded])).toEqual([
      ['a', 2, 3],
      ['z', 1, 2],
    ]);
    expect(eventOf(statistics, EVENT)).toMatchObject({
      count: 5,
      breaches: 1,
      compliance: 0.8,
      unit: 'seconds',
    });
    const merged = eventOf(statistics, EVENT, 'a');
    expect(merged).toMatchObject({ count: 3, min: Math.fround(0.03), max: Math.fround(0.06) });
    expect(merged.mean).toBeCloseTo(0.13 / 3, 6);
    expect(merged.quantiles?.p50).toBe(Math.fround(0.04));
    expect(merged.windows['1m']).toMatchObject({ count: 3, breaches: 1, quantiles: merged.quantiles });
    expect(statistics.pods.map(({ name, state }) => [name, state])).toEqual([
      ['pod-a', 'merged'],
      ['pod-c', 'merged'],
      ['pod-b', 'merged'],
    ]);
    const [{ figures, mergedAt }] = statistics.pods;
    expect(mergedAt).toBe(NOON);
    expect(figures).toMatchObject({ instance: 'pod', generation: 3, rate: 1, cpuSeconds: 12, recorded: 2 });
    expect(figures?.events).toMatchObject([
      {
        event: EVENT,
        unit: 'seconds',
        objective: 0.99,
        count: 2,
        breaches: 1,
        minute: { count: 2, compliance: 0.5 },
      },
    ]);
  });

  it('have no figures where nothing happened, and no SLA where there is none', () => {
    const fleet = new Fleet();
    fleet.merger.setTargets([target('a')]);
    const quiet = pod([1], { slaThreshold: null }).clearWindows();
    const event = eventOf(fleet.round([[target('a'), quiet.bytes()]]), EVENT);
    const nothing = { count: 0, errors: 0, breaches: 0, compliance: null, mean: null, min: null, max: null };
    expect(event).toMatchObject({ count: 1, compliance: null, sla: null });
    expect(event.windows['5s']).toEqual({ ...nothing, quantiles: null });
  });

  it('count each reason for which an answer was set aside', () => {
    const fleet = new Fleet();
    const [a, b] = [target('a'), target('b')];
    fleet.merger.setTargets([a, b]);
    fleet.round([
      [a, 'timeout'],
      [b, new Uint8Array(10)],
    ]);
    const { setAside, pods } = fleet.round([
      [a, 'timeout'],
      [b, pod().bytes()],
    ]);
    expect(setAside).toEqual({ timeout: 2, not_a_snapshot: 1 });
    expect(pods.map(({ state, reason }) => [state, reason])).toEqual([
      ['set_aside', 'timeout'],
      ['merged', null],
    ]);
  });

  it('take one answer of a target a round, and none of those not listed', () => {
    const fleet = new Fleet();
    fleet.merger.setTargets([target('a')]);
    const bytes = pod([1, 2]).bytes();
    const statistics = fleet.round([
      [target('a'), bytes],
      [target('a'), bytes],
      [target('b'), bytes],
    ]);
    expect(eventOf(statistics, EVENT).windows['1s'].count).toBe(2);
    expect(statistics.round.merged).toBe(1);
  });
});

it('merges what services really serve, second by second', () => {
  const fleet = new Fleet();
  const targets = [target('a'), target('b')];
  fleet.merger.setTargets(targets);
  const pictures = targets.map(() => new Picture({ catalogue: defineEvents() }));
  let statistics = fleet.finish();
  for (let second = 0; second < 90; second++) {
    for (const picture of pictures) {
      for (let tick = 0; tick < 10; tick++) {
        for (let i = 0; i < 7; i++) picture.record('order_execution', 1e-3 * (1 + i), { error: i === 0 });
        picture.tick();
      }
    }
    statistics = fleet.round(pictures.map(({ source }, i) => [targets[i], renderSnapshot(source)] as const));
    expect(statistics.round.merged).toBe(2);
  }
  const { count, errors, breaches, quantiles, windows } = eventOf(statistics, EVENT);
  expect([count, errors, breaches]).toEqual([12_600, 1800, 3600]);
  expect(quantiles?.p50).toBe(Math.fround(0.004));
  const own = pictures.map(
    ({ source }) => readStatistics(source).events.find((e) => e.event === EVENT)?.windows,
  );
  for (const name of WINDOW_NAMES) {
    expect(windows[name].count).toBe(own.reduce((sum, pod) => sum + (pod?.[name].count ?? 0), 0));
    const p50 = own[0]?.[name].quantiles?.p50 ?? Number.NaN;
    expect(relativeError(windows[name].quantiles?.p50 ?? Number.NaN, p50)).toBeLessThan(0.01);
  }
  expect(statistics.overall).toMatchObject({ recorded: 12_600, overwritten: 0 });
});

describe('the SLA', () => {
  const slow = [...new Array(8).fill(0.01), 0.2, 0.3];
  const fast = new Array(10).fill(0.01);

  function changesOf(rounds: (FakePod | 'timeout')[]) {
    const fleet = new Fleet();
    fleet.merger.setTargets([target('a')]);
    const statistics = rounds.map((answer) =>
      fleet.round([[target('a'), answer === 'timeout' ? answer : answer.tick().bytes()]]),
    );
    const broken = statistics.map((s) => s.overall.events[0]?.sla?.broken.length ?? null);
    const { slaChanges } = statistics[statistics.length - 1];
    return { broken, slaChanges };
  }

  it('breaks and is kept again by window, for the service and for all together', () => {
    const member = pod(slow);
    const { broken, slaChanges } = changesOf([member]);
    expect(broken).toEqual([3]);
    expect(slaChanges).toHaveLength(6);
    expect(slaChanges).toContainEqual({
      kind: 'violation',
      service: 'trading',
      event: EVENT,
      window: '5s',
      value: Math.fround(0.3),
      threshold: 0.05,
      compliance: 0.8,
      objective: 0.99,
      count: 10,
      at: NOON + 1000,
    });
    const fleet = new Fleet();
    fleet.merger.setTargets([target('a')]);
    fleet.round([[target('a'), member.tick().bytes()]]);
    const after = fleet.round([[target('a'), member.clearWindows().record(EVENT, fast).tick().bytes()]]);
    expect(after.slaChanges.slice(0, 6).map(({ kind }) => kind)).toEqual(new Array(6).fill('recovery'));
    expect(eventOf(after, EVENT).sla?.broken).toEqual([]);
  });

  it('is not kept again only because no pod answered, but when there is none left', () => {
    const fleet = new Fleet();
    fleet.merger.setTargets([target('a')]);
    const member = pod(slow);
    const broken = (answers: Parameters<Fleet['round']>[0]) =>
      eventOf(fleet.round(answers), EVENT).sla?.broken.length;
    expect(broken([[target('a'), member.tick().bytes()]])).toBe(3);
    expect(broken([[target('a'), 'timeout']])).toBe(3);
    fleet.merger.setTargets([]);
    expect(broken([])).toBe(0);
  });

  it('is the strictest where pods disagree, and says so', () => {
    const cases: [object, object, object][] = [
      [{ slaThreshold: 0.05 }, { slaThreshold: 0.02 }, { threshold: 0.02, objective: 0.99, isMixed: true }],
      [{ objective: 0.999 }, { objective: 0.9 }, { threshold: 0.05, objective: 0.999, isMixed: true }],
      [{ slaThreshold: null, objective: 0.9999 }, {}, { threshold: 0.05, objective: 0.99, isMixed: true }],
      [{}, { slaThreshold: null, objective: 0.9999 }, { threshold: 0.05, objective: 0.99, isMixed: true }],
      [{}, {}, { threshold: 0.05, objective: 0.99, isMixed: false }],
    ];
    for (const [first, second, sla] of cases) {
      for (const services of [
        ['trading', 'trading'],
        ['one', 'two'],
      ]) {
        const fleet = new Fleet();
        const targets = services.map((service, i) => target(String(i), service));
        fleet.merger.setTargets(targets);
        const statistics = fleet.round([
          [targets[0], pod([0.001], first).bytes()],
          [targets[1], pod([0.001], second).bytes()],
        ]);
        expect(eventOf(statistics, EVENT).sla).toEqual({ ...sla, broken: [] });
      }
    }
  });

  it('is broken for all together only where a service breaks its own, and kept by who has no events', () => {
    const fleet = new Fleet();
    const targets = [target('a', 'one'), target('b', 'two'), target('c', 'one')];
    fleet.merger.setTargets(targets);
    const statistics = fleet.round([
      [targets[0], pod([...new Array(995).fill(0.001), ...new Array(5).fill(0.1)]).bytes()],
      [targets[1], pod([0.001], { objective: 0.9999 }).bytes()],
      [targets[2], pod([], { objective: 0.999999, slaThreshold: 1e-12 }).bytes()],
    ]);
    expect(eventOf(statistics, EVENT).sla).toEqual({
      threshold: 0.05,
      objective: 0.9999,
      isMixed: true,
      broken: [],
    });
    expect(eventOf(statistics, EVENT, 'one').sla).toMatchObject({ threshold: 0.05, isMixed: false });
  });

  it('remembers the latest 50 changes, newest first', () => {
    const fleet = new Fleet();
    fleet.merger.setTargets([target('a')]);
    let changes = fleet.finish().slaChanges;
    const member = pod(slow);
    for (let i = 0; i < 20; i++) {
      member.clearWindows().record(EVENT, i % 2 === 0 ? slow : fast);
      changes = fleet.round([[target('a'), member.tick().bytes()]]).slaChanges;
    }
    expect(changes).toHaveLength(50);
    expect(changes[0]).toMatchObject({ kind: 'recovery', at: NOON + 21_000 });
    expect(changes[49].at).toBeLessThan(changes[0].at);
  });
});

describe('a minute', () => {
  it('holds what the totals rose by, and the 1 m windows in few centroids', () => {
    const fleet = new Fleet();
    fleet.merger.setTargets([target('a')]);
    const member = pod(Array.from({ length: 5000 }, (_, i) => (i + 1) / 5e4));
    fleet.round([[target('a'), member.tick().bytes()]]);
    const first = fleet.merger.takeMinute();
    expect([first.from, first.to]).toEqual([NOON, NOON + 1000]);
    const [event] = first.events;
    expect(event).toMatchObject({
      service: 'trading',
      event: EVENT,
      count: 5000,
      breaches: 2500,
      slaThreshold: 0.05,
    });
    const { means, weights, min, max } = event.digest;
    expect(means.length).toBeLessThanOrEqual(200);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(5000, 6);
    expect([min, max]).toEqual([Math.fround(1 / 5e4), Math.fround(0.1)]);
    expect(means.every((mean, i) => mean >= (i === 0 ? min : means[i - 1]) && mean <= max)).toBe(true);

    member.record(EVENT, [1, 2], { errors: 1 });
    fleet.round([[target('a'), member.tick().bytes()]]);
    expect(fleet.merger.takeMinute().events).toMatchObject([{ count: 2, errors: 1 }]);
    fleet.round([[target('a'), member.clearWindows().tick().bytes()]]);
    expect(fleet.merger.takeMinute().events).toMatchObject([
      { count: 0, digest: { means: new Float64Array(0) } },
    ]);
    // Nobody speaks of the event any more.
    fleet.round([]);
    expect(fleet.merger.takeMinute().events).toEqual([]);
  });

  it('holds the values of a pod that answered in it, and then did not, or went', () => {
    for (const isListed of [true, false]) {
      const fleet = new Fleet();
      const targets = [target('a'), target('b')];
      fleet.merger.setTargets(targets);
      const members = [pod([0.001]), pod([9])];
      const answer = (i: number) => [targets[i], members[i].tick().bytes()] as const;
      fleet.round([answer(0), answer(1)]);
      if (!isListed) fleet.merger.setTargets([targets[0]]);
      fleet.round([answer(0), [targets[1], 'timeout']]);
      const [{ count, digest }] = fleet.merger.takeMinute().events;
      expect([count, digest.max, digest.weights.reduce((a, b) => a + b, 0)]).toEqual([2, 9, 2]);
      // Once.
      fleet.round([answer(0), [targets[1], 'timeout']]);
      expect(fleet.merger.takeMinute().events[0].digest.max).toBe(Math.fround(0.001));
    }
  });

  it('has a length after the clock was ahead and set back', () => {
    const fleet = new Fleet();
    fleet.now += 86_400_000;
    fleet.merger.takeMinute();
    fleet.now -= 86_400_000 - 60_000;
    expect(fleet.merger.takeMinute()).toMatchObject({ from: NOON, to: NOON + 60_000 });
    fleet.now += 60_000;
    expect(fleet.merger.takeMinute()).toMatchObject({ from: NOON + 60_000, to: NOON + 120_000 });
  });

  it('goes on over a restart of the aggregation worker', () => {
    const fleet = new Fleet();
    fleet.merger.setTargets([target('a')]);
    const member = pod([1, 2, 3]);
    fleet.round([[target('a'), member.tick().bytes()]]);
    fleet.merger.takeMinute();
    member.record(EVENT, [4]);
    fleet.round([[target('a'), member.tick().bytes()]]);
    fleet.restart().merger.setTargets([target('a')]);
    member.record(EVENT, [5]);
    fleet.round([[target('a'), member.tick().bytes()]]);
    const { from, to, events } = fleet.merger.takeMinute();
    expect([from, to]).toEqual([NOON + 1000, NOON + 3000]);
    expect(events).toMatchObject([{ count: 2 }]);
  });

  it('leaves out what a pod did long before it was first seen', () => {
    const fleet = new Fleet();
    fleet.merger.setTargets([target('a')]);
    const old = new FakePod(NOON - 86_400_000).record(EVENT, [1, 2, 3]).clearWindows().record(EVENT, [4]);
    const statistics = fleet.round([[target('a'), old.tick(86_400_000).bytes()]]);
    expect(eventOf(statistics, EVENT).count).toBe(4);
    expect(fleet.merger.takeMinute().events).toMatchObject([{ count: 1, breaches: 1 }]);
  });
});

it('encodes the fleet as a snapshot that says the worst, and the sums, of the pods merged last', () => {
  const fleet = new Fleet();
  const targets = [target('a'), target('b', 'other')];
  fleet.merger.setTargets(targets);
  fleet.round([
    [targets[0], pod([1, 2]).bytes({ generation: 4, rate: 0.5 })],
    [targets[1], pod([3]).bytes({ recordOverheadRatio: 0.3, enabled: false })],
  ]);
  const { snapshot } = decodeSnapshot(fleet.merger.encodeDigest());
  expect(snapshot).toMatchObject({
    at: NOON + 1000,
    startedAt: NOON - 10_000,
    instance: 'fleet',
    enabled: true,
    generation: 3,
    rate: 0.5,
    targetRate: 1,
    recordOverheadRatio: 0.3,
    cpuSeconds: 24,
    recorded: 3,
    aggregated: 3,
  });
  expect(snapshot?.events).toMatchObject([{ name: EVENT, total: { count: 3 }, native: { count: 3 } }]);
});

it('keeps an event apart by service where units differ, and does not mix them', () => {
  const fleet = new Fleet();
  const targets = [target('a', 'one'), target('b', 'two')];
  fleet.merger.setTargets(targets);
  const statistics = fleet.round([
    [targets[0], pod([1, 2]).bytes()],
    [targets[1], pod([3], { unit: 'basis_points' }).bytes()],
  ]);
  expect(eventOf(statistics, EVENT)).toMatchObject({ unit: 'seconds', count: 2 });
  expect(eventOf(statistics, EVENT, 'two')).toMatchObject({ unit: 'basis_points', count: 1 });
});
