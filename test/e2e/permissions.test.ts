import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyKustomize, createNamespace, deleteNamespace, kubectl } from './cluster.ts';

let namespace = '';

beforeAll(async () => {
  namespace = await createNamespace('perf-permissions');
  await applyKustomize(namespace, ['k8s/base']);
});

afterAll(async () => {
  await deleteNamespace(namespace);
});

/** Everything that the service account may do besides what every authenticated user may. */
const ALLOWED = [
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
];

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const CONFIG_MAPS = ['spec', 'status', 'options'].map((part) => `configmaps/perf-metrics-rollout-${part}`);

async function canI(verb: string, resource: string, where = ['-n', namespace]): Promise<boolean> {
  const as = `--as=system:serviceaccount:${namespace}:perf-metrics-fleet`;
  const answer = await kubectl(...where, 'auth', 'can-i', verb, resource, as, '-q').then(
    () => true,
    () => false,
  );
  return answer;
}

/** Every resource of the cluster, as the API server lists them, and those that are named one by one. */
async function resources(): Promise<string[]> {
  const text = await kubectl('api-resources', '--no-headers', '-o', 'name');
  const names = text
    .split('\n')
    .filter((name) => name !== '' && !/^selfsubject|authorization\.k8s\.io$/.test(name));
  return [...names, ...CONFIG_MAPS, 'configmaps/another', 'leases.coordination.k8s.io/perf-metrics-rollout'];
}

describe('the service account of the aggregation worker', () => {
  it.each(ALLOWED)('may %s', async (right) => {
    const [verb = '', resource = ''] = right.split(' ');
    expect(await canI(verb, resource)).toBe(true);
  });

  it('lists as its rights just these, and no more', async () => {
    const as = `--as=system:serviceaccount:${namespace}:perf-metrics-fleet`;
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
    expect(rights.sort()).toEqual([...ALLOWED].sort());
  });

  it('may do nothing else in its namespace: every verb on every resource is asked for', async () => {
    const granted: string[] = [];
    const questions = (await resources()).flatMap((resource) =>
      VERBS.map((verb) => [verb, resource] as const),
    );
    await inBatches(questions, async ([verb, resource]) => {
      if (!ALLOWED.includes(`${verb} ${resource}`) && (await canI(verb, resource)))
        granted.push(`${verb} ${resource}`);
    });
    expect(granted).toEqual([]);
  });

  it('may do nothing of it in another namespace, and nothing in the cluster', async () => {
    const granted: string[] = [];
    await inBatches(ALLOWED, async (right) => {
      const [verb = '', resource = ''] = right.split(' ');
      if (await canI(verb, resource, ['-n', 'default'])) granted.push(`default: ${right}`);
      if (!resource.includes('/') && (await canI(verb, resource, ['-A']))) granted.push(`cluster: ${right}`);
    });
    expect(granted).toEqual([]);
  });
});

async function inBatches<T>(items: readonly T[], ask: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const work = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await ask(item);
  };
  await Promise.all(Array.from({ length: 8 }, work));
}
