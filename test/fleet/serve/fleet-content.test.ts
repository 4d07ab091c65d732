import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { FleetContent } from '../../../src/fleet/serve/fleet-content.ts';
import { fleetFixture, historyFixture, rolloutFixture } from './fixture.ts';
import { RecordedRollout } from './serving.ts';

const DIGEST = new Uint8Array(4);

let now: number;
let rollout: RecordedRollout;
let content: FleetContent;

beforeEach(() => {
  now = 1e6;
  rollout = new RecordedRollout();
  content = new FleetContent(
    {
      rollout,
      history: historyFixture,
      dumps: () => ({ written: 0, failed: 0 }),
      registry: new Registry(),
      pagePath: new URL('./missing.html', import.meta.url),
    },
    () => 0,
    () => now,
  );
});

describe('what the fleet server has to read', () => {
  it('is ready while rounds end, and says for how long none has', () => {
    expect(content.notReady()).toMatch(/^No round has ended yet/);
    content.update(fleetFixture(1), DIGEST);
    now += 10_000;
    expect(content.notReady()).toBeNull();
    now += 1500;
    expect(content.notReady()).toMatch(/^The last round ended 11 s ago/);
    content.update(fleetFixture(2), DIGEST);
    expect(content.notReady()).toBeNull();
  });

  it('is alive before the first round, and not when none has ended for more than 60 s', async () => {
    now += 1e6;
    expect(await content.health()).toMatchObject({ type: 'text/plain; charset=utf-8' });
    content.update(fleetFixture(1), DIGEST);
    now += 60_000;
    await content.health();
    now += 1000;
    const failure = { status: 503, message: 'Merging stands still: the last round ended 61 s ago.' };
    await expect(content.health()).rejects.toMatchObject(failure);
    content.update(fleetFixture(2), DIGEST);
    await content.health();
  });

  it('holds a history that is rendered every 5 s at most, whatever rounds end', async () => {
    const first = await content.history();
    content.update(fleetFixture(1), DIGEST);
    now += 5000;
    expect(await content.history()).toBe(first);
    now += 1;
    expect(await content.history()).not.toBe(first);
  });

  it('is rendered once a round, and tells of the rollout also while no round ends', async () => {
    content.update(fleetFixture(1), DIGEST);
    const first = await content.stats();
    rollout.known = { ...rolloutFixture(), phase: 'paused' };
    expect(await content.stats()).toBe(first);
    now += 2001;
    expect(JSON.parse(Buffer.from((await content.stats()).bytes).toString())).toMatchObject({
      round: { rounds: 1 },
      rollout: { phase: 'paused' },
    });
  });
});
