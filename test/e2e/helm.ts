import { join } from 'node:path';
import { toolPath } from '../support/tools.ts';
import { image, kubectlJson, ROOT, runProgram, waitForRollout } from './cluster.ts';

export const CHART = join(ROOT, 'helm/perf-metrics');
/** Named as the chart, so that the objects are called perf-metrics-fleet and so on. */
export const RELEASE = 'perf-metrics';
/** Every object of the release. */
export const OF_RELEASE = `app.kubernetes.io/instance=${RELEASE}`;
/** Whether the cluster can run Grafana's image. */
export const canRunGrafana = process.env.E2E_GRAFANA !== 'false';

const CONTEXT = process.env.KUBE_CONTEXT ? ['--kube-context', process.env.KUBE_CONTEXT] : [];

/** @throws with what helm complained about. */
export async function helm(...args: string[]): Promise<string> {
  return await runProgram(toolPath('helm'), [...CONTEXT, ...args]);
}

/** Installs the chart, or upgrades to it, with the image of this run; does not wait. Returns what helm printed. */
export async function deploy(
  verb: 'install' | 'upgrade',
  namespace: string,
  values: object,
  chart = CHART,
): Promise<string> {
  const args = [...CONTEXT, verb, RELEASE, chart, '--namespace', namespace, '--values', '-'];
  const { repository, tag } = image;
  return await runProgram(toolPath('helm'), args, JSON.stringify({ ...values, image: { repository, tag } }));
}

/** Until each Deployment and StatefulSet of the release is ready; Grafana's only where it can run. */
export async function workloadsReady(namespace: string, seconds = 240): Promise<void> {
  const { items } = await kubectlJson<{
    items: { kind: string; metadata: { name: string } }[];
  }>('-n', namespace, 'get', 'deployments,statefulsets', '-l', OF_RELEASE);
  const names = items
    .filter(({ metadata }) => canRunGrafana || metadata.name !== `${RELEASE}-grafana`)
    .map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
  if (names.length === 0) throw new Error(`the release ${RELEASE} has no workload`);
  await Promise.all(names.map((name) => waitForRollout(namespace, name, seconds)));
}
