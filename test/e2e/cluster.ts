import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/programs.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CONTEXT = process.env.KUBE_CONTEXT ? ['--context', process.env.KUBE_CONTEXT] : [];
const IMAGE = process.env.E2E_IMAGE ?? 'perf-metrics:dev';
const colon = IMAGE.lastIndexOf(':') > IMAGE.lastIndexOf('/') ? IMAGE.lastIndexOf(':') : IMAGE.length;

/** The image under test, which `make e2e` has built and loaded. */
export const image = {
  name: IMAGE,
  repository: IMAGE.slice(0, colon),
  tag: IMAGE.slice(colon + 1) || 'latest',
};

/**
 * What the program prints.
 * @throws with what it complained about, and with what it printed.
 */
export async function runProgram(command: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const printed: Buffer[] = [];
  const complaint: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => complaint.push(chunk));
  // A program that ends without reading closes the pipe: its status tells more than that.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const text = Buffer.concat(printed).toString();
  if (status === 0) return text;
  const asked = [command.split('/').at(-1), ...args].join(' ');
  throw new Error(`${asked}: status ${status}\n${Buffer.concat(complaint)}${text.slice(-4000)}`);
}

/** @throws with what kubectl printed. */
export async function kubectl(...args: string[]): Promise<string> {
  return await runProgram('kubectl', [...CONTEXT, ...args]);
}

export async function kubectlJson<T>(...args: string[]): Promise<T> {
  return JSON.parse(await kubectl(...args, '-o', 'json')) as T;
}

export async function kubectlApply(
  namespace: string,
  manifest: unknown,
  ...options: string[]
): Promise<string> {
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  return await runProgram('kubectl', [...CONTEXT, '-n', namespace, 'apply', ...options, '-f', '-'], text);
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
  if (name !== '') await kubectl('delete', 'namespace', name, '--wait=false');
}

/** Applies a folder of k8s/ as `kubectl apply -k` does, with the namespace and the image of this run. */
export async function applyKustomize(namespace: string, folder: string): Promise<void> {
  // Kustomize refers to bases by relative path only.
  const directory = await mkdtemp(join(tmpdir(), 'perf-metrics-e2e-'));
  try {
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      namespace,
      resources: [relative(directory, join(ROOT, folder))],
      images: [{ name: 'perf-metrics', newName: image.repository, newTag: image.tag }],
    };
    await writeFile(join(directory, 'kustomization.yaml'), JSON.stringify(kustomization));
    await kubectl('apply', '-k', directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** GET through the API server: needs no address that this machine can reach. */
export async function getService(namespace: string, service: string, path: string): Promise<string> {
  return await kubectl('get', '--raw', `/api/v1/namespaces/${namespace}/services/${service}/proxy${path}`);
}

export async function podNames(namespace: string, selector: string): Promise<string[]> {
  const { items } = await kubectlJson<{
    items: { metadata: { name: string; deletionTimestamp?: string } }[];
  }>('-n', namespace, 'get', 'pods', '-l', selector);
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((pod) => pod.metadata.name);
}

export async function waitForRollout(namespace: string, workload: string, seconds = 120): Promise<void> {
  await kubectl('-n', namespace, 'rollout', 'status', workload, `--timeout=${seconds}s`);
}

/** A local port that leads to a pod or a service, for as long as `use` takes. */
export async function throughPort<T>(
  namespace: string,
  target: string,
  port: number,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const args = [...CONTEXT, '-n', namespace, 'port-forward', target, `:${port}`, '--address', '127.0.0.1'];
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  try {
    const local = await eventually(
      'the forwarded port',
      async () => /127\.0\.0\.1:(\d+)/.exec(text)?.[1],
      30,
    );
    return await use(`http://127.0.0.1:${local}`);
  } finally {
    child.kill();
  }
}
