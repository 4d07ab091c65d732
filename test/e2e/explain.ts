import { beforeEach } from 'vitest';
import { getService, kubectl, kubectlJson } from './cluster.ts';

interface Pod {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
  };
}

/** Prints what a person would look at first, for each test that fails. */
export function explainFailures(namespace: () => string): void {
  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => console.error(await explain(namespace())));
  });
}

/** The same for what a hook does. */
export async function explaining<T>(namespace: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await explain(namespace)}`, { cause: error });
  }
}

/** The namespace's pods, its last events, the last lines of what is unwell, failing targets and firing alerts. */
async function explain(namespace: string): Promise<string> {
  const sections = [
    section('pods', () => kubectl('-n', namespace, 'get', 'pods', '-o', 'wide')),
    section('events', async () => {
      const text = await kubectl('-n', namespace, 'get', 'events', '--sort-by=.lastTimestamp');
      return text.split('\n').slice(-25).join('\n');
    }),
    section('logs', () => unwellLogs(namespace)),
    section('targets that are not up, alerts', () => prometheusTrouble(namespace)),
  ];
  return (await Promise.all(sections)).join('\n');
}

async function section(title: string, read: () => Promise<string>): Promise<string> {
  const text = await read().catch((error: unknown) => `(${(error as Error).message.split('\n')[1]})`);
  return `--- ${title}\n${text}`;
}

async function unwellLogs(namespace: string): Promise<string> {
  const { items } = await kubectlJson<{ items: readonly Pod[] }>('-n', namespace, 'get', 'pods');
  const unwell = items.filter(({ status }) => !isReady(status) || restarts(status) > 0);
  const texts = unwell.map(async ({ metadata: { name }, status }) => {
    const logs = ['-n', namespace, 'logs', name, '--all-containers', '--tail=20'];
    const now = await kubectl(...logs).catch(() => '');
    const before = restarts(status) > 0 ? await kubectl(...logs, '--previous').catch(() => '') : '';
    return `${name}\n${before}${now}`;
  });
  return (await Promise.all(texts)).join('\n');
}

function isReady(status: Pod['status']): boolean {
  return status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function restarts(status: Pod['status']): number {
  return (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
}

async function prometheusTrouble(namespace: string): Promise<string> {
  const services = await kubectl('-n', namespace, 'get', 'services', '-o', 'name');
  const name = /^service\/(prometheus-operated|.*-prometheus)$/m.exec(services)?.[1];
  if (name === undefined) return '(no Prometheus)';
  const ask = async (path: string) =>
    JSON.parse(await getService(namespace, `${name}:9090`, path)) as {
      data: { activeTargets?: Record<string, unknown>[]; alerts?: Record<string, unknown>[] };
    };
  const { activeTargets = [] } = (await ask('/api/v1/targets?state=active')).data;
  const { alerts = [] } = (await ask('/api/v1/alerts')).data;
  return [
    ...activeTargets
      .filter(({ health }) => health !== 'up')
      .map(({ scrapeUrl, health, lastError }) => `${scrapeUrl} ${health} ${lastError}`),
    ...alerts.map(({ state, labels }) => `${state} ${JSON.stringify(labels)}`),
  ].join('\n');
}
