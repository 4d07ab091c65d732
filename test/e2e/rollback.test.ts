import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/programs.ts';
import { createNamespace, deleteNamespace } from './cluster.ts';
import { explainFailures } from './explain.ts';
import { fleetUntil, installFleet, QUICK_SPEC, rolloutAlerts, STEP_SECONDS } from './fleet-pods.ts';

describe('a rollout in which one pod pays too much for measuring', () => {
  let namespace = '';
  explainFailures(() => namespace);
  beforeAll(async () => {
    namespace = await createNamespace('perf-rollback');
    const gates = { ...QUICK_SPEC.gates, maxOverheadRatio: 0.02 };
    // Two pods are kept disabled, whichever: one of the slow ones at least is measured.
    const spec = { ...QUICK_SPEC, gates, control: { ratio: 0.1, minPods: 2 } };
    await installFleet(namespace, spec, { demoPods: 4, slowPods: 3 });
  });
  afterAll(async () => {
    await deleteNamespace(namespace);
  });

  it(
    'goes back to the step before, says why, and stays there',
    async () => {
      const { rollout } = await fleetUntil(
        namespace,
        'the way back in force',
        ({ rollout }) => rollout?.phase === 'failed' && rollout.pods.inStep === 7,
        3 * STEP_SECONDS,
      );
      expect(rollout?.step).toBe(0);
      expect(rollout?.samplingRate).toBe(0.1);
      const [decision] = rollout?.decisions ?? [];
      expect(decision).toMatchObject({ decision: 'roll_back', from: 1, to: 0 });
      expect(decision?.reason).toMatch(/overhead.*demo-slow/s);
    },
    4 * STEP_SECONDS * 1e3,
  );

  it('fires the alert that it failed', async () => {
    const fired = await eventually(
      'the alert',
      async () => {
        const names = await rolloutAlerts(namespace);
        return names.length > 0 ? names : undefined;
      },
      120,
    );
    expect(fired).toEqual(['PerfRolloutFailed']);
  });
});
