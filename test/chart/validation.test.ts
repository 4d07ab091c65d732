import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allKeys, readValues } from '../../scripts/chart/values-file.ts';
import { toolPath } from '../support/tools.ts';
import { CHART, rendered } from './render.ts';

const volume = { persistence: { existingClaim: 'mine', enabled: false } };
const hosts = { grafana: 'grafana.example.com' };
const page = { ingress: { enabled: true, hosts } };
const name = 'app.kubernetes.io/name';
const component = 'app.kubernetes.io/component';

function withDemo(targets: object): object {
  return { demo: { enabled: true }, targets };
}

function withRates(...rates: readonly number[]): object {
  return { rollout: { spec: { steps: rates.map((samplingRate) => ({ samplingRate, hold: '1d' })) } } };
}

/** Values that contradict each other, and what is to be done about it. */
const CONTRADICTIONS: readonly (readonly [what: string, values: object, remedy: string])[] = [
  [
    'two replicas on a volume of one node',
    { fleet: { replicas: 2 } },
    'set fleet.persistence.accessModes to [ReadWriteMany]',
  ],
  ['a claim for no volume', { fleet: volume }, 'set fleet.persistence.enabled to true'],
  ['a claim for no volume', { prometheus: volume }, 'set prometheus.persistence.enabled to true'],
  ['a claim for no volume', { alertmanager: volume }, 'set alertmanager.persistence.enabled to true'],
  ['a claim for no volume', { grafana: volume }, 'set grafana.persistence.enabled to true'],
  [
    'more series than the volume holds',
    { prometheus: { retentionSize: '41GB' } },
    'set retentionSize to four fifths',
  ],
  [
    'a volume filled to the brim',
    { prometheus: { retentionSize: '50GB' } },
    'set retentionSize to four fifths',
  ],
  [
    'a volume whose gigabytes are smaller',
    { prometheus: { retentionSize: '40GB', persistence: { size: '50G' } } },
    'set retentionSize to four fifths',
  ],
  [
    'more series than the volume holds',
    { prometheus: { persistence: { size: '512Mi' } } },
    'or raise the size',
  ],
  [
    'a rollout in all namespaces',
    { rollout: { enabled: true }, targets: { namespace: '*' } },
    'set targets.namespace to that of the pods',
  ],
  [
    'a demo that is not found',
    { demo: { enabled: true }, targets: { namespace: 'shop' } },
    'set demo.enabled to false',
  ],
  [
    'a demo whose Deployment would not know its pods',
    withDemo({ selector: `${component}=api` }),
    'but targets.selector wants app.kubernetes.io/component=api: set demo.enabled to false, or targets.selector',
  ],
  [
    'a demo of another release',
    withDemo({ selector: 'app.kubernetes.io/instance=shop' }),
    'demo.enabled runs pods whose label app.kubernetes.io/instance is perf-metrics',
  ],
  [
    'a demo whose service is another',
    withDemo({ selector: `${name}=order-gateway` }),
    'demo.enabled runs pods whose label app.kubernetes.io/name is paper-trading',
  ],
  [
    'a demo whose service is its component',
    withDemo({ serviceLabel: component }),
    'set demo.enabled to false, or targets.serviceLabel to another label',
  ],
  ['two values of one label', { targets: { selector: 'a=b,a=c' } }, 'name each label once'],
  ['faults of no demo', { demo: { faults: true } }, 'set demo.enabled to true'],
  ['an Ingress of nothing', { ingress: { enabled: true } }, 'set ingress.hosts.grafana'],
  ['a host of no Ingress', { ingress: { hosts } }, 'set ingress.enabled to true'],
  ['a host of no page', { ...page, grafana: { enabled: false } }, 'leave the host empty'],
  ['a host of no page', { ...page, mode: 'operator' }, 'leave the host empty'],
  [
    'a host of two pages',
    { ingress: { enabled: true, hosts: { ...hosts, fleet: hosts.grafana } } },
    'ingress.hosts.fleet and ingress.hosts.grafana are the same host, which serves one page: give each',
  ],
  ['an Ingress whose controller is kept out', page, 'set networkPolicy.ingressFrom, such as to'],
  ['labels for no Operator', { operator: { monitorLabels: { a: 'b' } } }, 'set mode to operator'],
  ['labels for no Operator', { operator: { ruleLabels: { a: 'b' } } }, 'set mode to operator'],
  ...[{ remoteWrite: [{ url: 'http://a' }] }, { secrets: ['a'] }, { externalLabels: { a: 'b' } }].map(
    (prometheus) =>
      [
        'values for the Prometheus of another',
        { mode: 'operator', prometheus },
        `prometheus.${Object.keys(prometheus)[0]} is set, but the Prometheus is the Operator's: set it there`,
      ] as const,
  ),
  [
    'a password for the Grafana of another',
    { mode: 'operator', grafana: { admin: { existingSecret: 'a' } } },
    'grafana.admin.existingSecret is set, but this installation has no Grafana: leave it empty',
  ],
  [
    'a password for no Grafana',
    { grafana: { enabled: false, admin: { existingSecret: 'a' } } },
    'grafana.admin.existingSecret is set, but this installation has no Grafana: leave it empty',
  ],
  ...['slack', 'pagerduty', 'email', 'webhook'].map(
    (kind) =>
      [
        'a Secret of a receiver that is told nothing',
        { alertmanager: { receivers: { [kind]: { existingSecret: 'a' } } } },
        `set alertmanager.receivers.${kind}.enabled to true, or leave existingSecret empty`,
      ] as const,
  ),
  ['rates of too few scrapes', { targets: { scrapeInterval: '31s' } }, 'two scrapes: set it to 30s or less'],
  ['rates of too few scrapes', { targets: { scrapeInterval: '30001ms' } }, 'set it to 30s or less'],
  ['alerts seen too late', { prometheus: { evaluationInterval: '2m' } }, 'set it to 1m or less'],
  ['alerts told too late', { alertmanager: { groupWait: '1m' } }, 'set it to 30s or less'],
  ['alerts told too late', { alertmanager: { groupWait: '1h' } }, 'set it to 30s or less'],
  ['a load on nothing', { loadtest: { enabled: true } }, 'set loadtest.target to the URL of a service'],
  [
    'a load without end',
    { demo: { enabled: true }, loadtest: { enabled: true, duration: '61m' } },
    'loadtest.duration is 61m, but the Job is to end: set it to 1h or less',
  ],
  ['rates that fall', withRates(0.5, 0.1), 'rollout.spec.steps[1].samplingRate is 0.1, but rates rise'],
  ['rates that stay', withRates(0.1, 0.5, 0.5), 'rollout.spec.steps[2].samplingRate is 0.5, but rates rise'],
];

describe('values that contradict each other', () => {
  it.each(CONTRADICTIONS)('are refused with what to do: %s, %j', (_, values, remedy) => {
    expect(() => rendered(values)).toThrow(remedy);
  });

  it('are all told at once', () => {
    const values = { fleet: { replicas: 2 }, demo: { faults: true } };
    expect(() => rendered(values)).toThrow(/fleet\.replicas is 2[\s\S]*demo\.faults is set/);
  });

  it.each([
    [
      'two replicas on a shared volume',
      { fleet: { replicas: 2, persistence: { accessModes: ['ReadWriteMany'] } } },
    ],
    ['two replicas without a volume', { fleet: { replicas: 2, persistence: { enabled: false } } }],
    [
      'two replicas on a claim of their own',
      { fleet: { replicas: 2, persistence: { existingClaim: 'mine' } } },
    ],
    ['four fifths of the volume', { prometheus: { retentionSize: '40GB' } }],
    [
      'as much as the volume holds, of a size that is not known',
      { prometheus: { retentionSize: '50GB', persistence: { existingClaim: 'mine' } } },
    ],
    ['a size in bytes', { prometheus: { retentionSize: '40GB', persistence: { size: '54e9' } } }],
    ['terabytes', { prometheus: { retentionSize: '1TB', persistence: { size: '1.5Ti' } } }],
    ['a demo among all namespaces', { demo: { enabled: true }, targets: { namespace: '*' } }],
    ['a demo in the namespace that is named', { demo: { enabled: true }, targets: { namespace: 'metrics' } }],
    ['a demo with the labels that are selected', withDemo({ selector: `a=b,${name}=paper-trading` })],
    [
      'a demo whose service is another label’s',
      withDemo({ selector: `${name}=order-gateway`, serviceLabel: 'app' }),
    ],
    ['selected labels that only the demo lacks', { targets: { selector: `${component}=api` } }],
    [
      'an Ingress whose controller is let in',
      { ...page, networkPolicy: { ingressFrom: [{ podSelector: {} }] } },
    ],
    ['an Ingress without policies', { ...page, networkPolicy: { enabled: false } }],
    [
      'an Ingress of the one page in operator mode',
      { mode: 'operator', ingress: { enabled: true, hosts: { fleet: 'a' } } },
    ],
    [
      'the longest times',
      {
        targets: { scrapeInterval: '30s' },
        prometheus: { evaluationInterval: '1m' },
        alertmanager: { groupWait: '30000ms' },
      },
    ],
    ['a load on a service that is named', { loadtest: { enabled: true, target: 'http://shop:8080' } }],
    ['one step', withRates(1)],
    ['rates that rise', withRates(0.01, 0.5, 1)],
  ])('are not seen in %s', (_, values) => {
    expect(rendered(values).length).toBeGreaterThan(0);
  });
});

function valuesWith(path: readonly string[], value: object): object {
  return path.reduceRight((inner, key) => ({ [key]: inner }), value);
}

/** As much of an API server as Helm asks when it renders for a cluster: a namespace with one Secret. */
class SecretServer {
  private readonly server: Server;

  constructor() {
    this.server = createServer(({ url = '' }, response) => {
      const body = this.answer(new URL(url, 'http://x').pathname);
      response.writeHead(body === null ? 404 : 200, { 'content-type': 'application/json' });
      const missing = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };
      response.end(JSON.stringify(body ?? missing));
    });
  }

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private answer(path: string): object | null {
    const verbs = ['get', 'list'];
    const secrets = { name: 'secrets', singularName: 'secret', namespaced: true, kind: 'Secret', verbs };
    const known = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'known' }, data: { here: 'YQ==' } };
    const answers: Readonly<Record<string, object>> = {
      '/version': { major: '1', minor: '35', gitVersion: 'v1.35.0' },
      '/api': { kind: 'APIVersions', versions: ['v1'] },
      '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
      '/api/v1': { kind: 'APIResourceList', groupVersion: 'v1', resources: [secrets] },
      '/api/v1/namespaces/metrics/secrets': { apiVersion: 'v1', kind: 'SecretList', items: [known] },
      '/api/v1/namespaces/new/secrets': { apiVersion: 'v1', kind: 'SecretList', items: [] },
      '/api/v1/namespaces/metrics/secrets/known': known,
    };
    return answers[path] ?? null;
  }
}

describe('a Secret that is named', () => {
  const server = new SecretServer();
  let directory = '';
  let kubeconfig = '';

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'perf-metrics-secrets-'));
    kubeconfig = join(directory, 'kubeconfig');
    const url = await server.listen();
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'a', cluster: { server: url } }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      users: [{ name: 'a', user: {} }],
      'current-context': 'a',
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
  });
  afterAll(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  /** What the chart complains about when it is rendered for the cluster; empty when nothing. */
  async function complaint(values: object, namespace = 'metrics'): Promise<string> {
    const args = ['template', 'perf-metrics', CHART, '-n', namespace, '--dry-run=server', '--values', '-'];
    // The server is in this process, so helm must not be waited for in a way that stops it.
    const environment = {
      ...process.env,
      KUBECONFIG: kubeconfig,
      HELM_CACHE_HOME: directory,
      HOME: directory,
    };
    const child: ChildProcess = spawn(toolPath('helm'), args, { env: environment });
    const complained: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => complained.push(chunk));
    child.stdout?.resume();
    child.stdin?.end(JSON.stringify(values));
    await once(child, 'close');
    const text = Buffer.concat(complained).toString();
    // Once it is rendered, Helm asks for more than this server has.
    return text.includes('execution error') ? text : '';
  }

  const slack = (existingSecret: string, key: string): object =>
    valuesWith(['alertmanager', 'receivers', 'slack'], { enabled: true, existingSecret, key });
  const keys = allKeys(readValues(readFileSync(join(CHART, 'values.yaml'), 'utf8')));
  const holders = keys
    .filter(({ path }) => path.at(-1) === 'existingSecret')
    .map(({ path }) => path.slice(0, -1));
  /** What else a receiver must have. */
  const mail = { to: 'a@example.com', from: 'b@example.com', smarthost: 'c:587', username: 'd' };
  const NAMED = holders.map((holder) => {
    const receiver = holder.includes('receivers') && { enabled: true, ...(holder.includes('email') && mail) };
    const keyOf = holder.includes('admin') ? 'passwordKey' : 'key';
    const values = (existingSecret: string, key: string): object =>
      valuesWith(holder, { existingSecret, [keyOf]: key, ...receiver });
    return [holder.join('.'), values] as const;
  });

  it.each(NAMED)('must exist and have its key: %s', async (path, values) => {
    const missing = await complaint(values('unknown', 'here'));
    expect(missing).toContain(`${path}: there is no Secret "unknown" in namespace metrics; create it first:`);
    expect(missing).toContain('kubectl create secret generic unknown -n metrics --from-literal=here=...');
    const keyless = await complaint(values('known', 'there'));
    expect(keyless).toContain(
      `${path}: Secret "known" in namespace metrics has no key "there" (it has: here)`,
    );
    expect(keyless).toContain('kubectl patch secret known -n metrics');
    expect(await complaint(values('known', 'here'))).toBe('');
  });

  it('must exist where a whole one is mounted', async () => {
    expect(await complaint({ prometheus: { secrets: ['unknown'] } })).toContain(
      'kubectl create secret generic unknown',
    );
    expect(await complaint({ prometheus: { secrets: ['known'] } })).toBe('');
  });

  it('cannot exist yet in a namespace that the installation is to make', async () => {
    expect(await complaint(slack('known', 'here'), 'new')).toContain(
      'kubectl create secret generic known -n new',
    );
  });

  it('is not asked for when nobody refers to it, nor without a cluster', async () => {
    expect(await complaint({})).toBe('');
    expect(rendered(slack('unknown', 'here')).length).toBeGreaterThan(0);
  });
});
