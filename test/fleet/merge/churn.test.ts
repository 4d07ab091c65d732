import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FleetStatistics, Target } from '../../../src/contract/fleet.ts';
import { decodeSnapshot } from '../../../src/contract/snapshot-decoder.ts';
import { FakePod, NOON, target } from './fake-pod.ts';
import { eventOf, Fleet } from './fleet.ts';

const EVENT = 'order_execution';
const MINUTES = 60_000;

/** A process as it is, and what the merger can know of each of its runs. */
class Member {
  readonly target: Target;
  pod: FakePod;
  isListed = true;
  answers = true;
  /** Bytes of an earlier moment of this run. */
  earlier: Uint8Array;

  constructor(id: string, startedAt: number) {
    this.target = target(id, id === '0' ? 'collector' : 'trading');
    this.pod = new FakePod(startedAt);
    this.pod.event(EVENT);
    this.earlier = this.pod.bytes();
  }

  get runKey(): string {
    return `${this.target.id} ${this.pod.startedAt}`;
  }
}

/** The counts of each run as it was last heard: what the totals must be the sum of. */
type Heard = Map<string, { count: number; errors: number; recorded: number }>;

class History {
  readonly fleet = new Fleet();
  readonly members = ['0', '1', '2', '3'].map((id) => new Member(id, NOON - 1000));
  heard: Heard = new Map();
  private saved: { checkpoint: Uint8Array; heard: Heard } | null = null;
  private last = { count: 0, errors: 0, recorded: 0 };

  constructor() {
    this.list();
  }

  list(): void {
    this.fleet.merger.setTargets(this.members.filter((m) => m.isListed).map((m) => m.target));
  }

  /** A round in which one member may send something else than what it is. */
  round(hostile: number, attack: Attack): void {
    for (const [i, member] of this.members.entries()) {
      member.pod.tick();
      if (!member.isListed) continue;
      if (i === hostile) this.attack(member, attack);
      else if (!member.answers) this.fleet.merger.setAside(member.target, 'timeout');
      else {
        const bytes = member.pod.bytes();
        expect(this.fleet.merger.accept(member.target, bytes)).toBeNull();
        this.hear(member, bytes);
      }
    }
    this.check(this.fleet.finish());
  }

  save(): void {
    this.saved = { checkpoint: this.fleet.merger.checkpoint(), heard: new Map(this.heard) };
  }

  restart(fromSaved: boolean): void {
    if (fromSaved && this.saved !== null) {
      // What was heard since is not known any more; nor has it been published by this merger.
      this.heard = new Map(this.saved.heard);
      this.last = { count: 0, errors: 0, recorded: 0 };
      this.fleet.restart(this.saved.checkpoint);
    } else {
      this.fleet.restart();
    }
    expect(this.fleet.merger.restoreProblem).toBeNull();
    this.list();
    this.check(this.fleet.finish());
  }

  private attack(member: Member, attack: Attack): void {
    const { pod, earlier } = member;
    const answers: Record<Attack, () => Uint8Array> = {
      garbage: () => Uint8Array.from({ length: 300 }, (_, i) => i * 7),
      cut: () => pod.bytes().subarray(0, 200),
      absurd: () => pod.bytes({ recorded: 1e15, aggregated: 1e15 }),
      rate: () => pod.bytes({ rate: 1e-9 }),
      nothing: () => pod.bytes({ events: [] }),
      earlier: () => earlier,
    };
    const bytes = answers[attack]();
    const reason = this.fleet.merger.accept(member.target, bytes);
    if (attack === 'nothing' || attack === 'earlier') {
      // Of a run of which no more is known than this, it is as good as any answer.
      if (reason === null) this.hear(member, bytes);
      else expect(['went_backwards', 'stale']).toContain(reason);
    } else {
      expect(reason).not.toBeNull();
    }
  }

  private hear(member: Member, bytes: Uint8Array): void {
    const { snapshot } = decodeSnapshot(bytes);
    const { count, errors } = snapshot?.events[0]?.total ?? { count: 0, errors: 0 };
    this.heard.set(member.runKey, { count, errors, recorded: snapshot?.recorded ?? 0 });
  }

  private check(statistics: FleetStatistics): void {
    const expected = { count: 0, errors: 0, recorded: 0 };
    for (const { count, errors, recorded } of this.heard.values()) {
      expected.count += count;
      expected.errors += errors;
      expected.recorded += recorded;
    }
    const { overall, services } = statistics;
    const event = overall.events[0] ?? { count: 0, errors: 0 };
    const totals = { count: event.count, errors: event.errors, recorded: overall.recorded };
    expect(totals).toEqual(expected);
    expect(services.reduce((sum, service) => sum + (service.events[0]?.count ?? 0), 0)).toBe(expected.count);
    expect(totals.count).toBeGreaterThanOrEqual(this.last.count);
    this.last = totals;
  }
}

const ATTACKS = ['garbage', 'cut', 'absurd', 'rate', 'nothing', 'earlier'] as const;
type Attack = (typeof ATTACKS)[number];

type Step = (history: History) => void;
const member = fc.nat(3);
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>((history) => history.round(-1, 'garbage')) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(member, fc.integer({ min: 1, max: 50 }), fc.nat(1))
      .map<Step>(([i, n, errors]) => (history) => {
        const { pod } = history.members[i];
        history.members[i].earlier = pod.bytes();
        pod.record(EVENT, new Float32Array(n).fill(0.001 * (i + 1)), { errors });
      }),
  },
  {
    weight: 2,
    arbitrary: member.map<Step>((i) => (history) => {
      // Five restarts a minute are taken for what they are.
      history.fleet.now += 20_000;
      history.members[i].pod = new FakePod(history.fleet.now);
      history.members[i].pod.event(EVENT);
      history.members[i].earlier = history.members[i].pod.bytes();
    }),
  },
  {
    weight: 3,
    arbitrary: member.map<Step>((i) => (history) => {
      history.members[i].isListed = !history.members[i].isListed;
      history.list();
    }),
  },
  {
    weight: 2,
    arbitrary: member.map<Step>((i) => (history) => {
      history.members[i].answers = !history.members[i].answers;
    }),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(member, fc.constantFrom(...ATTACKS)).map<Step>(([i, attack]) => (history) => {
      history.round(i, attack);
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>((history) => history.save()) },
  { weight: 2, arbitrary: fc.boolean().map<Step>((fromSaved) => (history) => history.restart(fromSaved)) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 15 }).map<Step>((minutes) => (history) => {
      history.fleet.now += minutes * MINUTES;
    }),
  },
);

describe('whatever becomes of pods and of the aggregation worker', () => {
  it('no total falls, and each is the sum of what was heard of every run', () => {
    fc.assert(
      fc.property(fc.array(steps, { minLength: 10, maxLength: 60 }), (history) => {
        const state = new History();
        for (const step of history) step(state);
        state.round(-1, 'garbage');
      }),
      { numRuns: 2000, seed: 1 },
    );
  }, 60_000);
});

describe('a pod', () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => (i + 1) * 1e-3);

  function merged(): { fleet: Fleet; a: FakePod; b: FakePod; one: Target; two: Target } {
    const fleet = new Fleet();
    const [one, two] = [target('a'), target('b')];
    const a = new FakePod(NOON - 1000).record(EVENT, values);
    const b = new FakePod(NOON - 1000).record(EVENT, values.subarray(0, 10));
    fleet.merger.setTargets([one, two]);
    fleet.round([
      [one, a.tick().bytes()],
      [two, b.tick().bytes()],
    ]);
    return { fleet, a, b, one, two };
  }

  it('that goes is out of the windows at once and in the totals for good', () => {
    const { fleet, b, two } = merged();
    fleet.merger.setTargets([two]);
    const statistics = fleet.round([[two, b.tick().bytes()]]);
    const { count, max, windows } = eventOf(statistics, EVENT, 'trading');
    expect([count, max, windows['5s'].count]).toEqual([1010, Math.fround(1), 10]);
    expect(statistics.pods.map(({ name }) => name)).toEqual(['pod-b']);
  });

  it('that goes unheard for a round is out of its windows, and in again with the next answer', () => {
    const { fleet, a, b, one, two } = merged();
    const without = fleet.round([
      [one, 'timeout'],
      [two, b.tick().bytes()],
    ]);
    expect([eventOf(without, EVENT).count, eventOf(without, EVENT).windows['1s'].count]).toEqual([1010, 10]);
    expect(without.services[0].pods).toBe(1);
    expect(without.pods[0]).toMatchObject({ name: 'pod-a', state: 'set_aside', reason: 'timeout' });
    expect(without.pods[0].figures?.events[0].count).toBe(1000);
    const again = fleet.round([
      [one, a.tick().bytes()],
      [two, b.tick().bytes()],
    ]);
    expect(eventOf(again, EVENT).windows['1s'].count).toBe(1010);
    expect(again.pods[0]).toMatchObject({ state: 'merged', reason: null });
  });

  it('that restarts counts from nothing beside what it counted before', () => {
    const { fleet, one } = merged();
    fleet.merger.setTargets([one]);
    const again = new FakePod(fleet.now).record(EVENT, [5]);
    const { count, max, quantiles } = eventOf(fleet.round([[one, again.tick().bytes()]]), EVENT);
    expect([count, max]).toEqual([1011, 5]);
    expect(quantiles?.p50).toBeCloseTo(0.496, 2);
  });

  it('that returns after its digests were retired adds what its counts rose by', () => {
    const { fleet, a, b, one, two } = merged();
    fleet.merger.setTargets([two]);
    fleet.now += 11 * MINUTES;
    fleet.round([[two, b.tick().bytes()]]);
    fleet.merger.setTargets([one, two]);
    a.record(EVENT, [9, 9]);
    const { count, max } = eventOf(fleet.round([[one, a.tick().bytes()]]), EVENT);
    // The digest it comes with holds what is retired already.
    expect([count, max]).toEqual([1012, Math.fround(1)]);
    expect(eventOf(fleet.round([[one, a.tick().bytes()]]), EVENT).count).toBe(1012);
  });

  it('behind an address shared by two processes is two runs, which take turns', () => {
    const { fleet, a, one } = merged();
    const other = new FakePod(NOON - 500).record(EVENT, [1, 2, 3]);
    for (let i = 0; i < 20; i++) {
      const pod = i % 2 === 0 ? other : a;
      pod.record(EVENT, [1]);
      const statistics = fleet.round([[one, pod.tick().bytes()]]);
      expect(statistics.round.merged).toBe(1);
      expect(eventOf(statistics, EVENT).count).toBe(1013 + i + 1);
    }
  });

  it('whose worker commits no more is stale after three seconds, whatever its clock says', () => {
    const { fleet, one } = merged();
    // Ahead by an hour, and stopped there.
    const bytes = new FakePod(NOON - 1000).record(EVENT, values).tick(3_600_000).bytes();
    const states = Array.from({ length: 6 }, () => fleet.round([[one, bytes]]).pods[0].reason);
    expect(states).toEqual([null, null, null, 'stale', 'stale', 'stale']);
  });

  it('with a clock far from ours is as fresh as any', () => {
    const { fleet, one } = merged();
    const behind = new FakePod(NOON - 300 * 86_400_000).record(EVENT, [1]);
    for (let i = 0; i < 10; i++) {
      expect(fleet.round([[one, behind.tick().bytes()]]).pods[0].state).toBe('merged');
    }
  });
});
