import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runEnsureSecret } from '../../src/commands/ensure-secret.ts';
import { UsageError } from '../../src/commands/usage.ts';

interface Secret {
  metadata: { name: string; resourceVersion: string };
  data?: Record<string, string>;
}

/** Speaks as an API server does of one Secret. `onPatch` may write to it first, as another would. */
class ApiServer {
  secret: Secret = { metadata: { name: 'grafana', resourceVersion: '1' } };
  onPatch: () => void = () => undefined;
  patches = 0;
  private readonly server: Server;

  constructor() {
    this.server = createServer(async (request, response) => {
      const send = (status: number, body: object): void =>
        void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (request.method === 'GET') return send(200, this.secret);
      const patch = JSON.parse(await text(request)) as Secret;
      this.patches++;
      this.onPatch();
      if (patch.metadata.resourceVersion !== this.secret.metadata.resourceVersion)
        return send(409, { kind: 'Status', code: 409, message: 'the object has been modified' });
      this.write(patch.data ?? {});
      return send(200, this.secret);
    });
  }

  write(data: Record<string, string>): void {
    const { name, resourceVersion } = this.secret.metadata;
    const metadata = { name, resourceVersion: String(Number(resourceVersion) + 1) };
    this.secret = { metadata, data: { ...this.secret.data, ...data } };
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const base64 = (value: string): string => Buffer.from(value).toString('base64');

describe('perf-metrics ensure-secret', () => {
  let directory: string;
  let file: string;
  let api: ApiServer;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ensure-secret-'));
    file = join(directory, 'password');
    api = new ApiServer();
    const config = {
      clusters: [{ name: 'c', cluster: { server: await api.start(), 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'trading' } }],
      'current-context': 'x',
    };
    await writeFile(join(directory, 'kubeconfig'), JSON.stringify(config));
    vi.stubEnv('KUBECONFIG', join(directory, 'kubeconfig'));
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    api.stop();
    await rm(directory, { recursive: true });
  });

  async function ensure(...more: string[]): Promise<string> {
    await runEnsureSecret(['--name', 'grafana', '--key', 'password', '--file', file, ...more]);
    return await readFile(file, 'utf8');
  }

  it.each([undefined, { password: '' }])(
    'makes a password where the data are %j, and stores it',
    async (data) => {
      if (data !== undefined) api.secret.data = data;
      const value = await ensure();
      expect(value).toMatch(/^[\w-]{40}$/);
      expect(api.secret.data).toEqual({ password: base64(value) });
      expect((await stat(file)).mode & 0o777).toBe(0o440);
    },
  );

  it('takes what is there and writes nothing, other keys being left alone', async () => {
    api.secret.data = { user: base64('admin'), password: base64('bänk\n') };
    expect(await ensure()).toBe('bänk\n');
    expect([api.patches, Object.keys(api.secret.data)]).toEqual([0, ['user', 'password']]);
  });

  it('takes the value of who was quicker', async () => {
    api.onPatch = () => api.write({ password: base64('of the other') });
    expect(await ensure()).toBe('of the other');
    expect([api.patches, api.secret.data]).toEqual([1, { password: base64('of the other') }]);
  });

  it('stores its own when another has written something else', async () => {
    api.onPatch = () => {
      if (api.patches === 1) api.write({ user: base64('admin') });
    };
    const value = await ensure();
    expect([api.patches, api.secret.data]).toEqual([2, { user: base64('admin'), password: base64(value) }]);
  });

  it('gives up when others write all the time', async () => {
    api.onPatch = () => api.write({ user: base64(String(api.patches)) });
    await expect(ensure()).rejects.toThrow('Secret trading/grafana is changed by others again and again');
    expect(await readdir(directory)).toEqual(['kubeconfig']);
  });

  it('makes another password each time, as long as it is asked to', async () => {
    const first = await ensure('--length', '64');
    delete api.secret.data;
    const second = await ensure('--length', '64');
    expect([first.length, second.length]).toEqual([64, 64]);
    expect(first).not.toBe(second);
  });

  it('replaces the file of an earlier start', async () => {
    await ensure();
    api.secret.data = { password: base64('changed') };
    expect(await ensure()).toBe('changed');
    expect((await readdir(directory)).sort()).toEqual(['kubeconfig', 'password']);
  });

  it('says that the file cannot be written, without the value', async () => {
    file = join(directory, 'gone', 'password');
    const failed = ensure().catch((error: unknown) => error);
    const { message } = (await failed) as Error;
    expect(message).toMatch(/--file .* cannot be written: ENOENT/);
    expect(message).not.toContain(Buffer.from(api.secret.data?.password ?? '', 'base64').toString());
  });

  it.each<[string, string[], RegExp]>([
    ['a missing key', ['--name', 'a', '--file', 'b'], /takes --name NAME, --key KEY and --file PATH/],
    ['an unknown flag', ['--nmae', 'a'], /Unknown option '--nmae'/],
    [
      'a short password',
      ['--name', 'a', '--key', 'b', '--file', 'c', '--length', '31'],
      /from 32 to 1024, got "31"/,
    ],
    ['a length that is none', ['--name', 'a', '--key', 'b', '--file', 'c', '--length', 'x'], /got "x"/],
  ])('refuses %s', async (_, args, message) => {
    const refused = runEnsureSecret(args);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
  });
});
