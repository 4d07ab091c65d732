import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Target } from '../../../src/contract/fleet.ts';
import {
  KubernetesDiscovery,
  type KubernetesDiscoverySettings,
} from '../../../src/fleet/discovery/kubernetes-discovery.ts';
import { eventually, freePort } from '../../support/programs.ts';
import { BadApiServer, json, pod, podList, status } from './bad-api-server.ts';

let api: BadApiServer;
let told: (readonly Target[])[];
let logged: [level: string, message: string, fields: object][];
let discovery: KubernetesDiscovery | undefined;

beforeEach(() => {
  api = new BadApiServer();
  told = [];
  logged = [];
});

afterEach(async () => {
  discovery?.stop();
  await api.close();
});

async function discover(port: number, change: Partial<KubernetesDiscoverySettings> = {}): Promise<void> {
  const log = (level: string) => (fields: object, message: string) =>
    void logged.push([level, message, fields]);
  discovery = new KubernetesDiscovery({
    kubernetes: await api.connect(port),
    namespace: 'here',
    selector: 'app=a',
    serviceLabel: 'service',
    podPort: 9464,
    onTargets: (targets) => void told.push(targets),
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    ...change,
  });
  await discovery.start();
}

const names = (): string[] => told.at(-1)?.map(({ name }) => name) ?? [];

function toldOf(...expected: string[]): Promise<true> {
  const isTold = async () => (names().join() === expected.join() ? true : undefined);
  return eventually(`targets ${expected}, not ${names()}`, isTold, 15);
}

/** Lists these, one set after the other, the last one again and again. */
function listing(...sets: object[][]): void {
  api.onList = (_, response) => {
    const items = sets.length > 1 ? sets.shift() : sets[0];
    json(response, 200, podList(items ?? []));
  };
}

const watchBegins = () => eventually('a watch', async () => api.asked[0]?.has('watch') || undefined, 15);

describe('pods', () => {
  it('are targets while they run, have an address and are not being deleted', async () => {
    listing([
      pod('a', { ip: '10.0.0.7', labels: { service: 'trading' } }),
      pod('b', {
        ip: 'fd00::7',
        ports: [{ containerPort: 1 }, { name: 'perf-metrics', containerPort: 9999 }],
      }),
      pod('pending', { phase: 'Pending' }),
      pod('done', { phase: 'Succeeded' }),
      pod('no-address', { ip: '' }),
      pod('going', { deletionTimestamp: '2026-11-22T20:00:00Z' }),
    ]);
    await discover(await api.listen());
    expect(told).toEqual([
      [
        { id: 'uid-a', name: 'a', service: 'trading', url: 'http://10.0.0.7:9464' },
        { id: 'uid-b', name: 'b', service: 'unknown', url: 'http://[fd00::7]:9999' },
      ],
    ]);
    expect(api.asked.at(-1)?.get('labelSelector')).toBe('app=a');
  });

  it('of all namespaces have theirs in their name', async () => {
    listing([pod('a')]);
    await discover(await api.listen(), { namespace: '*' });
    expect(names()).toEqual(['here/a']);
  });

  it('are listed page by page', async () => {
    api.onList = (query, response) => {
      const page = Number(query.get('continue') ?? '0');
      json(response, 200, podList([pod(`p${page}`)], page < 3 ? String(page + 1) : ''));
    };
    await discover(await api.listen());
    expect(names()).toEqual(['p0', 'p1', 'p2', 'p3']);
  });

  it('come and go as the watch tells', async () => {
    listing([pod('a')]);
    await discover(await api.listen());
    await watchBegins();
    expect(api.asked[0]?.get('resourceVersion')).toBe('5');
    api.send('ADDED', pod('b', { phase: 'Pending' }));
    api.send('ADDED', pod('c'));
    await toldOf('a', 'c');
    api.send('MODIFIED', pod('b'));
    await toldOf('a', 'c', 'b');
    api.send('MODIFIED', pod('a', { deletionTimestamp: '2026-11-22T20:00:00Z' }));
    await toldOf('c', 'b');
    api.send('DELETED', pod('c'));
    await toldOf('b');
    expect(logged).toEqual([]);
  });
});

describe('an API server', () => {
  it('that sends garbage in a watch does not end it', async () => {
    await discover(await api.listen());
    await watchBegins();
    api.sendText(
      '<html>\n{"type":\n\n\u0000\n{"type":"ADDED","object":null}\n{"type":"NEWS","object":{}}\nnull\n',
    );
    api.send('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '9' } });
    api.send('ADDED', pod('b'));
    await toldOf('b');
    expect(api.lists).toBe(1);
  });

  it.each<[string, () => void]>([
    ['no longer has what came since (410 in the watch)', () => api.send('ERROR', status(410, 'too old'))],
    ['fails within the watch', () => api.send('ERROR', status(500, 'etcd'))],
    ['cuts the connection', () => api.cut()],
    ['ends the watch', () => api.end()],
  ])('that %s is asked for a new list, and the old one stays until then', async (_, disturb) => {
    listing([pod('a')], [pod('a'), pod('b')]);
    await discover(await api.listen());
    await watchBegins();
    disturb();
    await toldOf('a', 'b');
    expect(told.map((targets) => targets.length)).toEqual([1, 2]);
    await watchBegins();
    api.send('ADDED', pod('c'));
    await toldOf('a', 'b', 'c');
  });

  it('that refuses a watch with 410 is asked for a new list', async () => {
    listing([pod('a')], [pod('b')]);
    api.watchStatuses.push(410);
    await discover(await api.listen());
    await toldOf('b');
    expect(logged).toEqual([]);
  });

  it('that forbids it is reported once, with what is missing, and again when it allows it', async () => {
    let isAllowed = false;
    api.onList = (_, response) =>
      isAllowed
        ? json(response, 200, podList([pod('a')]))
        : json(response, 403, status(403, 'pods is forbidden: User "x" cannot list resource "pods"'));
    await discover(await api.listen());
    await eventually('a second attempt', async () => api.lists >= 2 || undefined, 15);
    expect(told).toEqual([]);
    expect(logged).toHaveLength(1);
    const [level, message, fields] = logged[0] ?? [];
    expect(level).toBe('warn');
    expect(message).toContain(
      'needs a Role, bound to it, that allows list and watch of pods in the namespace here',
    );
    expect(fields).toMatchObject({ status: 403, problem: expect.stringContaining('cannot list resource') });
    isAllowed = true;
    await toldOf('a');
    await eventually('a word on it', async () => logged[1], 15);
    expect(logged.map(([level]) => level)).toEqual(['warn', 'info']);
  });

  it('that allows to list but not to watch is listed, ever more rarely', async () => {
    listing([pod('a')], [pod('a'), pod('b')]);
    api.watchStatuses.push(...Array(100).fill(403));
    await discover(await api.listen());
    await toldOf('a', 'b');
    expect(logged).toHaveLength(1);
  });

  it('that is away at the start is found when it comes', async () => {
    listing([pod('a')]);
    const port = await freePort();
    await discover(port);
    expect([told, logged.length]).toEqual([[], 1]);
    await api.listen(port);
    await toldOf('a');
  });

  it('is asked no more after stop', async () => {
    await discover(await api.listen());
    await watchBegins();
    let isOpen = true;
    api.onEnd(() => {
      isOpen = false;
    });
    discovery?.stop();
    await eventually('the watch to be closed', async () => !isOpen || undefined, 10);
    expect([api.lists, logged]).toEqual([1, []]);
  });
});
