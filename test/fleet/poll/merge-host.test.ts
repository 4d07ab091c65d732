import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FleetStatistics } from '../../../src/contract/fleet.ts';
import { SNAPSHOT_VERSION } from '../../../src/contract/snapshot.ts';
import { decodeSnapshot } from '../../../src/contract/snapshot-decoder.ts';
import { MergeHost, type MergeHostSettings } from '../../../src/fleet/merge-host.ts';
import type { Minute } from '../../../src/fleet/minute.ts';
import { eventually } from '../../support/programs.ts';
import { DIGEST, drip, hanging, live, Pods } from './pods.ts';

const RECORDED = 210;

/** A merge host with all that it has told so far. */
class Watched {
  readonly rounds: FleetStatistics[] = [];
  readonly minutes: Minute[] = [];
  readonly logged: string[] = [];
  digest: Uint8Array = new Uint8Array();
  checkpoint: Uint8Array | null = null;
  readonly host: MergeHost;

  constructor(change: Partial<MergeHostSettings> = {}) {
    const log = (_: unknown, message: string): void => void this.logged.push(message);
    this.host = new MergeHost({
      checkpoint: null,
      minuteMillis: 60_000,
      onRound: (statistics, digest) => {
        this.rounds.push(statistics);
        this.digest = digest;
      },
      onMinute: (minute, checkpoint) => {
        this.minutes.push(minute);
        this.checkpoint = checkpoint;
      },
      log: { info: log, warn: log, error: log },
      ...change,
    });
  }

  get last(): FleetStatistics | undefined {
    return this.rounds.at(-1);
  }

  round(what: string, isThere: (statistics: FleetStatistics) => boolean): Promise<FleetStatistics> {
    return eventually(what, async () => (this.last && isThere(this.last) ? this.last : undefined), 15);
  }
}

let pods: Pods;
const watched: Watched[] = [];
const threads: Worker[] = [];
const onThread = (message: unknown): void => void threads.push((message as { worker: Worker }).worker);

function start(change: Partial<MergeHostSettings> = {}): Watched {
  const one = new Watched(change);
  watched.push(one);
  return one;
}

beforeEach(() => {
  pods = new Pods();
  subscribe('worker_threads', onThread);
});

afterEach(async () => {
  unsubscribe('worker_threads', onThread);
  await Promise.all(watched.splice(0).map(({ host }) => host.stop()));
  await pods.close();
  threads.length = 0;
});

describe('a merge host', () => {
  it('merges the honest pods in each round, and tells of each bad one why it was set aside', async () => {
    const good = await pods.addMany(5, live);
    const version = DIGEST.slice();
    new DataView(version.buffer).setUint16(4, SNAPSHOT_VERSION + 1, true);
    const bad = {
      timeout: await pods.add(hanging),
      version: await pods.add((_, response) => void response.end(version)),
      truncated: await pods.add((_, response) => void response.end(DIGEST.subarray(0, 99))),
      not_a_snapshot: await pods.add((_, response) => void response.end('<html>'.repeat(999))),
      http_status: await pods.add((_, response) => void response.writeHead(503).end()),
      dripping: await pods.add((_, response) => drip(response, DIGEST)),
    };
    const one = start();
    one.host.setTargets([...Object.values(bad), ...good]);
    one.host.start();
    await one.round('four rounds', ({ round }) => round.rounds >= 4);
    expect(one.rounds.map(({ round }) => round.rounds)).toEqual(one.rounds.map((_, i) => i + 1));
    const asked = one.rounds.filter(({ round }) => round.targets > 0);
    for (const { pods: states, overall, round } of asked) {
      const reasonOf = (id: string) => states.find((pod) => pod.id === id)?.reason;
      for (const { id } of good) expect(reasonOf(id)).toBeNull();
      for (const [reason, { id }] of Object.entries(bad)) {
        expect(reasonOf(id)).toBe(reason === 'dripping' ? 'timeout' : reason);
      }
      expect([round.targets, round.merged, overall.pods]).toEqual([11, 5, 5]);
    }
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(decodeSnapshot(one.digest).problem).toBeNull();
    expect(decodeSnapshot(one.digest).snapshot?.events.map(({ name }) => name)).toContain('order_execution');
  });

  it('merges a pod that appears within two rounds, and lets go of one that is gone, but not of its totals', async () => {
    const [a, b] = [await pods.add(live, 'first'), await pods.add(live, 'second')];
    const one = start();
    one.host.setTargets([a]);
    one.host.start();
    const { round, overall } = await one.round('the first pod', ({ round }) => round.merged === 1);
    expect(overall.recorded).toBe(RECORDED);
    one.host.setTargets([a, b]);
    const both = await one.round('the second pod', ({ round }) => round.merged === 2);
    expect(both.round.rounds - round.rounds).toBeLessThanOrEqual(2);
    expect(both.services.map(({ service, pods }) => [service, pods])).toEqual([
      ['first', 1],
      ['second', 1],
    ]);
    expect(both.overall.recorded).toBe(2 * RECORDED);
    one.host.setTargets([b]);
    const after = await one.round('the first pod to be gone', ({ round }) => round.targets === 1);
    expect(after.round.rounds - both.round.rounds).toBeLessThanOrEqual(2);
    expect(after.pods.map(({ id }) => id)).toEqual([b.id]);
    expect(after.overall.recorded).toBe(2 * RECORDED);
  });

  it('hands on a last minute when it stops, from which the next one goes on', async () => {
    const target = await pods.add(live);
    const first = start();
    first.host.setTargets([target]);
    first.host.start();
    await first.round('a merged round', ({ round }) => round.merged === 1);
    await first.host.stop();
    expect(first.minutes).toHaveLength(1);
    await pods.remove(target);
    const second = start({ checkpoint: first.checkpoint });
    second.host.setTargets([]);
    second.host.start();
    const { overall } = await second.round('a round', () => true);
    expect(overall.recorded).toBe(RECORDED);
    expect(second.logged).toEqual([]);
  });

  it('merges nothing before it knows of whom: a fleet of none would look ready', async () => {
    const one = start();
    one.host.start();
    const target = await pods.add(live);
    setTimeout(() => one.host.setTargets([target]), 1000);
    const { round } = await one.round('the first round', () => true);
    expect([round.rounds, round.targets]).toEqual([1, 1]);
  });

  it('takes a minute each minute', async () => {
    const one = start({ minuteMillis: 1000 });
    one.host.setTargets([await pods.add(live)]);
    one.host.start();
    await eventually('three minutes', async () => one.minutes.length >= 3 || undefined, 15);
    const [a, b, c] = one.minutes;
    expect([b?.from, c?.from]).toEqual([a?.to, b?.to]);
  });

  it('says so when a checkpoint cannot be read, and begins anew', async () => {
    const one = start({ checkpoint: Uint8Array.of(1, 2, 3) });
    one.host.setTargets([]);
    one.host.start();
    await one.round('a round', () => true);
    expect(one.logged).toEqual(['the totals of an earlier run cannot be read: they begin anew']);
  });

  it('starts a thread that died again, from its last checkpoint: no total falls, and no count', async () => {
    const gone = await pods.add(live);
    const kept = await pods.add(live);
    const one = start({ minuteMillis: 1000 });
    const hangs = await pods.add(hanging);
    one.host.setTargets([gone, kept, hangs]);
    one.host.start();
    await one.round('both', ({ overall }) => overall.recorded === 2 * RECORDED);
    one.host.setTargets([kept, hangs]);
    const before = one.minutes.length;
    await eventually('a checkpoint', async () => one.minutes.length > before || undefined, 15);
    for (let i = 1; i <= 2; i += 1) {
      await threads.at(-1)?.terminate();
      const before = one.last;
      one.rounds.length = 0;
      const { overall, round, setAside } = await one.round(
        'a round of the next thread',
        ({ round }) => round.merged === 1,
      );
      expect(overall.recorded).toBe(2 * RECORDED);
      expect(round.rounds).toBeGreaterThan(before?.round.rounds ?? Number.NaN);
      expect(setAside.timeout).toBeGreaterThan(before?.setAside.timeout ?? Number.NaN);
      expect([one.host.restarts, threads.length]).toEqual([i, i + 1]);
    }
    expect(new Set(one.logged)).toEqual(
      new Set(['the merge thread died: it is started again until it runs']),
    );
  });

  it('stops when its thread is dead, and starts none after that', async () => {
    const one = start();
    one.host.setTargets([]);
    one.host.start();
    await one.round('a round', () => true);
    await Promise.all([threads.at(-1)?.terminate(), one.host.stop()]);
    one.host.start();
    await one.host.stop();
    expect(threads).toHaveLength(1);
  });
});
