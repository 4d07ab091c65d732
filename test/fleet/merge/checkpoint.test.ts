import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSnapshot } from '../../../src/contract/snapshot-decoder.ts';
import { FleetMerger } from '../../../src/fleet/merge/fleet-merger.ts';
import { drawSamples } from '../../sketch/distributions.ts';
import { ExactOracle, relativeError } from '../../sketch/exact-oracle.ts';
import { FakePod, NOON, target } from './fake-pod.ts';
import { eventOf, Fleet } from './fleet.ts';

const EVENT = 'order_execution';
const [one, two, three] = [target('1'), target('2'), target('3', 'collector')];

/** A fleet with a live run, a departed one, and one that is folded. */
function grownFleet(): { fleet: Fleet; live: FakePod; departed: FakePod; folded: FakePod } {
  const fleet = new Fleet();
  const samples = drawSamples('lognormal', 30_000, 1);
  const folded = new FakePod(NOON - 1000).record(EVENT, samples.subarray(0, 10_000), { errors: 7 });
  const departed = new FakePod(NOON - 2000).record(EVENT, samples.subarray(10_000, 20_000));
  const live = new FakePod(NOON - 3000).record(EVENT, samples.subarray(20_000));
  live.overwritten = 5;
  fleet.merger.setTargets([one, two, three]);
  fleet.round([
    [one, folded.tick().bytes()],
    [two, departed.tick().bytes()],
    [three, live.tick().bytes()],
  ]);
  fleet.merger.setTargets([two, three]);
  fleet.now += 11 * 60_000;
  fleet.merger.setTargets([three]);
  fleet.round([[three, live.tick().bytes()]]);
  return { fleet, live, departed, folded };
}

/** Bytes with a checksum that fits. */
function resealed(checkpoint: Uint8Array): Uint8Array {
  const bytes = checkpoint.slice();
  bytes.set(createHash('sha256').update(bytes.subarray(38)).digest(), 6);
  return bytes;
}

function restoreProblem(checkpoint: Uint8Array): string | null {
  const merger = new FleetMerger({ wallClock: () => NOON, checkpoint });
  const { overall } = merger.finishRound({ rounds: 1, late: 0, durationSeconds: 0, lagSeconds: 0 });
  if (merger.restoreProblem !== null) expect(overall.events).toEqual([]);
  return merger.restoreProblem;
}

describe('a checkpoint', () => {
  it('brings back every total, the start, and the quantiles nearly', () => {
    const { fleet } = grownFleet();
    const before = fleet.finish();
    fleet.now += 5000;
    fleet.restart();
    expect(fleet.merger.restoreProblem).toBeNull();
    const after = fleet.finish();
    expect(after.startedAt).toBe(NOON);
    const oracle = new ExactOracle(drawSamples('lognormal', 30_000, 1));
    for (const service of ['', 'trading', 'collector']) {
      const [a, b] = [eventOf(before, EVENT, service), eventOf(after, EVENT, service)];
      const { count, errors, breaches, min, max, sla } = a;
      expect(b).toMatchObject({ count, errors, breaches, min, max, sla });
    }
    expect(after.overall).toMatchObject({ recorded: 30_000, overwritten: 5 });
    const { quantiles } = eventOf(after, EVENT);
    expect(relativeError(quantiles?.p999 ?? Number.NaN, oracle.quantile(0.999))).toBeLessThan(0.01);
    expect(relativeError(quantiles?.p50 ?? Number.NaN, oracle.quantile(0.5))).toBeLessThan(0.03);
    const native = decodeSnapshot(fleet.merger.encodeDigest()).snapshot?.events[0].native;
    expect(native).toMatchObject({ count: 30_000 });
  });

  it('lets every run go on from where it was', () => {
    const { fleet, live, departed, folded } = grownFleet();
    fleet.restart().restart();
    fleet.merger.setTargets([one, two, three]);
    for (const pod of [live, departed]) pod.record(EVENT, [1, 1]);
    // Its digest stays left out, as what it holds is retired.
    folded.record(EVENT, [99, 99]);
    const statistics = fleet.round([
      [one, folded.tick().bytes()],
      [two, departed.tick().bytes()],
      [three, live.tick().bytes()],
    ]);
    expect(eventOf(statistics, EVENT)).toMatchObject({ count: 30_006, max: 1 });
    expect(eventOf(statistics, EVENT, 'collector').count).toBe(10_002);
    expect(statistics.setAside).toEqual({});
    const earlier = new FakePod(NOON - 3000).record(EVENT, [1]).tick(99_000);
    expect(fleet.round([[three, earlier.bytes()]]).setAside).toEqual({ went_backwards: 1 });
  });

  it('is a few KB a run', () => {
    const { fleet } = grownFleet();
    expect(fleet.merger.checkpoint().length).toBeLessThan(20_000);
  });

  it('can be taken before the first round is finished', () => {
    const fleet = new Fleet();
    fleet.merger.setTargets([one]);
    fleet.merger.accept(one, new FakePod(NOON).record(EVENT, [1]).bytes());
    fleet.restart();
    expect(fleet.merger.restoreProblem).toBeNull();
    expect(eventOf(fleet.finish(), EVENT).count).toBe(1);
  });

  it('that is cut off anywhere restores nothing, and says so', () => {
    const bytes = grownFleet().fleet.merger.checkpoint();
    expect(restoreProblem(bytes)).toBeNull();
    for (let length = 0; length < bytes.length; length += 7) {
      expect(restoreProblem(bytes.subarray(0, length))).toMatch(/checkpoint/);
    }
    expect(restoreProblem(Uint8Array.of(...bytes, 0))).toMatch(/damaged/);
  });

  it('with any bit flipped restores nothing', () => {
    const bytes = grownFleet().fleet.merger.checkpoint();
    const check = (at: number, bit: number): void => {
      const copy = bytes.slice();
      copy[at] ^= 1 << bit;
      expect(restoreProblem(copy)).toMatch(/checkpoint/);
    };
    fc.assert(fc.property(fc.nat(bytes.length - 1), fc.nat(7), check), { numRuns: 2000, seed: 1 });
  });

  it('whose checksum fits never throws, whatever is in it', () => {
    const bytes = grownFleet().fleet.merger.checkpoint();
    const change = fc.tuple(fc.integer({ min: 38, max: bytes.length - 1 }), fc.nat(255));
    let refused = 0;
    const check = (changes: [number, number][], length: number): void => {
      const copy = bytes.slice(0, length);
      for (const [at, value] of changes) if (at < length) copy[at] = value;
      const merger = new FleetMerger({ wallClock: () => NOON, checkpoint: resealed(copy) });
      merger.finishRound({ rounds: 1, late: 0, durationSeconds: 0, lagSeconds: 0 });
      if (merger.restoreProblem !== null) refused++;
    };
    const lengths = fc.oneof(fc.constant(bytes.length), fc.integer({ min: 42, max: bytes.length }));
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), lengths, check), {
      numRuns: 3000,
      seed: 2,
    });
    expect(refused).toBeGreaterThan(1000);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /no checkpoint/],
    ['a text', new TextEncoder().encode('{"version":1}'.repeat(100)), /no checkpoint/],
    ['a version that is not known', new TextEncoder().encode(`PMFC\x09\0${' '.repeat(100)}`), /version 9/],
    ['more than 64 MiB', new Uint8Array(64 * 1024 * 1024 + 1), /64 MiB/],
    ['JSON of another kind', resealed(withIndex('[]')), /cannot be read/],
    ['JSON with a text for a number', resealed(withIndex('{"startedAt":"x"}')), /cannot be read/],
  ])('that is %s is reported', (_, bytes, problem) => {
    expect(restoreProblem(bytes)).toMatch(problem);
  });
});

function withIndex(json: string): Uint8Array {
  const bytes = new TextEncoder().encode(`PMFC\x01\0${' '.repeat(36)}${json}`);
  new DataView(bytes.buffer).setUint32(38, json.length, true);
  return bytes;
}
