import { beforeEach, describe, expect, it } from 'vitest';
import type { DigestSnapshot, DistributionSnapshot, EventSnapshot } from '../../../src/contract/snapshot.ts';
import { encodeSnapshot } from '../../../src/contract/snapshot-encoder.ts';
import { settledMemory } from '../../support/settled-memory.ts';
import { FakePod, NOON, target } from './fake-pod.ts';
import { eventOf, Fleet } from './fleet.ts';

const EVENT = 'order_execution';
const honest = target('honest');
const hostile = target('hostile');

let fleet: Fleet;
let pod: FakePod;
let other: FakePod;
beforeEach(() => {
  fleet = new Fleet();
  fleet.merger.setTargets([honest, hostile]);
  pod = new FakePod(NOON - 10_000).record(EVENT, [1, 2, 3]);
  other = new FakePod(NOON - 10_000).record(EVENT, [4, 5]);
});

/** What a round makes of a snapshot; the honest pod's figures must not be touched by one that is set aside. */
function reasonFor(snapshot: DigestSnapshot) {
  const statistics = fleet.round([
    [honest, pod.tick().bytes()],
    [hostile, encodeSnapshot(snapshot)],
  ]);
  const reason = statistics.pods.find(({ id }) => id === 'hostile')?.reason ?? null;
  if (reason !== null) {
    const { count, max, windows } = eventOf(statistics, EVENT);
    expect([count, max, windows['1m'].count]).toEqual([3, 3, 3]);
    expect(statistics.overall.events).toHaveLength(1);
  }
  return reason;
}

const event = (change: Partial<EventSnapshot>): DigestSnapshot => {
  const snapshot = other.snapshot();
  return { ...snapshot, events: [{ ...snapshot.events[0], ...change }] };
};
const total = (change: Partial<DistributionSnapshot>): DigestSnapshot => {
  const [first] = other.snapshot().events;
  return event({ total: { ...first.total, ...change } });
};
const digest = (change: object): DigestSnapshot =>
  total({ digest: { ...other.snapshot().events[0].total.digest, ...change } });
const window = (i: number, change: Partial<DistributionSnapshot>): DigestSnapshot => {
  const windows = other.snapshot().events[0].windows.map((w, k) => (k === i ? { ...w, ...change } : w));
  return event({ windows: windows as unknown as EventSnapshot['windows'] });
};
const native = (change: object): DigestSnapshot =>
  event({ native: { ...other.snapshot().events[0].native, ...change } });

describe('a snapshot that is not to be believed', () => {
  it.each<[string, () => DigestSnapshot]>([
    ['more events than can happen in its run', () => total({ count: 1e11 })],
    [
      'more events than total up with others without loss, however long its run',
      () => ({ ...total({ count: 2e14 }), startedAt: 0 }),
    ],
    ['more records than can happen in its run', () => other.snapshot({ recorded: 1e11, aggregated: 1e11 })],
    ['more events than can happen in a window', () => window(0, { count: 1e11 })],
    ['more events in a window than since start', () => window(2, { count: 3 })],
    ['a digest that holds more than was counted', () => digest({ weights: Float64Array.of(1, 1.1) })],
    ['a window whose digest holds more than was counted', () => window(2, { count: 1, breaches: 0 })],
    [
      'a histogram that holds more than was counted',
      () => total({ count: 1, breaches: 0, digest: noDigest }),
    ],
    ['a sum above its values', () => digest({ sum: 10.1 })],
    ['a sum below its values', () => digest({ sum: 7 })],
    ['values beyond 32-bit floats', () => digest({ max: 1e300 })],
    ['values below 32-bit floats', () => digest({ min: -1e300 })],
    ["a histogram's sum beyond its values", () => native({ sum: 1e300 })],
    ['a histogram whose buckets do not add up', () => native({ count: 1 })],
    ['a histogram of buckets beyond all floats', () => native({ schema: -4 })],
    ['a histogram with another zero', () => native({ zeroThreshold: 1 })],
    ['a rate below all that can be meant', () => other.snapshot({ rate: 1e-5 })],
    ['a target rate below all that can be meant', () => other.snapshot({ targetRate: 1e-300 })],
  ])('is set aside for %s', (_, snapshot) => {
    expect(reasonFor(snapshot())).toBe('implausible');
    // And the same pod is merged once it comes to its senses.
    expect(reasonFor(other.tick().snapshot())).toBeNull();
  });

  const noDigest = {
    ...new FakePod(0).event(EVENT).digest,
    means: new Float64Array(0),
    weights: new Float64Array(0),
    sum: 0,
    min: 0,
    max: 0,
    exactCount: 0,
  };

  it.each<[string, () => DigestSnapshot]>([
    ['fewer in its digest than counted, since infinities are in none', () => total({ count: 7 })],
    ['a rate of nothing', () => other.snapshot({ rate: 0, enabled: false })],
    ['the lowest rate', () => other.snapshot({ rate: 1e-4 })],
    [
      'the largest value that a record holds',
      () => new FakePod(NOON).record(EVENT, [2 ** 128 - 2 ** 104]).snapshot(),
    ],
    [
      'the smallest value that a record holds',
      () => new FakePod(NOON).record(EVENT, [-(2 ** 128 - 2 ** 104)]).snapshot(),
    ],
  ])('is not one with %s', (_, snapshot) => {
    expect(reasonFor(snapshot())).toBeNull();
  });
});

describe('totals of one run that fall', () => {
  beforeEach(() => {
    other.record(EVENT, new Float32Array(8).fill(0.06), { errors: 3 });
    other.overwritten = 2;
    fleet.round([[hostile, other.tick().bytes()]]);
    other.clearWindows();
  });

  it.each<[string, (snapshot: DigestSnapshot) => DigestSnapshot]>([
    [
      'count',
      () =>
        total({
          count: 9,
          breaches: 9,
          digest: new FakePod(0).record(EVENT, [1]).snapshot().events[0].total.digest,
        }),
    ],
    ['errors', () => total({ errors: 2 })],
    ['breaches', () => total({ breaches: 1 })],
    ['records', (snapshot) => ({ ...snapshot, recorded: 9, aggregated: 7 })],
    ['records overwritten', (snapshot) => ({ ...snapshot, overwritten: 1, aggregated: 9 })],
    ['events altogether', (snapshot) => ({ ...snapshot, events: [] })],
  ])('are set aside: %s', (_, change) => {
    other.tick();
    const snapshot = change(other.snapshot());
    // The histogram would otherwise hold more than was counted.
    const events = snapshot.events.map((e) => ({
      ...e,
      native: new FakePod(0).record(EVENT, [1]).snapshot().events[0].native,
    }));
    const statistics = fleet.round([[hostile, encodeSnapshot({ ...snapshot, events })]]);
    expect(statistics.pods.find(({ id }) => id === 'hostile')?.reason).toBe('went_backwards');
    expect(eventOf(statistics, EVENT)).toMatchObject({ count: 10, errors: 3, breaches: 10 });
    expect(statistics.overall).toMatchObject({ recorded: 10, overwritten: 2 });
  });

  it('are merged when they fall by no more than rounding, and the totals stay', () => {
    const statistics = fleet.round([
      [hostile, encodeSnapshot({ ...total({ count: 10 * (1 - 5e-10) }), at: NOON })],
    ]);
    expect(statistics.round.merged).toBe(1);
    expect(eventOf(statistics, EVENT).count).toBe(10);
  });
});

describe('one hostile pod', () => {
  it('in another unit is set aside, and the unit known first stands', () => {
    expect(reasonFor(pod.snapshot())).toBeNull();
    other.events.clear();
    other.event(EVENT, { unit: 'basis_points' });
    const statistics = fleet.round([
      [honest, pod.tick().bytes()],
      [hostile, new FakePod(NOON).bytes({ events: event({ unit: 'basis_points' }).events })],
    ]);
    expect(statistics.setAside).toEqual({ unit_conflict: 1 });
  });

  it('that says it is a new process each second is believed five times a minute', () => {
    const reasons = Array.from({ length: 120 }, (_, i) => {
      const next = new FakePod(NOON + i).record(EVENT, [1]);
      return fleet.round([
        [honest, pod.tick().bytes()],
        [hostile, next.bytes()],
      ]);
    });
    const last = reasons[119];
    expect(last.setAside).toEqual({ implausible: 110 });
    expect(eventOf(last, EVENT)).toMatchObject({ count: 3 + 10 });
    expect(last.pods.find(({ id }) => id === 'honest')?.state).toBe('merged');
  });

  it('with ever new events is stopped at a thousand, and those of others are merged', () => {
    const named = (from: number, count: number, startedAt: number): Uint8Array => {
      const made = new FakePod(startedAt);
      for (let i = 0; i < count; i++) made.record(`made_up_${from + i}`, [1]);
      return made.tick().bytes();
    };
    const reasons = [0, 1, 2, 3].map((i) => {
      const statistics = fleet.round([[hostile, named(i * 500, 500, NOON + i)]]);
      return statistics.pods.find(({ id }) => id === 'hostile')?.reason;
    });
    expect(reasons).toEqual([null, null, 'too_many_events', 'too_many_events']);
    const statistics = fleet.round([[honest, pod.tick().bytes()]]);
    expect(eventOf(statistics, EVENT).count).toBe(3);
    expect(statistics.overall.events).toHaveLength(1001);
  });

  it('with events that never happened takes no room', () => {
    const made = new FakePod(NOON);
    for (let i = 0; i < 500; i++) made.event(`made_up_${i}`);
    expect(fleet.round([[hostile, made.tick().bytes()]]).overall.events).toEqual([]);
  });

  it('is one of 256 services that are kept apart', () => {
    const targets = Array.from({ length: 257 }, (_, i) => target(String(i), `service-${i}`));
    fleet.merger.setTargets(targets);
    const statistics = fleet.round(targets.map((t) => [t, pod.bytes()]));
    expect(statistics.services).toHaveLength(256);
    expect(statistics.setAside).toEqual({ too_many_events: 1 });
  });

  it('leaves quantiles and means of all pods finite, whatever values it says', () => {
    const largest = 2 ** 128 - 2 ** 104;
    const statistics = fleet.round([
      [honest, pod.tick().bytes()],
      [hostile, new FakePod(NOON).record(EVENT, [-largest, largest, largest]).bytes()],
    ]);
    const { mean, min, max, quantiles } = eventOf(statistics, EVENT);
    expect([min, max]).toEqual([-largest, largest]);
    for (const value of [mean, ...Object.values(quantiles ?? {})]) expect(Number.isFinite(value)).toBe(true);
  });

  it('does not grow the memory by restarting for an hour with many events', () => {
    const names = Array.from({ length: 20 }, (_, i) => `e${i}`);
    const values = Float32Array.from({ length: 400 }, (_, i) => i + 1);
    const [large] = new FakePod(0).record(EVENT, values).snapshot().events;
    const snapshot = other.snapshot({ events: names.map((name) => ({ ...large, name })) });
    const restart = (i: number): void => {
      fleet.now += 20_000;
      fleet.round([[hostile, encodeSnapshot({ ...snapshot, startedAt: NOON + i, at: NOON + i })]]);
    };
    for (let i = 0; i < 8; i++) restart(i);
    const before = settledMemory();
    for (let i = 8; i < 100; i++) restart(i);
    expect(settledMemory() - before).toBeLessThan(3 * 1024 * 1024);
    expect(eventOf(fleet.finish(), 'e0').count).toBe(100 * 400);
  });
});

describe('counts that cannot be, by our own clock', () => {
  const DAY = 86_400_000;
  const counted = (startedAt: number, weight: number, at = NOON): FakePod => {
    const made = new FakePod(startedAt).record(EVENT, [1], { weight }).clearWindows();
    made.at = at;
    return made;
  };

  it.each<[string, FakePod, string | null]>([
    ['more at first than 1e13', counted(NOON - 300 * DAY, 1.1e13), 'implausible'],
    ['1e13 at first', counted(NOON - 300 * DAY, 1e13), null],
    ['more at first than 1e7 a second', counted(NOON - 40_000, 1.1e9), 'implausible'],
    ['1e7 a second at first', counted(NOON - 40_000, 0.9e9), null],
    ['a start more than a day ahead', counted(NOON + DAY + 1, 1, NOON + DAY + 2), 'implausible'],
    ['a start a day ahead', counted(NOON + DAY, 1, NOON + DAY + 2), null],
    ['a start more than 366 days ago', counted(NOON - 366 * DAY - 1, 1), 'implausible'],
    ['a start 366 days ago', counted(NOON - 366 * DAY, 1), null],
  ])('%s', (_, made, reason) => {
    expect(fleet.merger.accept(hostile, made.bytes())).toBe(reason);
  });

  it('a rise within a run beyond 1e8 a second of ours, and ten seconds, however far its own clock went', () => {
    other.startedAt = NOON - 300 * DAY;
    other.at = NOON - 299 * DAY;
    fleet.round([[hostile, other.bytes()]]);
    other.at = NOON;
    other.record(EVENT, [1], { weight: 1.2e9 });
    expect(fleet.merger.accept(hostile, other.bytes())).toBe('implausible');
    fleet.now += 2000;
    expect(fleet.merger.accept(hostile, other.tick().bytes())).toBeNull();
  });

  it('fewer events that went well', () => {
    other.record(EVENT, [1, 2, 3]);
    fleet.round([[hostile, other.bytes()]]);
    other.event(EVENT).errors = 2;
    expect(fleet.merger.accept(hostile, other.tick().bytes())).toBe('went_backwards');
  });
});
