import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from '../support/programs.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CONTEXT = process.env.KUBE_CONTEXT ? ['--context', process.env.KUBE_CONTEXT] : [];
export const IMAGE = process.env.E2E_IMAGE ?? 'perf-metrics:dev';

/** @throws with what kubectl printed. */
export async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await run('kubectl', [...CONTEXT, ...args], { maxBuffer: 32 * 1024 * 1024 });
  return stdout;
}

export async function kubectlApply(namespace: string, manifest: unknown): Promise<void> {
  const child = spawn('kubectl', [...CONTEXT, '-n', namespace, 'apply', '-f', '-'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  child.stdin.end(typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  const status = await new Promise((resolve) => child.on('close', resolve));
  if (status !== 0) throw new Error(`kubectl apply: ${complaint}`);
}

/** A namespace of the test's own that admits only pods which keep Pod Security's `restricted`. */
export async function createNamespace(prefix: string): Promise<string> {
  const name = `${prefix}-${Math.random().toString(36).slice(2, 8)}`;
  await kubectlApply('default', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
  return name;
}

export async function deleteNamespace(name: string): Promise<void> {
  await kubectl('delete', 'namespace', name, '--wait=false');
}

/** Applies folders of k8s/ with the image under test, patches, and whatever else a kustomization can hold. */
export async function applyKustomize(
  namespace: string,
  folders: readonly string[],
  patches: readonly object[] = [],
  more: object = {},
): Promise<void> {
  // Kustomize refers to bases by relative path only.
  const directory = await mkdtemp(join(tmpdir(), 'perf-metrics-e2e-'));
  const [name = '', tag = 'latest'] = IMAGE.split(':');
  try {
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      namespace,
      resources: folders.map((folder) => relative(directory, join(ROOT, folder))),
      images: [{ name: 'perf-metrics', newName: name, newTag: tag }],
      patches: patches.map((patch) => ({ patch: JSON.stringify(patch) })),
      ...more,
    };
    await writeFile(join(directory, 'kustomization.yaml'), JSON.stringify(kustomization));
    await kubectlApply(namespace, await kubectl('kustomize', directory));
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** GET through the API server: needs no address that this machine can reach. */
export async function getService(namespace: string, service: string, path: string): Promise<string> {
  return await kubectl('get', '--raw', `/api/v1/namespaces/${namespace}/services/${service}/proxy${path}`);
}

export async function podNames(namespace: string, selector: string): Promise<string[]> {
  const text = await kubectl('-n', namespace, 'get', 'pods', '-l', selector, '-o', 'json');
  const { items } = JSON.parse(text) as {
    items: { metadata: { name: string; deletionTimestamp?: string } }[];
  };
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((pod) => pod.metadata.name);
}

export async function waitForRollout(namespace: string, workload: string, seconds = 120): Promise<void> {
  try {
    await kubectl('-n', namespace, 'rollout', 'status', workload, `--timeout=${seconds}s`);
  } catch (error) {
    const events = await kubectl('-n', namespace, 'get', 'events', '--sort-by=.lastTimestamp');
    throw new Error(`${workload} does not become ready:\n${(error as Error).message}\n${events}`);
  }
}

/** A local port that leads to a service. */
export async function forwardPort(
  namespace: string,
  target: string,
  port: number,
): Promise<{ url: string; stop: () => void }> {
  const args = [...CONTEXT, '-n', namespace, 'port-forward', target, `:${port}`, '--address', '127.0.0.1'];
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const local = await eventually('the forwarded port', async () => /127\.0\.0\.1:(\d+)/.exec(text)?.[1], 30);
  return { url: `http://127.0.0.1:${local}`, stop: () => child.kill() };
}
