import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/programs.ts';
import { RolloutRun } from '../support/rollout-run.ts';
import { quickSpec } from '../support/specs.ts';

async function running(): Promise<RolloutRun> {
  const run = await RolloutRun.create(quickSpec(1000));
  run.millisPerLook = 0;
  run.start();
  await run.until('a start', ({ phase }) => phase === 'baseline');
  return run;
}

async function deleteState({ directory }: RolloutRun): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith('state-')) await rm(join(directory, name));
  }
}

describe('a request to a rollout', () => {
  it('is done once it resolves, at the leader and at another, and is stored no longer', async () => {
    await using run = await running();
    const [leader] = run.controllers;
    await leader.request('promote', 'ada');
    expect((await run.storedStatus())?.step).toBe(0);
    const other = run.start();
    await eventually('its status', async () => other.status() ?? undefined);
    await other.request('pause', 'eve');
    expect([other.isLeader(), other.status()?.phase, (await run.storedStatus())?.phase]).toEqual([
      false,
      'paused',
      'paused',
    ]);
    // Its answer is read from the stored state; that the request itself is gone comes after it.
    await eventually(
      'the request to be gone',
      async () => (await run.store.readState()).request === null || undefined,
    );
  });

  it('of many at once is either done or rejected with a sentence, and none is lost', async () => {
    await using run = await running();
    const other = run.start();
    await eventually('its status', async () => other.status() ?? undefined);
    const names = Array.from({ length: 10 }, (_, i) => `person-${i}`);
    const results = await Promise.allSettled(
      names.map((by, i) => run.controllers[i % 2].request('promote', by)),
    );
    const { decisions } = (await run.storedStatus()) ?? { decisions: [] };
    const done = decisions.filter(({ reason }) => reason.startsWith('asked for')).map(({ by }) => by);
    const resolved = names.filter((_, i) => results[i].status === 'fulfilled');
    expect(resolved.length).toBeGreaterThan(0);
    expect(done.toSorted()).toEqual(resolved);
    for (const result of results) {
      if (result.status === 'rejected') {
        expect(String(result.reason.message)).toMatch(/promote (was not stored.*again in some|refused: )/);
      }
    }
  });

  it('that is refused rejects, and says why', async () => {
    await using run = await running();
    await expect(run.controllers[0].request('resume', 'eve')).rejects.toMatchObject({
      code: 'PERF_ROLLOUT_REFUSED',
      message: 'resume refused: the rollout is baseline',
    });
  });

  it('that nobody answers rejects after ten seconds', { timeout: 30_000 }, async () => {
    await using run = await running();
    const [controller] = run.controllers;
    await controller.stop();
    await expect(controller.request('pause', 'eve')).rejects.toMatchObject({
      code: 'PERF_ROLLOUT',
      message: expect.stringMatching(/^nobody has answered within 10 s/),
    });
  });

  it('is not done again when the state was deleted after it, by the same leader or the next', async () => {
    await using run = await running();
    const [first] = run.controllers;
    await first.request('promote', 'eve');
    await deleteState(run);
    await run.until('a new start', ({ step, phase }) => step === -1 && phase === 'baseline');
    await first.stop();
    await deleteState(run);
    run.start();
    const { decisions } = await run.until('a start', ({ phase }) => phase === 'baseline');
    expect(decisions.map(({ decision }) => decision)).toEqual(['start']);
  });

  it('from before the rollout began anew is dropped', async () => {
    await using run = await RolloutRun.create(quickSpec(1000));
    run.millisPerLook = 0;
    await run.store.writeRequest({ id: 'a', verb: 'promote', by: 'eve', at: run.now - 1000 });
    run.start();
    const { decisions } = await run.until('a start', ({ phase }) => phase === 'baseline');
    expect(decisions.map(({ decision }) => decision)).toEqual(['start']);
    await eventually('its removal', async () => (await run.store.readState()).request === null || undefined);
  });
});
