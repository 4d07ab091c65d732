import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RouteRequest, RouteResponse } from '../../src/contract/messages.ts';
import { decodeSnapshot } from '../../src/contract/snapshot-decoder.ts';
import { Endpoint, type EndpointSettings } from '../../src/export/endpoint.ts';
import { renderReport } from '../../src/export/report.ts';
import { readStatistics } from '../../src/state/statistics.ts';
import { busyPicture } from './picture.ts';
import { delimited } from './wire.ts';

const PAGE =
  '<!doctype html><style>\nb{}</style><title>x</title><script>\nlet a = "</" + "script>";</script>';

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

let directory: string;
let endpoints: Endpoint[];
let warnings: [code: string, message: string][];
let state: { isExportEnabled: boolean; isReady: boolean };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perf-page-'));
  await writeFile(join(directory, 'index.html'), PAGE);
  endpoints = [];
  warnings = [];
  state = { isExportEnabled: true, isReady: true };
});

afterEach(async () => {
  await Promise.all(endpoints.map((endpoint) => endpoint.close()));
  await rm(directory, { recursive: true, force: true });
});

const picture = busyPicture();

/** Resolves with the port once it listens. */
function start(change: Partial<EndpointSettings> = {}): Promise<number> {
  return new Promise((resolve) => {
    const endpoint = new Endpoint({
      source: picture.source,
      host: '127.0.0.1',
      port: 0,
      warn: (code, message) => void warnings.push([code, message]),
      pagePath: pathToFileURL(join(directory, 'index.html')),
      isExportEnabled: () => state.isExportEnabled,
      isReady: () => state.isReady,
      routes: () => new Set(['/faults']),
      onListening: (_, port) => resolve(port),
      ...change,
    });
    endpoints.push(endpoint);
    endpoint.listen();
  });
}

async function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Reply> {
  const { body, ...rest } = options;
  const asked = request({ host: '127.0.0.1', port, path, agent: false, ...rest });
  asked.end(body);
  const [response] = await once(asked, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

describe('the endpoint', () => {
  it.each([
    ['/metrics', 'text/plain; version=0.0.4; charset=utf-8', '# HELP perf_event_duration_seconds '],
    ['/stats.json', 'application/json; charset=utf-8', '{"at":'],
    ['/report', 'text/plain; charset=utf-8', 'Latency report'],
    ['/digest', 'application/octet-stream', 'PMDS'],
    ['/healthz', 'text/plain; charset=utf-8', 'ok\n'],
    ['/readyz', 'text/plain; charset=utf-8', 'ready\n'],
    ['/', 'text/html; charset=utf-8', '<!doctype html>'],
  ])('serves %s, to HEAD as well, and remembers nothing', async (path, type, beginning) => {
    const port = await start();
    const get = await ask(port, path);
    expect(get.status).toBe(200);
    expect(get.body.subarray(0, beginning.length).toString()).toBe(beginning);
    expect(get.headers).toMatchObject({
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-length': String(get.body.length),
    });
    const head = await ask(port, `${path}?query`, { method: 'HEAD' });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
    expect((await ask(port, path)).body).toEqual(get.body);
  });

  it('answers with what the process itself would say', async () => {
    const port = await start();
    const statistics = readStatistics(picture.source);
    expect(JSON.parse((await ask(port, '/stats.json')).body.toString())).toEqual(statistics);
    expect((await ask(port, '/report')).body.toString()).toBe(renderReport(statistics));
    const { snapshot } = decodeSnapshot((await ask(port, '/digest')).body);
    expect(snapshot?.recorded).toBe(statistics.ring.recorded);
  });

  it('negotiates the exposition', async () => {
    const port = await start();
    const metrics = (accept: string) => ask(port, '/metrics', { headers: { accept } });
    const openmetrics = await metrics('application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.4');
    expect(openmetrics.headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    expect(openmetrics.headers.vary).toBe('accept, accept-encoding');
    expect(openmetrics.body.toString()).toMatch(/# EOF\n$/);
    const protobuf = await metrics(
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
    );
    expect(protobuf.headers['content-type']).toContain('application/vnd.google.protobuf');
    expect(delimited(protobuf.body).length).toBeGreaterThan(20);
  });

  it('compresses what is worth it, for those who take it', async () => {
    const port = await start();
    const headers = { 'accept-encoding': 'gzip' };
    const plain = await ask(port, '/metrics');
    const compressed = await ask(port, '/metrics', { headers });
    expect(compressed.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-length': String(compressed.body.length),
    });
    expect(compressed.body.length).toBeLessThan(plain.body.length / 4);
    expect(gunzipSync(compressed.body)).toEqual(plain.body);
    expect((await ask(port, '/healthz', { headers })).headers).not.toHaveProperty('content-encoding');
  });

  it('lets the page run its own script and style and nothing else', async () => {
    const port = await start();
    const policy = (await ask(port, '/')).headers['content-security-policy'];
    const sha = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src ${sha('\nlet a = "</" + "script>";')};`);
    expect(policy).toContain(`style-src ${sha('\nb{}')};`);
    expect(policy).not.toContain('unsafe');
  });

  it('says what there is to those who ask for something else', async () => {
    const port = await start();
    const missing = await ask(port, '/admin');
    expect(missing.status).toBe(404);
    for (const path of ['/metrics', '/stats.json', '/report', '/digest', '/healthz', '/readyz', '/faults']) {
      expect(missing.body.toString()).toContain(path);
    }
    const post = await ask(port, '/metrics', { method: 'POST', body: 'x' });
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD']);
    await rm(join(directory, 'index.html'));
    expect((await ask(port, '/')).status).toBe(404);
    expect(warnings).toEqual([]);
  });

  it('answers the probes alone while the export is switched off, and readiness truly', async () => {
    const port = await start();
    state = { isExportEnabled: false, isReady: false };
    const statuses = async () =>
      Promise.all(
        ['/metrics', '/', '/faults', '/nothing', '/healthz', '/readyz'].map(
          async (path) => (await ask(port, path)).status,
        ),
      );
    expect(await statuses()).toEqual([503, 503, 503, 503, 200, 503]);
    state = { isExportEnabled: true, isReady: true };
    expect((await ask(port, '/readyz')).status).toBe(200);
  });

  it('answers 500 and warns once when something cannot be rendered', async () => {
    const broken = {
      ...picture.source,
      workerRestarts: 0,
      get rings(): never {
        throw new Error('no rings');
      },
    };
    const port = await start({ source: broken });
    expect([(await ask(port, '/metrics')).status, (await ask(port, '/stats.json')).status]).toEqual([
      500, 500,
    ]);
    expect(warnings).toEqual([['PERF_ENDPOINT_FAILED', expect.stringMatching(/\/metrics.*no rings/)]]);
    expect((await ask(port, '/healthz')).status).toBe(200);
  });
});

describe('a route of the application', () => {
  const forwardTo = (answer: (asked: RouteRequest) => Promise<RouteResponse>) => start({ forward: answer });

  it('gets method, query, headers and body, and answers as it likes', async () => {
    let seen: RouteRequest | undefined;
    const port = await forwardTo(async (asked) => {
      seen = asked;
      return {
        status: 201,
        headers: { 'Content-Type': 'application/json', 'Content-Length': '9999' },
        body: '{"é":1}',
      };
    });
    const reply = await ask(port, '/faults?a=1?b', {
      method: 'POST',
      headers: { 'X-Token': 't' },
      body: 'é',
    });
    expect(seen).toMatchObject({
      path: '/faults',
      method: 'POST',
      query: 'a=1?b',
      body: 'é',
      headers: { 'x-token': 't' },
    });
    expect([reply.status, reply.headers['content-type'], reply.body.toString()]).toEqual([
      201,
      'application/json',
      '{"é":1}',
    ]);
    expect(reply.headers['content-length']).toBe('8');
  });

  it('is not asked when the body is too large, announced or not', async () => {
    let asked = 0;
    const port = await forwardTo(async () => {
      asked++;
      return { status: 200, body: '' };
    });
    const body = 'x'.repeat(64 * 1024 + 1);
    const chunked = { 'transfer-encoding': 'chunked' };
    expect(
      (
        await ask(port, '/faults', {
          method: 'POST',
          headers: { 'content-length': String(body.length) },
          body,
        })
      ).status,
    ).toBe(413);
    expect((await ask(port, '/faults', { method: 'POST', headers: chunked, body })).status).toBe(413);
    expect(asked).toBe(0);
    expect((await ask(port, '/faults', { method: 'POST', body: body.slice(1) })).status).toBe(200);
  });

  it('is a 504 when the application is stalled', async () => {
    const port = await forwardTo(() => new Promise(() => undefined));
    expect((await ask(port, '/faults')).status).toBe(504);
  });

  it.each([
    ['throws', async () => Promise.reject(new Error('no'))],
    ['answers a status that is none', async () => ({ status: 99, body: '' })],
    ['answers a header that is none', async () => ({ status: 200, headers: { 'a b': 'c' }, body: '' })],
  ])('is a 500 when the application %s', async (_, forward) => {
    const port = await start({ forward });
    expect((await ask(port, '/faults')).status).toBe(500);
    expect((await ask(port, '/healthz')).status).toBe(200);
  });
});

describe('the endpoint and its port', () => {
  it('warns once of a port in use, and takes it when it is free', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    const listening = start({ port });
    while (warnings.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(endpoints[0].address).toBeUndefined();
    squatter.close();
    expect(await listening).toBe(port);
    expect(endpoints[0].address).toEqual({ host: '127.0.0.1', port });
    expect(warnings).toEqual([['PERF_PORT_IN_USE', expect.stringMatching(new RegExp(`${port}.*PERF_PORT`))]]);
  });

  it('warns, and does not throw, when the address is none of this machine', async () => {
    void start({ host: '192.0.2.1' });
    while (warnings.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([['PERF_ENDPOINT_FAILED', expect.stringContaining('192.0.2.1')]]);
  });

  it('is closed once, twice, or before it listens', async () => {
    const port = await start();
    await endpoints[0].close();
    await endpoints[0].close();
    await expect(ask(port, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    void start();
    await endpoints[1].close();
    expect(endpoints[1].address).toBeUndefined();
  });

  it('does not wait for clients that say nothing, and survives those that say nonsense', async () => {
    const port = await start();
    const silent = connect(port, '127.0.0.1');
    const rude = connect(port, '127.0.0.1');
    await Promise.all([once(silent, 'connect'), once(rude, 'connect')]);
    silent.write('GET /metr');
    rude.write('\u0000\u0001 nonsense\r\n\r\n');
    const [answer] = await once(rude, 'data');
    expect(String(answer)).toContain('400 Bad Request');
    expect((await ask(port, '/healthz')).status).toBe(200);
    const closed = once(silent, 'close');
    silent.on('error', () => undefined);
    await endpoints[0].close();
    await closed;
  });

  it('goes on when a client leaves in the middle of an answer', async () => {
    const port = await start();
    for (let i = 0; i < 20; i++) {
      const asked = request({ host: '127.0.0.1', port, path: '/metrics', agent: false });
      asked.on('error', () => undefined);
      asked.end();
      const [response] = await once(asked, 'response');
      response.destroy();
    }
    expect((await ask(port, '/healthz')).status).toBe(200);
    expect(warnings).toEqual([]);
  });
});
