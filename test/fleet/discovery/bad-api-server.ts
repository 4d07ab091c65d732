import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectKubernetes, type Kubernetes } from '../../../src/kubernetes/client.ts';

interface PodChange {
  readonly ip?: string;
  readonly phase?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly ports?: readonly object[];
}

/** A pod as the API gives it. */
export function pod(
  name: string,
  { ip = '10.0.0.1', phase = 'Running', ports = [], ...metadata }: PodChange = {},
): object {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, namespace: 'here', uid: `uid-${name}`, resourceVersion: '7', ...metadata },
    spec: { containers: [{ name: 'main', ports }] },
    status: { phase, podIP: ip },
  };
}

export const podList = (items: readonly object[], next = ''): object => ({
  kind: 'PodList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '5', continue: next },
  items,
});

export const status = (code: number, message: string): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  code,
  message,
});

export function json(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A real HTTP server that speaks the list and watch protocol as badly as a test asks for. */
export class BadApiServer {
  /** The latest list or watch first. */
  readonly asked: URLSearchParams[] = [];
  lists = 0;
  onList: (query: URLSearchParams, response: ServerResponse) => void = (_, response) =>
    json(response, 200, podList([]));
  /** With what the next watches are refused. */
  readonly watchStatuses: number[] = [];
  private readonly server = createServer(((request, response) => {
    const { searchParams } = new URL(String(request.url), 'http://x');
    this.asked.unshift(searchParams);
    if (searchParams.get('watch') === 'true') {
      const refusal = this.watchStatuses.shift();
      if (refusal !== undefined) {
        json(response, refusal, status(refusal, 'no'));
        return;
      }
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      this.watching = response;
    } else {
      this.lists += 1;
      this.onList(searchParams, response);
    }
  }) satisfies RequestListener);
  private watching: ServerResponse | undefined;
  private directory = '';

  async listen(port = 0): Promise<number> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  /** Through a kubeconfig, as any other. */
  async connect(port: number): Promise<Kubernetes> {
    this.directory = await mkdtemp(join(tmpdir(), 'perf-kubeconfig-'));
    const path = join(this.directory, 'config');
    const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'bad', cluster }],
      users: [{ name: 'me', user: {} }],
      contexts: [{ name: 'bad', context: { cluster: 'bad', user: 'me', namespace: 'here' } }],
      'current-context': 'bad',
    };
    await writeFile(path, JSON.stringify(config));
    const before = process.env.KUBECONFIG;
    process.env.KUBECONFIG = path;
    try {
      return await connectKubernetes();
    } finally {
      if (before === undefined) delete process.env.KUBECONFIG;
      else process.env.KUBECONFIG = before;
    }
  }

  /** To the watch under way. */
  send(type: string, object: object): void {
    this.sendText(`${JSON.stringify({ type, object })}\n`);
  }

  sendText(text: string): void {
    this.watching?.write(text);
  }

  /** As a load balancer would. */
  cut(): void {
    this.watching?.destroy();
  }

  /** As the server does after `timeoutSeconds`. */
  end(): void {
    this.watching?.end();
  }

  onEnd(listener: () => void): void {
    this.watching?.on('close', listener);
  }

  async close(): Promise<void> {
    if (this.server.listening) {
      this.server.close();
      this.server.closeAllConnections();
      await once(this.server, 'close');
    }
    if (this.directory !== '') await rm(this.directory, { recursive: true });
  }
}
