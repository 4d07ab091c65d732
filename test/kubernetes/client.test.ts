import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectKubernetes } from '../../src/kubernetes/client.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'perf-home-'));
  vi.stubEnv('HOME', home);
  vi.stubEnv('KUBECONFIG', '');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

async function configured(text: string): Promise<void> {
  const path = join(home, 'config');
  await writeFile(path, text);
  vi.stubEnv('KUBECONFIG', path);
}

const CONFIG = {
  clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443' } }],
  users: [{ name: 'u', user: {} }],
  contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'x',
};

describe('a connection to Kubernetes', () => {
  it('is that of KUBECONFIG, in the namespace of its context or default', async () => {
    await configured(JSON.stringify(CONFIG));
    const { config, namespace } = await connectKubernetes();
    expect([config.getCurrentCluster()?.server, namespace]).toEqual(['https://10.0.0.1:6443', 'default']);
    const contexts = [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'trading' } }];
    await configured(JSON.stringify({ ...CONFIG, contexts }));
    expect((await connectKubernetes()).namespace).toBe('trading');
  });

  it.each([
    ['there is none', undefined, 'there is no Kubernetes to talk to: run in a pod'],
    [
      'its context is missing',
      JSON.stringify({ ...CONFIG, 'current-context': 'y' }),
      'there is no Kubernetes to talk to',
    ],
    ['its file is broken', '{', 'cannot be read (KUBECONFIG)'],
  ])('is refused with what to do when %s', async (_, text, problem) => {
    if (text !== undefined) await configured(text);
    await expect(connectKubernetes()).rejects.toMatchObject({
      code: 'PERF_FLEET',
      message: expect.stringContaining(problem),
    });
  });
});
