import type { FleetStatistics } from '../../src/contract/fleet.ts';
import type { RolloutStatus } from '../../src/contract/rollout.ts';
import { eventually } from '../support/programs.ts';
import { getService, kubectlApply, kubectlJson, waitForRollout } from './cluster.ts';
import { explaining } from './explain.ts';
import { deploy, OF_RELEASE, workloadsReady } from './helm.ts';
import { PrometheusApi } from './prometheus-api.ts';

export type FleetAnswer = FleetStatistics & { readonly rollout: RolloutStatus | null };

export const DEMO_SELECTOR = `${OF_RELEASE},app.kubernetes.io/component=demo`;
export const FLEET_SELECTOR = `${OF_RELEASE},app.kubernetes.io/component=fleet`;
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

/** A change of a ConfigMap reaches a pod within a minute or so, unless the kubelet is told to look more often. */
export const STEP_SECONDS = 240;

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

interface Size {
  readonly demoPods: number;
  readonly slowPods?: number;
  readonly fleetPods?: number;
}

/** The aggregation worker, demo pods under a rollout, and a Prometheus that watches both. */
export async function installFleet(
  namespace: string,
  spec: object,
  { demoPods, slowPods = 0, fleetPods = 1 }: Size,
  values: object = {},
): Promise<void> {
  await explaining(namespace, async () => {
    await deploy('install', namespace, {
      rollout: { enabled: true, spec },
      // Two of them cannot share a volume that one node mounts.
      fleet: { replicas: fleetPods, persistence: { enabled: fleetPods === 1 }, ...values },
      // Seven pods share the machine with the cluster.
      demo: { enabled: true, replicas: demoPods, rate: 20 },
      alertmanager: { enabled: false },
      grafana: { enabled: false },
    });
    if (slowPods > 0) await addSlowPods(namespace, slowPods);
    await workloadsReady(namespace);
  });
}

interface Deployment {
  metadata: object;
  spec: {
    replicas: number;
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string> };
      spec: { containers: { env: { name: string; value?: string }[] }[] };
    };
  };
}

/** Pods like those of the demo, in which each look at the clock costs the application 150 µs. */
async function addSlowPods(namespace: string, replicas: number): Promise<void> {
  const name = 'perf-metrics-demo';
  const { spec } = await kubectlJson<Deployment>('-n', namespace, 'get', 'deployment', name);
  spec.replicas = replicas;
  for (const labels of [spec.selector.matchLabels, spec.template.metadata.labels]) labels.variant = 'slow';
  spec.template.spec.containers[0]?.env.push(
    { name: 'DEMO_OVERHEAD_MICROS', value: '150' },
    // It would lower the rate before the gate sees what measuring costs.
    { name: 'PERF_ADAPTIVE_SAMPLING', value: 'false' },
  );
  const slow = `${name}-slow`;
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: slow }, spec };
  await kubectlApply(namespace, deployment);
  await waitForRollout(namespace, `deployment/${slow}`);
}

/** Names of the alerts about the rollout that fired in the last hour. */
export async function rolloutAlerts(namespace: string): Promise<(string | undefined)[]> {
  const prometheus = new PrometheusApi(namespace, 'perf-metrics-prometheus:9090');
  const steps = await prometheus.query('last_over_time(perf_rollout_step[1h])');
  if (steps.length === 0) throw new Error('Prometheus has seen no rollout');
  const alerts = 'ALERTS{alertname=~"PerfRollout.*", alertstate="firing"}';
  const fired = await prometheus.query(`count by (alertname) (last_over_time(${alerts}[1h]))`);
  return fired.map(({ metric }) => metric.alertname);
}
