import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryLease } from '../../../src/rollout/leadership/directory-lease.ts';
import { Leadership } from '../../../src/rollout/leadership/leadership.ts';
import { eventually } from '../../support/programs.ts';

const LEASE_MILLIS = 600;
let directory: string;
let running: Leadership[];
let lines: string[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rollout-lease-'));
  running = [];
  lines = [];
});
afterEach(async () => {
  await Promise.all(running.map((leadership) => leadership.stop()));
  await rm(directory, { recursive: true, force: true });
});

function candidate(
  identity: string,
  settings: { clock?: () => number; leaseMillis?: number } = {},
): Leadership {
  const log = {
    info: (_fields: object, message: string) => void lines.push(`${identity} ${message}`),
    warn: (fields: object, message: string) =>
      void lines.push(`${identity} ${message} ${JSON.stringify(fields)}`),
  };
  const lease = new DirectoryLease(directory);
  const leadership = new Leadership({ lease, identity, log, leaseMillis: LEASE_MILLIS, ...settings });
  running.push(leadership);
  leadership.start();
  return leadership;
}

function leads(leadership: Leadership): Promise<true> {
  return eventually('a leader', async () => leadership.isLeader() || undefined, 10);
}

describe('leader election', () => {
  it('has one leader of many candidates', async () => {
    const candidates = Array.from({ length: 8 }, (_, i) => candidate(`c${i}`));
    await Promise.any(candidates.map(leads));
    for (let look = 0; look < 100; look++) {
      expect(candidates.filter((one) => one.isLeader())).toHaveLength(1);
      await new Promise(setImmediate);
    }
  });

  it('hands over at once when the leader stops, though the lease has long to go', async () => {
    const first = candidate('first', { leaseMillis: 600_000 });
    await leads(first);
    const second = candidate('second', { leaseMillis: 600_000 });
    await first.stop();
    expect(first.isLeader()).toBe(false);
    await leads(second);
  });

  it('hands over when the leader is silent for the time of the lease, and not while it renews', async () => {
    const first = candidate('first');
    await leads(first);
    const second = candidate('second');
    const until = performance.now() + 3 * LEASE_MILLIS;
    while (performance.now() < until) {
      expect(second.isLeader()).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(first.isLeader()).toBe(true);
    expect(lines).toEqual(['first leads the rollout']);
  });

  it('ends, for a leader that cannot renew, before another can begin', async () => {
    let now = 0;
    const leader = candidate('leader', { clock: () => now, leaseMillis: 15_000 });
    await leads(leader);
    now = 9_999;
    expect(leader.isLeader()).toBe(true);
    now = 10_001;
    expect(leader.isLeader()).toBe(false);
  });

  it('tells of an outage once, takes no lead in it, and goes on after it', async () => {
    await rm(directory, { recursive: true });
    const leadership = candidate('one');
    await eventually('a line', async () => lines[0]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/the lease of the rollout cannot be read .*ENOENT/);
    expect(leadership.isLeader()).toBe(false);
    await mkdir(directory);
    await leads(leadership);
  });
});
