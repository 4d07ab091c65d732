import type { AuthorizationV1Api } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { connectKubernetes } from '../../src/kubernetes/client.ts';
import { createNamespace, deleteNamespace, kubectl, kubectlApply } from './cluster.ts';
import { CHART, helm, RELEASE } from './helm.ts';

let namespace = '';
let authorization: AuthorizationV1Api;
let accounts: string[] = [];

beforeAll(async () => {
  const { config, library } = await connectKubernetes();
  if (process.env.KUBE_CONTEXT) config.setCurrentContext(process.env.KUBE_CONTEXT);
  authorization = config.makeApiClient(library.AuthorizationV1Api);
  namespace = await createNamespace('perf-permissions');
  // The rights alone: no pod need run for them.
  const manifests = await helm('template', RELEASE, CHART, '-n', namespace, '--set', 'rollout.enabled=true');
  const items = parseAllDocuments(manifests)
    .map((document) => document.toJS() as { kind: string; metadata: { name: string } } | null)
    .filter((manifest) => manifest !== null)
    .filter(({ kind }) => /^(ServiceAccount|(Cluster)?Role(Binding)?)$/.test(kind));
  expect(items.filter(({ kind }) => kind.startsWith('Cluster'))).toEqual([]);
  accounts = items.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name);
  await kubectlApply(namespace, { apiVersion: 'v1', kind: 'List', items });
});

afterAll(async () => {
  await deleteNamespace(namespace);
});

/** Everything that a service account may do besides what every authenticated user may. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'perf-metrics-fleet': [
    'list pods',
    'watch pods',
    'get configmaps/perf-metrics-rollout-spec',
    'get configmaps/perf-metrics-rollout-status',
    'patch configmaps/perf-metrics-rollout-status',
    'get configmaps/perf-metrics-rollout-options',
    'patch configmaps/perf-metrics-rollout-options',
    'get leases.coordination.k8s.io/perf-metrics-rollout',
    'patch leases.coordination.k8s.io/perf-metrics-rollout',
    'create events',
  ],
  'perf-metrics-prometheus': ['list pods', 'watch pods'],
  'perf-metrics-grafana': ['get secrets/perf-metrics-grafana', 'patch secrets/perf-metrics-grafana'],
};

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const NAMED = [
  ...['spec', 'status', 'options'].map((part) => `configmaps/perf-metrics-rollout-${part}`),
  'configmaps/another',
  'leases.coordination.k8s.io/perf-metrics-rollout',
  'secrets/perf-metrics-grafana',
  'secrets/another',
];

/** `resource` as kubectl writes it: resource.group/name. An empty namespace asks about all of them. */
async function mayDo(account: string, verb: string, target: string, where = namespace): Promise<boolean> {
  const [kind = '', name = ''] = target.split('/');
  const [resource = '', ...group] = kind.split('.');
  const { status } = await authorization.createSubjectAccessReview({
    body: {
      spec: {
        user: `system:serviceaccount:${namespace}:${account}`,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
        resourceAttributes: { verb, resource, group: group.join('.'), name, namespace: where },
      },
    },
  });
  return status?.allowed ?? false;
}

/** Every resource of the cluster, as the API server lists them, and those that are named one by one. */
async function resources(): Promise<string[]> {
  const text = await kubectl('api-resources', '--no-headers', '-o', 'name');
  const names = text
    .split('\n')
    .filter((name) => name !== '' && !/^selfsubject|authorization\.k8s\.io$/.test(name));
  return [...names, ...NAMED];
}

it('rights are given to no service account but these', () => {
  expect([...accounts].sort()).toEqual(Object.keys(ALLOWED).sort());
});

describe.each(Object.entries(ALLOWED))('the service account %s', (account, allowed) => {
  it('has as its rights just these, and no more', async () => {
    const as = `--as=system:serviceaccount:${namespace}:${account}`;
    const text = await kubectl('-n', namespace, 'auth', 'can-i', '--list', '--no-headers', as);
    const rows = text
      .split('\n')
      .map((line) => /^(\S*)\s+\[(.*?)\]\s+\[(.*?)\]\s+\[(.*?)\]/.exec(line))
      .filter((match) => match !== null)
      // What every authenticated user has: to ask about itself, and the API server's own pages.
      .filter(([, resource = '']) => resource !== '' && !resource.startsWith('selfsubject'));
    const rights = rows.flatMap(([, resource = '', , names = '', verbs = '']) =>
      verbs
        .split(' ')
        .flatMap((verb) =>
          names === ''
            ? [`${verb} ${resource}`]
            : names.split(' ').map((name) => `${verb} ${resource}/${name}`),
        ),
    );
    expect(rights.sort()).toEqual([...allowed].sort());
  });

  it('may do nothing else in its namespace: every verb on every resource is asked for', async () => {
    const granted: string[] = [];
    for (const resource of await resources()) {
      const answers = VERBS.map(async (verb) => {
        if (await mayDo(account, verb, resource)) granted.push(`${verb} ${resource}`);
      });
      await Promise.all(answers);
    }
    expect(granted.sort()).toEqual([...allowed].sort());
  });

  it('may do nothing of it in another namespace, and nothing in the cluster', async () => {
    const granted: string[] = [];
    for (const right of allowed) {
      const [verb = '', resource = ''] = right.split(' ');
      if (await mayDo(account, verb, resource, 'default')) granted.push(`default: ${right}`);
      if (!resource.includes('/') && (await mayDo(account, verb, resource, '')))
        granted.push(`cluster: ${right}`);
    }
    expect(granted).toEqual([]);
  });
});
