import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CoordinationV1Api, CoreV1Api, V1ConfigMap } from '@kubernetes/client-node';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { runRollout } from '../../src/commands/rollout.ts';
import { monotonicMillis } from '../../src/contract/clock.ts';
import { connectKubernetes, type Kubernetes } from '../../src/kubernetes/client.ts';
import { KubernetesLease } from '../../src/rollout/leadership/kubernetes-lease.ts';
import { optionsDocument } from '../../src/rollout/plan/options-document.ts';
import { parseRolloutState } from '../../src/rollout/plan/state.ts';
import { KubernetesStore } from '../../src/rollout/store/kubernetes-store.ts';
import { StoreConflict } from '../../src/rollout/store/rollout-store.ts';
import { quickSpec } from '../rollout/support/specs.ts';
import { eventually, type Program, startProgram } from '../support/programs.ts';
import { createNamespace, deleteNamespace, kubectl } from './cluster.ts';

const PROGRAM = new URL('../rollout/support/kubernetes-rollout-process.ts', import.meta.url).pathname;
const LEASE_MILLIS = 3000;
let namespace = '';
const warnings: string[] = [];
const log = { info: () => undefined, warn: (_: object, message: string) => void warnings.push(message) };
let kubernetes: Kubernetes;
let core: CoreV1Api;
let coordination: CoordinationV1Api;

beforeAll(async () => {
  // The processes and the command line connect by themselves, to what KUBECONFIG says.
  const file = join(await mkdtemp(join(tmpdir(), 'rollout-store-')), 'kubeconfig');
  await writeFile(file, await kubectl('config', 'view', '--minify', '--flatten', '--raw'), { mode: 0o600 });
  vi.stubEnv('KUBECONFIG', file);
  kubernetes = await connectKubernetes();
  core = kubernetes.config.makeApiClient(kubernetes.library.CoreV1Api);
  coordination = kubernetes.config.makeApiClient(kubernetes.library.CoordinationV1Api);
  namespace = await createNamespace('rollout-store');
  return async () => {
    await deleteNamespace(namespace);
    await rm(dirname(file), { recursive: true });
  };
});

/** What the chart makes. */
async function install(name: string): Promise<KubernetesStore> {
  const spec = { 'spec.yaml': quickSpec(1000) };
  for (const [part, data] of [
    ['spec', spec],
    ['status', { 'of-another': 'stays' }],
    ['options', {}],
  ] as const) {
    const body: V1ConfigMap = { metadata: { name: `${name}-${part}` }, data };
    await core.createNamespacedConfigMap({ namespace, body });
  }
  await coordination.createNamespacedLease({ namespace, body: { metadata: { name }, spec: {} } });
  return new KubernetesStore({ kubernetes, namespace, name, log });
}

function start(name: string, leaseMillis = LEASE_MILLIS): Program {
  return startProgram(process.execPath, [PROGRAM, namespace, name, String(leaseMillis)]);
}

function times(program: Program, key: 'leadsAt' | 'followsAt'): number[] {
  const text = program.output();
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.flatMap((line) => (line.startsWith('{') ? (JSON.parse(line)[key] ?? []) : []));
}

/** When it first led or followed. */
function first(program: Program, key: 'leadsAt' | 'followsAt'): Promise<number> {
  return eventually(`${key}: ${program.output()}`, async () => times(program, key)[0], 30);
}

describe('the state of a rollout in ConfigMaps', () => {
  it('is written by compare-and-swap, and keys of others are left alone', async () => {
    const store = await install('state');
    const before = await store.readState();
    expect([before.status, before.evidence, before.request]).toEqual([null, null, null]);
    const version = await store.writeState('{"n":1}', '{"e":1}', before.version);
    await expect(store.writeState('{"n":2}', '{}', before.version)).rejects.toBeInstanceOf(StoreConflict);
    expect(await store.readState()).toEqual({
      status: '{"n":1}',
      evidence: '{"e":1}',
      request: null,
      version,
    });
    const { data } = await core.readNamespacedConfigMap({ namespace, name: 'state-status' });
    expect(data?.['of-another']).toBe('stays');
  });

  it('is not overwritten after a request came in between', async () => {
    const store = await install('request');
    const { version } = await store.readState();
    const request = { id: 'a', verb: 'pause', by: 'eve', at: 1 } as const;
    await store.writeRequest(request);
    await expect(store.writeState('{}', '{}', version)).rejects.toBeInstanceOf(StoreConflict);
    expect((await store.readState()).request).toEqual(request);
  });

  it('holds one request until it is answered, which removes it', async () => {
    const store = await install('slot');
    const ask = (id: string, at: number) => store.writeRequest({ id, verb: 'abort', by: id, at });
    const results = await Promise.allSettled(['ada', 'bob', 'cleo', 'dan'].map((id) => ask(id, 100_000)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { request, version } = await store.readState();
    await expect(ask('eve', 109_000)).rejects.toMatchObject({
      code: 'PERF_ROLLOUT',
      message: expect.stringContaining(`${request?.by} has asked to abort just now`),
    });
    await ask('eve', 120_000);
    await expect(store.writeState('{}', '{}', version, request)).rejects.toBeInstanceOf(StoreConflict);
    const later = await store.readState();
    expect(later.request?.id).toBe('eve');
    await store.writeState('{}', '{}', later.version, later.request);
    expect((await store.readState()).request).toBeNull();
    const { data } = await core.readNamespacedConfigMap({ namespace, name: 'slot-status' });
    expect(data?.['of-another']).toBe('stays');
  });

  it('has options that only a writer who has read the last ones can replace', async () => {
    const store = await install('options');
    const { text, version } = await store.readOptions();
    expect(text).toBeNull();
    await store.writeOptions('{"generation":1}', version);
    await expect(store.writeOptions('{"generation":0}', version)).rejects.toBeInstanceOf(StoreConflict);
    expect((await store.readOptions()).text).toBe('{"generation":1}');
  });

  it('goes without evidence, and says so once, when a ConfigMap cannot hold it', async () => {
    const store = await install('large');
    const large = JSON.stringify('x'.repeat(1_100_000));
    const { version } = await store.readState();
    const next = await store.writeState('{"n":1}', large, version);
    await store.writeState('{"n":2}', large, next);
    expect(await store.readState()).toMatchObject({ status: '{"n":2}', evidence: null });
    expect(warnings.filter((message) => message.includes('cannot hold what was measured'))).toHaveLength(1);
  });

  it('that is not there is told of by its name, with what to do', async () => {
    const store = new KubernetesStore({ kubernetes, namespace, name: 'missing', log });
    await expect(store.readSpec()).rejects.toMatchObject({
      code: 'PERF_ROLLOUT',
      message: expect.stringMatching(
        new RegExp(`^ConfigMap ${namespace}/missing-spec cannot be read: it does not exist; the chart`),
      ),
    });
    const lease = new KubernetesLease({ kubernetes, namespace, name: 'missing', leaseMillis: LEASE_MILLIS });
    await expect(lease.read()).rejects.toThrow(/^Lease .*\/missing cannot be read: it does not exist/);
  });

  it('that the service account may not touch is told of as well', async () => {
    const { config, library } = await connectKubernetes();
    const cluster = config.getCurrentCluster();
    if (cluster === null) throw new Error('no cluster');
    // Nobody: what an API server makes of no credentials.
    config.loadFromClusterAndUser(cluster, { name: 'nobody' });
    const store = new KubernetesStore({
      kubernetes: { config, library, namespace },
      namespace,
      name: 'state',
      log,
    });
    await expect(store.readState()).rejects.toThrow(/state-status cannot be read: .*(may not|HTTP 401)/);
  });
});

describe('replicas of the aggregation worker', () => {
  it('hand the rollout over within the time of the lease when the leader is killed, and never both lead', async () => {
    const store = await install('killed');
    const one = start('killed');
    await first(one, 'leadsAt');
    const two = start('killed');
    await first(two, 'followsAt');
    try {
      const before = parsed(await store.readState());
      await one.stop('SIGKILL');
      const killedAt = monotonicMillis();
      const ledAt = await first(two, 'leadsAt');
      expect(ledAt - killedAt).toBeLessThan(LEASE_MILLIS + 4000);
      expect(ledAt).toBeGreaterThan(Math.max(...times(one, 'leadsAt')));
      const after = parsed(await store.readState());
      expect([after.phase, after.step, after.generation]).toEqual([
        before.phase,
        before.step,
        before.generation,
      ]);
      const { spec } = await coordination.readNamespacedLease({ namespace, name: 'killed' });
      expect(spec).toMatchObject({ leaseTransitions: 2, leaseDurationSeconds: 3 });
      expect(spec?.holderIdentity).toMatch(new RegExp(`_${two.process.pid}$`));
    } finally {
      await Promise.all([one.stop('SIGKILL'), two.stop('SIGKILL')]);
    }
  });

  it('hand it over at once when the leader is told to stop', async () => {
    await install('stopped');
    // Without the release the other would have to wait for a minute.
    const one = start('stopped', 60_000);
    await first(one, 'leadsAt');
    const two = start('stopped', 60_000);
    await first(two, 'followsAt');
    try {
      await one.stop('SIGTERM');
      const stoppedAt = monotonicMillis();
      expect((await first(two, 'leadsAt')) - stoppedAt).toBeLessThan(3000);
      expect(times(one, 'leadsAt').at(-1)).toBeLessThan(await first(two, 'leadsAt'));
    } finally {
      await Promise.all([one.stop('SIGKILL'), two.stop('SIGKILL')]);
    }
  });

  it('never both lead when the leader is stopped for longer than its lease, and goes on', async () => {
    await install('paused');
    const one = start('paused');
    await first(one, 'leadsAt');
    const two = start('paused');
    await first(two, 'followsAt');
    try {
      one.process.kill('SIGSTOP');
      const ledAt = await first(two, 'leadsAt');
      one.process.kill('SIGCONT');
      await eventually('a look', async () => times(one, 'followsAt').find((at) => at > ledAt));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(times(one, 'leadsAt').filter((at) => at > ledAt)).toEqual([]);
    } finally {
      await Promise.all([one.stop('SIGKILL'), two.stop('SIGKILL')]);
    }
  });

  it('tell Kubernetes of each decision, and do what the command line asks', async () => {
    const store = await install('events');
    const program = start('events');
    try {
      await first(program, 'leadsAt');
      const answers: string[] = [];
      const io = { print: (text: string) => void answers.push(text), warn: () => undefined };
      const where = ['--namespace', namespace, '--name', 'events'];
      await eventually('a start', async () => (await store.readState()).status ?? undefined, 20);
      await runRollout(['pause', '--by', 'eve', '--wait', ...where], io);
      await runRollout(['status', ...where], io);
      expect(answers).toEqual([expect.stringMatching(/^pause: asked for/), expect.stringMatching(/paused/)]);
      const events = await eventually('events', async () => {
        const { items } = await core.listNamespacedEvent({
          namespace,
          fieldSelector: 'involvedObject.name=events-spec',
        });
        return items.length >= 2 ? items : undefined;
      });
      expect(events.map(({ reason, type }) => `${reason} ${type}`).sort()).toEqual([
        'Paused Normal',
        'Started Normal',
      ]);
      expect(events.find(({ reason }) => reason === 'Paused')?.message).toMatch(/\(by eve\)$/);
      const { uid } = (await core.readNamespacedConfigMap({ namespace, name: 'events-spec' })).metadata ?? {};
      expect(events.map(({ involvedObject }) => involvedObject.uid)).toEqual([uid, uid]);
      await eventually('options', async () => {
        const { text } = await store.readOptions();
        return text === optionsDocument(parsed(await store.readState())) ? true : undefined;
      });
    } finally {
      await program.stop('SIGKILL');
    }
  });
});

function parsed({ status, evidence }: { status: string | null; evidence: string | null }) {
  if (status === null) throw new Error('no status');
  return parseRolloutState(status, evidence).status;
}
