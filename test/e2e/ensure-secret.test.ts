import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Program, startProgram } from '../support/programs.ts';
import { createNamespace, deleteNamespace, kubectl, kubectlApply, kubectlJson } from './cluster.ts';

const CLI = new URL('../../src/cli.ts', import.meta.url).pathname;
const SECRET = 'perf-metrics-grafana';
const KEY = 'admin-password';

let namespace = '';
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ensure-secret-'));
  namespace = await createNamespace('ensure-secret');
  const items = [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: SECRET } },
    ...account('grafana', ['get', 'patch']),
    ...account('reader', ['get']),
    ...account('nobody', []),
  ];
  await kubectlApply(namespace, { apiVersion: 'v1', kind: 'List', items });
});

afterAll(async () => {
  await deleteNamespace(namespace);
  await rm(directory, { recursive: true });
});

/** A service account with these verbs on the one Secret, as the chart makes one for Grafana. */
function account(name: string, verbs: readonly string[]): object[] {
  const metadata = { name };
  const rule = { apiGroups: [''], resources: ['secrets'], resourceNames: [SECRET], verbs };
  const group = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules: verbs.length > 0 ? [rule] : [] },
    {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}

/** A configuration that is the service account, and no more. */
async function kubeconfigOf(name: string): Promise<string> {
  const view = await kubectl('config', 'view', '--minify', '--flatten', '--raw', '-o', 'json');
  const { clusters } = JSON.parse(view) as { clusters: { name: string }[] };
  const token = (await kubectl('-n', namespace, 'create', 'token', name)).trim();
  const context = { cluster: clusters[0]?.name, user: name, namespace };
  const config = {
    clusters,
    users: [{ name, user: { token } }],
    contexts: [{ name, context }],
    'current-context': name,
  };
  const path = join(directory, `${name}.kubeconfig`);
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

interface Ended {
  readonly status: number | null;
  readonly printed: string;
}

async function ensure(account: string, file: string, secret = SECRET): Promise<Ended> {
  const args = [CLI, 'ensure-secret', '--name', secret, '--key', KEY, '--file', join(directory, file)];
  const program: Program = startProgram(process.execPath, args, { KUBECONFIG: await kubeconfigOf(account) });
  const status = await new Promise<number | null>((resolve) => program.process.once('close', resolve));
  return { status, printed: program.output() };
}

async function stored(): Promise<string> {
  const { data = {} } = await kubectlJson<{ data?: Record<string, string> }>(
    ...['-n', namespace, 'get', 'secret', SECRET],
  );
  return Buffer.from(data[KEY] ?? '', 'base64').toString();
}

describe('a Secret that is made once', () => {
  it('holds one value when two make it at once, and both write that; nothing is printed', async () => {
    const runs = await Promise.all(['a', 'b'].map((file) => ensure('grafana', file)));
    expect(runs).toEqual([
      { status: 0, printed: '' },
      { status: 0, printed: '' },
    ]);
    const value = await stored();
    expect(value).toMatch(/^[\w-]{40}$/);
    const files = ['a', 'b'].map((file) => readFile(join(directory, file), 'utf8'));
    expect(await Promise.all(files)).toEqual([value, value]);
  });

  it('keeps its value at the next start, for which it may only be read', async () => {
    const before = await stored();
    expect(await ensure('reader', 'later')).toEqual({ status: 0, printed: '' });
    expect([await readFile(join(directory, 'later'), 'utf8'), await stored()]).toEqual([before, before]);
  });

  it('keeps its value when the manifest without data is applied again, as an upgrade does', async () => {
    const before = await stored();
    await kubectlApply(namespace, { apiVersion: 'v1', kind: 'Secret', metadata: { name: SECRET } });
    expect([before.length, await stored()]).toEqual([40, before]);
  });

  it('is told of when the Role does not name the verbs, or it does not exist', async () => {
    const unread = await ensure('nobody', 'c');
    expect(unread).toMatchObject({ status: 2 });
    expect(unread.printed).toContain(
      `the service account may not get it; its Role must allow the verbs get and patch on secrets, resourceNames [${SECRET}]`,
    );
    await kubectl('-n', namespace, 'patch', 'secret', SECRET, '--type=merge', '-p', '{"data":null}');
    const unwritten = await ensure('reader', 'd');
    expect(unwritten.printed).toContain('the service account may not patch it; its Role must allow');
    // What a Role does not name is refused before it is looked for.
    await kubectl('-n', namespace, 'delete', 'secret', SECRET);
    const gone = await ensure('grafana', 'e');
    expect(gone).toMatchObject({ status: 2 });
    expect(gone.printed).toContain(`Secret ${namespace}/${SECRET}: it does not exist; create it`);
  });
});
