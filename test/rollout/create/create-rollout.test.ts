import { join } from 'node:path';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createRollout } from '../../../src/rollout/create-rollout.ts';
import { eventually } from '../../support/programs.ts';
import { RolloutRun } from '../support/rollout-run.ts';
import { simulatedFleet } from '../support/simulated-fleet.ts';
import { quickSpec } from '../support/specs.ts';

const OFF = {
  rollout: 'off',
  rolloutName: 'perf-metrics-rollout',
  rolloutDirectory: '',
  namespace: '',
} as const;
const log = { info: () => undefined, warn: () => undefined };

describe('the rollout of the fleet command', () => {
  it('is none when it is off', async () => {
    const registry = new Registry();
    expect(await createRollout(OFF, log, () => null, registry)).toBeNull();
    expect(await registry.metrics()).toBe('\n');
  });

  it('asks for the directory that it is to be in', async () => {
    const options = { ...OFF, rollout: 'directory' } as const;
    await expect(createRollout(options, log, () => null, new Registry())).rejects.toMatchObject({
      code: 'PERF_ROLLOUT',
      message: expect.stringContaining('--rollout-directory DIR'),
    });
  });

  it('carries the rollout of a directory, with its metrics on the registry', async () => {
    await using run = await RolloutRun.create(quickSpec(1000));
    const options = { ...OFF, rollout: 'directory', rolloutDirectory: run.directory } as const;
    const registry = new Registry();
    const fleet = () => simulatedFleet(join(run.directory, 'options.yaml'), Date.now(), [{}, {}, {}, {}, {}]);
    const controller = await createRollout(options, log, fleet, registry);
    if (controller === null) throw new Error('no rollout');
    controller.start();
    try {
      await run.until('a start', ({ phase, pods }) => phase === 'baseline' && pods.inStep === 5);
      await eventually(
        'metrics',
        async () =>
          (await registry.metrics()).includes('perf_rollout_phase{phase="baseline"} 1') || undefined,
      );
    } finally {
      await controller.stop();
    }
  });
});
