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
