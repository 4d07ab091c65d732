import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeSnapshot } from '../../src/contract/snapshot-decoder.ts';
import { renderReport } from '../../src/export/report.ts';
import { readStatistics } from '../../src/state/statistics.ts';
import { ask, Serving } from './serving.ts';
import { delimited } from './wire.ts';

let serving: Serving;

beforeEach(async () => {
  serving = await Serving.create();
});

afterEach(() => serving.close());

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
    const port = await serving.start();
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
    const port = await serving.start();
    const statistics = readStatistics(serving.picture.source);
    expect(JSON.parse((await ask(port, '/stats.json')).body.toString())).toEqual(statistics);
    expect((await ask(port, '/report')).body.toString()).toBe(renderReport(statistics));
    const { snapshot } = decodeSnapshot((await ask(port, '/digest')).body);
    expect(snapshot?.recorded).toBe(statistics.ring.recorded);
  });

  it('negotiates the exposition', async () => {
    const port = await serving.start();
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
    const port = await serving.start();
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
    const port = await serving.start();
    const policy = (await ask(port, '/')).headers['content-security-policy'];
    const sha = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src ${sha('\nlet a = "</" + "script>";')};`);
    expect(policy).toContain(`style-src ${sha('\nb{}')};`);
    expect(policy).not.toContain('unsafe');
  });

  it('says what there is to those who ask for something else', async () => {
    const port = await serving.start();
    const missing = await ask(port, '/admin');
    expect(missing.status).toBe(404);
    for (const path of ['/metrics', '/stats.json', '/report', '/digest', '/healthz', '/readyz', '/faults']) {
      expect(missing.body.toString()).toContain(path);
    }
    const post = await ask(port, '/metrics', { method: 'POST', body: 'x' });
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD']);
    await rm(join(serving.directory, 'index.html'));
    expect((await ask(port, '/')).status).toBe(404);
    expect(serving.warnings).toEqual([]);
  });

  it('answers the probes alone while the export is switched off, and readiness truly', async () => {
    const port = await serving.start();
    Object.assign(serving, { isExportEnabled: false, isReady: false });
    const statuses = async () =>
      Promise.all(
        ['/metrics', '/', '/faults', '/nothing', '/healthz', '/readyz'].map(
          async (path) => (await ask(port, path)).status,
        ),
      );
    expect(await statuses()).toEqual([503, 503, 503, 503, 200, 503]);
    Object.assign(serving, { isExportEnabled: true, isReady: true });
    expect((await ask(port, '/readyz')).status).toBe(200);
  });

  it('answers 500 and warns once when something cannot be rendered', async () => {
    const broken = {
      ...serving.picture.source,
      instance: 'endpoint-0',
      processCpuSeconds: () => 0,
      workerRestarts: 0,
      get rings(): never {
        throw new Error('no rings');
      },
    };
    const port = await serving.start({ source: broken });
    expect([(await ask(port, '/metrics')).status, (await ask(port, '/stats.json')).status]).toEqual([
      500, 500,
    ]);
    expect(serving.warnings).toEqual([
      ['PERF_ENDPOINT_FAILED', expect.stringMatching(/\/metrics.*no rings/)],
    ]);
    expect((await ask(port, '/healthz')).status).toBe(200);
  });
});
