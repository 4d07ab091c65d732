import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { ROLLOUT_FAMILIES } from '../../../src/contract/fleet-families.ts';
import { DirectoryLease } from '../../../src/rollout/leadership/directory-lease.ts';
import type { LeaseRecord } from '../../../src/rollout/leadership/lease.ts';
import { registerRolloutMetrics } from '../../../src/rollout/rollout-metrics.ts';
import { DirectoryStore } from '../../../src/rollout/store/directory-store.ts';
import type { StoredState } from '../../../src/rollout/store/rollout-store.ts';
import { eventually } from '../../support/programs.ts';
import { brokenChain, RolloutRun } from '../support/rollout-run.ts';
import { quickSpec } from '../support/specs.ts';

describe('a rollout over pods that follow its options file', () => {
  it('goes from the baseline to the last step, and each decision is a row, a line, a count and an announcement', async () => {
    await using run = await RolloutRun.create(quickSpec(2));
    const controller = run.start();
    const { decisions, step } = await run.until('completion', ({ phase }) => phase === 'complete');
    const rows = [...decisions].reverse();
    expect(rows.map(({ decision }) => decision)).toEqual([
      'start',
      'advance',
      'advance',
      'advance',
      'complete',
    ]);
    expect([step, brokenChain(rows)]).toEqual([2, []]);
    await eventually('announcements', async () => (run.announced.length === rows.length ? true : undefined));
    expect(run.announced).toEqual(rows);
    expect(run.lines.flatMap(({ fields }) => fields.decision ?? [])).toEqual(rows.map((row) => row.decision));
    expect(Object.fromEntries(controller.decisions)).toEqual({ start: 1, advance: 3, complete: 1 });
    await run.consistent();
  });

  it('goes back when a gate fails, with a warning', async () => {
    await using run = await RolloutRun.create(quickSpec(4));
    run.pods = Array(6).fill({ overhead: (rate: number) => (rate < 0.5 ? 0.002 : 0.5) });
    run.start();
    const { decisions } = await run.until('a roll-back', ({ phase }) => phase === 'failed');
    expect(decisions[0]).toMatchObject({ decision: 'roll_back', from: 1, to: 0 });
    expect(run.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.decision)).toContain(
      'roll_back',
    );
    await run.consistent();
  });

  it('is switched off by its spec, and on again', async () => {
    await using run = await RolloutRun.create(quickSpec(1000));
    run.millisPerLook = 0;
    run.start();
    await run.until('a start', ({ phase }) => phase === 'baseline');
    await run.writeSpec(quickSpec(1000, { enabled: false }));
    await run.until('disabling', ({ phase }) => phase === 'disabled');
    await run.consistent();
    await run.writeSpec(quickSpec(1000));
    await run.until('the baseline again', ({ phase }) => phase === 'baseline');
  });

  it('says what is wrong with a spec that is missing or bad, and starts when it is there', async () => {
    await using run = await RolloutRun.create(null);
    run.start();
    const reason = async () =>
      (await run.storedStatus())?.conditions.find(({ type }) => type === 'SpecValid')?.message;
    await eventually('a sentence', async () =>
      (await reason())?.includes('there is no spec: write') ? true : undefined,
    );
    await run.writeSpec('steps: 7');
    await eventually('another', async () => ((await reason())?.includes('steps') ? true : undefined));
    await run.writeSpec(quickSpec(1000));
    await run.until('a start', ({ phase }) => phase === 'baseline');
  });

  it('makes the options file again when somebody has changed or deleted it', async () => {
    await using run = await RolloutRun.create(quickSpec(1000));
    run.start();
    await run.until('a start', ({ phase }) => phase === 'baseline');
    await run.consistent();
    await writeFile(join(run.directory, 'options.yaml'), 'samplingRate: 1\n');
    await run.consistent();
    await rm(join(run.directory, 'options.yaml'));
    await run.consistent();
  });

  it('answers a request at once, and a second of the same kind as well', async () => {
    await using run = await RolloutRun.create(quickSpec(1000));
    run.millisPerLook = 0;
    const controller = run.start({ tickMillis: 600_000 });
    await eventually('a leader', async () => controller.isLeader() || undefined);
    for (const [verb, phase] of [
      ['pause', 'paused'],
      ['resume', 'baseline'],
      ['pause', 'paused'],
    ] as const) {
      await controller.request(verb, 'eve');
      const { decisions } = await run.until(phase, (status) => status.phase === phase);
      expect(decisions[0]).toMatchObject({ decision: verb, by: 'eve' });
    }
  });
});

describe('a store that fails', () => {
  it('holds everything, is told of once and counted, and the rollout goes on at the same step when it works again', async () => {
    await using run = await RolloutRun.create(quickSpec(1000));
    run.millisPerLook = 0;
    const controller = run.start();
    await run.until('a start', ({ phase }) => phase === 'baseline');
    const away = `${run.directory}-away`;
    await rename(run.directory, away);
    await eventually('errors', async () => (controller.storeErrors >= 3 ? true : undefined));
    await expect(controller.request('pause', 'eve')).rejects.toMatchObject({
      code: 'PERF_ROLLOUT',
      message: expect.stringMatching(/^pause was not stored, and so will not happen: .*cannot be read/),
    });
    expect(run.lines.filter(({ message }) => message.includes('the rollout holds'))).toHaveLength(1);
    expect(controller.status()?.phase).toBe('baseline');
    await rename(away, run.directory);
    await eventually(
      'the end of it',
      async () => run.lines.find(({ message }) => message === 'the rollout goes on'),
      20,
    );
    await controller.request('pause', 'eve');
    await run.until('an answer', ({ phase }) => phase === 'paused');
  });

  it('that can be read and not written decides nothing', async () => {
    await using run = await RolloutRun.create(quickSpec(1));
    class Full extends DirectoryStore {
      isFull = false;
      override async writeState(status: string, evidence: string, version: string): Promise<string> {
        if (this.isFull) throw new Error('no space left on device');
        return await super.writeState(status, evidence, version);
      }
    }
    const store = new Full(run.directory);
    run.millisPerLook = 0;
    const controller = run.start({ store });
    await run.until('a start', ({ phase }) => phase === 'baseline');
    store.isFull = true;
    run.millisPerLook = 100;
    await eventually('errors', async () => (controller.storeErrors >= 5 ? true : undefined));
    expect([...controller.decisions.keys()]).toEqual(['start']);
    expect(controller.status()?.step).toBe(-1);
    store.isFull = false;
    const { decisions } = await run.until('completion', ({ phase }) => phase === 'complete');
    expect(run.announced).toEqual([...decisions].reverse());
  });

  it('that has no room for the evidence does not keep the rollout from going on', async () => {
    await using run = await RolloutRun.create(quickSpec(1));
    class Small extends DirectoryStore {
      override async readState(): Promise<StoredState> {
        return { ...(await super.readState()), evidence: null };
      }
    }
    run.start({ store: new Small(run.directory) });
    await run.until('completion', ({ phase }) => phase === 'complete');
  });

  it('that holds a damaged state waits for a person', async () => {
    await using run = await RolloutRun.create(quickSpec(1));
    await writeFile(join(run.directory, 'state-4.json'), '{"status":{"phase":"elsewhere"},"evidence":{}}');
    const controller = run.start();
    await eventually('an error', async () => (controller.storeErrors > 1 ? true : undefined));
    expect(String(run.lines.find(({ level }) => level === 'warn')?.fields.error)).toMatch(/delete it/);
    expect(controller.status()).toBeNull();
    await rm(join(run.directory, 'state-4.json'));
    await run.until('a start', ({ phase }) => phase !== 'disabled', 30);
  });
});

describe('a leader that slept between reading and storing', () => {
  it('changes nothing, and tells of no decision, once another has begun', async () => {
    await using run = await RolloutRun.create(quickSpec(3));
    const sleep = Promise.withResolvers<void>();
    let isAsleep = false;
    class SleepyStore extends DirectoryStore {
      override async writeState(status: string, evidence: string, version: string): Promise<string> {
        if (status.includes('"decision":"advance"')) {
          isAsleep = true;
          await sleep.promise;
        }
        return await super.writeState(status, evidence, version);
      }
    }
    class SleepyLease extends DirectoryLease {
      override async write(holder: string, seen: LeaseRecord): Promise<LeaseRecord> {
        if (isAsleep) await sleep.promise;
        return await super.write(holder, seen);
      }
    }
    const store = new SleepyStore(run.directory);
    const sleeper = run.start({ store, lease: new SleepyLease(run.directory), leaseMillis: 300 });
    await eventually('sleep', async () => isAsleep || undefined);
    const successor = run.start({ leaseMillis: 300 });
    await run.until('the first step', ({ step }) => step >= 0);
    const toldBefore = [...sleeper.decisions.keys()];
    sleep.resolve();
    await run.until('completion', ({ phase }) => phase === 'complete');
    expect(toldBefore).toEqual(['start']);
    expect([...sleeper.decisions.keys()]).toEqual(['start']);
    expect(successor.decisions.get('advance')).toBe(3);
    const { decisions } = (await run.storedStatus()) ?? { decisions: [] };
    expect(brokenChain([...decisions].reverse())).toEqual([]);
  });
});

describe('a process that does not lead', () => {
  it('serves the status that the leader has stored', async () => {
    await using run = await RolloutRun.create(quickSpec(1000));
    run.millisPerLook = 0;
    const first = run.start();
    await run.until('a start', ({ phase }) => phase === 'baseline');
    const second = run.start();
    await second.request('pause', 'eve');
    await eventually('the status', async () => (second.status()?.phase === 'paused' ? true : undefined));
    expect([first.isLeader(), second.isLeader()]).toEqual([true, false]);
    expect(second.decisions.size).toBe(0);
  });

  it('leads within two seconds of the leader’s stop, at the same step', async () => {
    await using run = await RolloutRun.create(quickSpec(1000));
    run.millisPerLook = 0;
    const first = run.start();
    await run.until('a start', ({ phase }) => phase === 'baseline');
    const second = run.start();
    await eventually('its status', async () => second.status() ?? undefined);
    const before = performance.now();
    await first.stop();
    await eventually('a leader', async () => second.isLeader() || undefined);
    // The lease has 15 s.
    expect(performance.now() - before).toBeLessThan(10_000);
    await second.request('pause', 'eve');
    await run.until('an answer', ({ phase, step }) => phase === 'paused' && step === -1);
  });
});

describe('the metrics of a rollout', () => {
  it('are the families of the contract, and say what the status says', async () => {
    await using run = await RolloutRun.create(quickSpec(2));
    const controller = run.start();
    const registry = new Registry();
    registerRolloutMetrics(registry, controller, () => run.now);
    await run.until('completion', ({ phase, pods }) => phase === 'complete' && pods.inStep === 6);
    const text = await registry.metrics();
    expect((await registry.getMetricsAsJSON()).map(({ name }) => name)).toEqual(
      Object.values(ROLLOUT_FAMILIES).map(({ name }) => name),
    );
    for (const line of [
      'perf_rollout_phase{phase="complete"} 1',
      'perf_rollout_phase{phase="paused"} 0',
      'perf_rollout_step 2',
      'perf_rollout_steps 3',
      'perf_rollout_sampling_ratio 1',
      'perf_rollout_pods{state="in_step"} 6',
      'perf_rollout_gate{gate="overhead",verdict="pass"} 1',
      'perf_rollout_gate_limit{gate="overhead"} 0.01',
      'perf_rollout_decisions_total{decision="advance"} 3',
      'perf_rollout_decisions_total{decision="roll_back"} 0',
      'perf_rollout_leader 1',
      'perf_rollout_store_errors_total 0',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(await registry.metrics()).toContain('perf_rollout_decisions_total{decision="advance"} 3');
  });
});
