import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DirectoryLease } from '../../../src/rollout/leadership/directory-lease.ts';
import type { LeaseRecord } from '../../../src/rollout/leadership/lease.ts';
import { DirectoryStore } from '../../../src/rollout/store/directory-store.ts';
import { eventually } from '../../support/programs.ts';
import { RolloutRun } from '../support/rollout-run.ts';
import { quickSpec } from '../support/specs.ts';

const DAMAGED = [
  ['of another version', '{"status":{"schemaVersion":99},"evidence":{}}'],
  ['that is no JSON', '{"status":'],
] as const;

describe('the master switch over a state', () => {
  it.each(DAMAGED)('%s disables every pod, once, and says what to delete', async (_, text) => {
    await using run = await RolloutRun.create(quickSpec(1000));
    run.millisPerLook = 0;
    const controller = run.start();
    await run.until('a start', ({ phase }) => phase === 'baseline');
    await controller.request('promote', 'eve');
    await run.consistent();
    const { generation, enabled } = JSON.parse((await run.store.readOptions()).text ?? '');
    expect(enabled).toBe(true);
    const damaged = join(run.directory, 'state-1000.json');
    await writeFile(damaged, text);
    await eventually('no status', async () => (controller.status() === null ? true : undefined));
    expect(JSON.parse((await run.store.readOptions()).text ?? '').enabled).toBe(true);

    // Nothing else of the spec can be followed.
    await run.writeSpec('enabled: false\nsteps: 7\n');
    const off = await eventually('disabling', async () => {
      const { text: options } = await run.store.readOptions();
      return JSON.parse(options ?? '').enabled === false ? options : undefined;
    });
    expect(JSON.parse(off ?? '')).toEqual({ generation: generation + 1, enabled: false, control: [] });
    const errors = controller.storeErrors;
    await eventually('more ticks', async () => (controller.storeErrors > errors + 2 ? true : undefined));
    expect((await run.store.readOptions()).text).toBe(off);
    const told = run.lines.filter(({ message }) => message.includes('though the state is damaged'));
    expect(told).toHaveLength(1);
    expect(told[0].message).toContain(join(run.directory, 'state-*.json'));

    for (const name of await readdir(run.directory)) {
      if (name.startsWith('state-')) await rm(join(run.directory, name));
    }
    await run.writeSpec(quickSpec(1000));
    await run.until('a new start', ({ phase }) => phase === 'baseline', 20);
  });
});

describe('a decision that was stored without its answer', () => {
  it('is told of when the state is read again, once', async () => {
    await using run = await RolloutRun.create(quickSpec(2));
    class Mute extends DirectoryStore {
      /** The first write of each decision goes through and seems to fail. */
      private last = '';
      lost = 0;
      override async writeState(status: string, evidence: string, version: string): Promise<string> {
        const written = await super.writeState(status, evidence, version);
        const latest = JSON.stringify(JSON.parse(status).decisions[0]);
        if (latest === this.last) return written;
        this.last = latest;
        this.lost++;
        throw new Error('no answer');
      }
    }
    const store = new Mute(run.directory);
    const controller = run.start({ store });
    await run.until('completion', ({ phase }) => phase === 'complete', 30);
    await eventually('the last', async () => (controller.decisions.has('complete') ? true : undefined));
    const { decisions } = (await run.storedStatus()) ?? { decisions: [] };
    expect(store.lost).toBe(5);
    expect(run.announced).toEqual([...decisions].reverse());
    expect(Object.fromEntries(controller.decisions)).toEqual({ start: 1, advance: 3, complete: 1 });
  });
});

describe('stopping', () => {
  it('takes five seconds at most when the store hangs', { timeout: 20_000 }, async () => {
    await using run = await RolloutRun.create(quickSpec(1000));
    let isHung = false;
    class Hanging extends DirectoryLease {
      override async write(holder: string, seen: LeaseRecord): Promise<LeaseRecord> {
        return isHung ? await new Promise(() => undefined) : await super.write(holder, seen);
      }
    }
    const controller = run.start({ lease: new Hanging(run.directory) });
    await run.until('a start', ({ phase }) => phase === 'baseline');
    isHung = true;
    const before = performance.now();
    await controller.stop();
    expect(performance.now() - before).toBeLessThan(8000);
    expect(run.lines.at(-1)?.message).toMatch(/the lease was not released/);
    expect(await readFile(join(run.directory, 'options.yaml'), 'utf8')).toContain('"enabled": false');
    // As the run stops its controllers as well.
    run.controllers.length = 0;
  });
});
