import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Endpoint, type EndpointSettings } from '../../src/export/endpoint.ts';
import { busyPicture } from './picture.ts';

export const PAGE =
  '<!doctype html><style>\nb{}</style><title>x</title><script>\nlet a = "</" + "script>";</script>';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Endpoints over one picture, with the page in a directory of its own. Call `close` after each test. */
export class Serving {
  readonly picture = busyPicture();
  readonly endpoints: Endpoint[] = [];
  readonly warnings: [code: string, message: string][] = [];
  isExportEnabled = true;
  isReady = true;
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<Serving> {
    const directory = await mkdtemp(join(tmpdir(), 'perf-page-'));
    await writeFile(join(directory, 'index.html'), PAGE);
    return new Serving(directory);
  }

  /** Resolves with the port once it listens. */
  start(change: Partial<EndpointSettings> = {}): Promise<number> {
    return new Promise((resolve) => {
      const endpoint = new Endpoint({
        source: this.picture.source,
        host: '127.0.0.1',
        port: 0,
        warn: (code, message) => void this.warnings.push([code, message]),
        pagePath: pathToFileURL(join(this.directory, 'index.html')),
        isExportEnabled: () => this.isExportEnabled,
        isReady: () => this.isReady,
        routes: () => new Set(['/faults']),
        onListening: (_, port) => resolve(port),
        ...change,
      });
      this.endpoints.push(endpoint);
      endpoint.listen();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.endpoints.map((endpoint) => endpoint.close()));
    await rm(this.directory, { recursive: true, force: true });
  }
}

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export async function ask(port: number, path: string, { body, ...options }: Asked = {}): Promise<Reply> {
  const asked = request({ host: '127.0.0.1', port, path, agent: false, ...options });
  asked.end(body);
  const [response] = await once(asked, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}
