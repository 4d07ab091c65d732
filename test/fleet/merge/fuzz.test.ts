import { describe, expect, it } from 'vitest';
import { SET_ASIDE_REASONS } from '../../../src/contract/fleet.ts';
import { SNAPSHOT_LIMITS } from '../../../src/contract/snapshot.ts';
import { decodeSnapshot } from '../../../src/contract/snapshot-decoder.ts';
import { TDigest } from '../../../src/sketch/tdigest.ts';
import { seededUniform } from '../../sketch/distributions.ts';
import { settledMemory } from '../../support/settled-memory.ts';
import { FakePod, NOON, target } from './fake-pod.ts';
import { eventOf, Fleet } from './fleet.ts';
import { Mutations } from './mutations.ts';

const DECODED = 500_000;
const ACCEPTED = 500_000;
const EVENT = 'order_execution';
const START_AT = 12 + 1 + 'pod'.length + 8;

const bases = [
  new FakePod(NOON - 10_000).record(EVENT, [1, 2, 3]).record('slippage', [-1, 0, 4]).bytes(),
  new FakePod(NOON - 10_000).record(EVENT, [0.5, 0.5, 7, 9], { weight: 2.5 }).bytes(),
  new FakePod(NOON - 10_000).record('b', [1]).record('c', []).record('d', [1e-3, 1e3, -1e3]).bytes(),
];

describe('a million mutated snapshots', () => {
  it(`are refused or sound: ${DECODED} decoded`, () => {
    const mutations = new Mutations(bases, seededUniform(1));
    const into = TDigest.create(SNAPSHOT_LIMITS.centroids);
    let sound = 0;
    let before = 0;
    for (let i = 0; i < DECODED; i++) {
      if (i === DECODED / 8) before = settledMemory();
      const { snapshot, problem } = decodeSnapshot(mutations.next());
      if ((snapshot === null) === (problem === null)) throw new Error('neither a snapshot nor a problem');
      if (snapshot === null) continue;
      sound++;
      if (snapshot.recorded !== snapshot.aggregated + snapshot.overwritten) throw new Error('inconsistent');
      for (const { total, windows } of snapshot.events) {
        for (const { count, digest } of [total, ...windows]) {
          const { means, weights, min, max, sum, exactCount } = digest;
          if (!Number.isFinite(count) || !into.load(means, weights, min, max, sum, exactCount)) {
            throw new Error('a digest that is none');
          }
        }
      }
    }
    expect(settledMemory() - before).toBeLessThan(8 * 1024 * 1024);
    // Some changes make no difference, or another snapshot as good as the first.
    expect(sound).toBeGreaterThan(DECODED / 50);
    expect(sound).toBeLessThan(DECODED / 2);
  }, 300_000);

  it(`harm no other pod: ${ACCEPTED} merged or set aside`, () => {
    const fleet = new Fleet();
    const honest = new FakePod(NOON - 10_000).record(EVENT, [1, 2, 3, 4]);
    const [good, ...hostile] = [
      target('good', 'good'),
      ...Array.from({ length: 100 }, (_, i) => target(`h${i}`, 'bad')),
    ];
    fleet.merger.setTargets([good, ...hostile]);
    const first = fleet.round([[good, honest.tick().bytes()]]);
    const mutations = new Mutations(bases, seededUniform(2));
    const reasons = new Set<string>();
    let merged = 0;
    let before = 0;
    for (let i = 0; i < ACCEPTED; i++) {
      if (i === ACCEPTED / 2) before = settledMemory();
      // A new run of each target now and then; most go on.
      const startedAt = NOON - 10_000 + Math.floor(i / 5000);
      const bytes = mutations.next((view) => view.setFloat64(START_AT, startedAt, true));
      const reason = fleet.merger.accept(hostile[i % hostile.length], bytes);
      if (reason === null) merged++;
      else reasons.add(reason);
      if (i % hostile.length === hostile.length - 1) fleet.finish();
      if (i % 50_000 === 49_999) fleet.restart().merger.setTargets([good, ...hostile]);
    }
    const last = fleet.round([[good, honest.tick().bytes()]]);
    // Room for the 2,048 events that are kept apart, and the runs that may come back.
    expect(settledMemory() - before).toBeLessThan(192 * 1024 * 1024);
    expect(eventOf(last, EVENT, 'good')).toEqual(eventOf(first, EVENT, 'good'));
    expect(last.services.find(({ service }) => service === 'good')).toMatchObject({ pods: 1, recorded: 4 });
    for (const event of last.overall.events) {
      for (const { count, mean, quantiles } of [event, ...Object.values(event.windows)]) {
        const figures = [count, mean ?? 0, ...Object.values(quantiles ?? {})];
        if (!figures.every(Number.isFinite)) throw new Error(`${event.event}: ${figures}`);
      }
    }
    expect(decodeSnapshot(fleet.merger.encodeDigest()).problem).toBeNull();
    // The mutations reach whatever there is to say of bytes; more names take more than changes to a few.
    const ofBytes = SET_ASIDE_REASONS.slice(SET_ASIDE_REASONS.indexOf('not_a_snapshot'));
    expect([...reasons, 'too_many_events'].sort()).toEqual([...ofBytes].sort());
    expect(merged).toBeGreaterThan(ACCEPTED / 50);
    expect(merged).toBeLessThan(ACCEPTED / 2);
  }, 300_000);
});
