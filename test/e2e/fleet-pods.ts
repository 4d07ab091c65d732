import type { FleetStatistics } from '../../src/contract/fleet.ts';
import type { RolloutStatus } from '../../src/contract/rollout.ts';
import { eventually } from '../support/programs.ts';
import { applyKustomize, getService, waitForRollout } from './cluster.ts';

export type FleetAnswer = FleetStatistics & { readonly rollout: RolloutStatus | null };

export const DEMO_SELECTOR = 'app.kubernetes.io/name=paper-trading';
export const FLEET_SELECTOR = 'app.kubernetes.io/name=perf-metrics-fleet';
const SERVICE = 'perf-metrics-fleet:9465';

/** What the aggregation worker of a namespace knows. */
export async function fleetAnswer(namespace: string): Promise<FleetAnswer> {
  return JSON.parse(await getService(namespace, SERVICE, '/stats.json')) as FleetAnswer;
}

export async function fleetText(namespace: string, path: string): Promise<string> {
  return await getService(namespace, SERVICE, path);
}

export async function fleetUntil(
  namespace: string,
  what: string,
  holds: (answer: FleetAnswer) => boolean,
  seconds: number,
): Promise<FleetAnswer> {
  let last: FleetAnswer | undefined;
  try {
    return await eventually(
      what,
      async () => {
        last = await fleetAnswer(namespace);
        return holds(last) ? last : undefined;
      },
      seconds,
    );
  } catch (error) {
    const { rollout, round, setAside } = last ?? {};
    throw new Error(`${(error as Error).message}\n${JSON.stringify({ rollout, round, setAside }, null, 1)}`);
  }
}

/** Holds of seconds; few pods on a busy machine tell little of CPU time, so that the cohort's limits are wide. */
export const QUICK_SPEC = {
  enabled: true,
  baseline: { hold: '15s' },
  steps: [0.1, 0.5, 1].map((samplingRate) => ({ samplingRate, hold: '15s' })),
  control: { ratio: 0.1, minPods: 3 },
  gates: {
    maxOverheadRatio: 0.05,
    maxCpuIncreaseRatio: 5,
    maxLoopDelayIncrease: '100ms',
    maxComplianceDrop: 1,
    maxErrorIncrease: 1,
  },
  limits: { minEvents: 20 },
};

/** Seven pods share the machine with the cluster. */
const CALM = [{ name: 'DEMO_RATE', value: '20' }];

/** The aggregation worker and demo pods under a rollout. */
export async function installFleet(
  namespace: string,
  spec: object,
  { demoPods, slowPods = 0, fleetPods = 1 }: { demoPods: number; slowPods?: number; fleetPods?: number },
): Promise<void> {
  await applyKustomize(
    namespace,
    ['k8s/base', 'k8s/demo'],
    [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'perf-metrics-rollout-spec' },
        data: { 'spec.yaml': JSON.stringify(spec) },
      },
      deployment('paper-trading', { replicas: demoPods, template: container(CALM) }),
      deployment('perf-metrics-fleet', { replicas: fleetPods }),
    ],
  );
  if (slowPods > 0) await addSlowPods(namespace, slowPods);
  await waitForRollout(namespace, 'deployment/perf-metrics-fleet');
  await waitForRollout(namespace, 'deployment/paper-trading');
}

/** Pods like those of the demo, in which each look at the clock costs the application 150 µs. */
async function addSlowPods(namespace: string, replicas: number): Promise<void> {
  const env = [
    ...CALM,
    { name: 'DEMO_OVERHEAD_MICROS', value: '150' },
    // It would lower the rate before the gate sees what measuring costs.
    { name: 'PERF_ADAPTIVE_SAMPLING', value: 'false' },
  ];
  const patch = deployment('paper-trading', { replicas, template: container(env) });
  await applyKustomize(namespace, ['k8s/demo'], [patch], {
    nameSuffix: '-slow',
    labels: [{ pairs: { variant: 'slow' }, includeSelectors: true }],
  });
}

function container(env: readonly object[]): object {
  return { spec: { containers: [{ name: 'paper-trading', env }] } };
}

function deployment(name: string, spec: object): object {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec };
}
