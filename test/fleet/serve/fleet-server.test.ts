import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { renderFleetReport } from '../../../src/fleet/serve/fleet-report.ts';
import { fleetFixture, historyFixture, rolloutFixture } from './fixture.ts';
import { Serving } from './serving.ts';

const DIGEST = Buffer.from('PMDS and the rest of a snapshot');
const READS = ['/', '/metrics', '/stats.json', '/history.json', '/report', '/digest', '/healthz', '/readyz'];

let serving: Serving;

afterEach(() => serving.close());

async function started(change: Parameters<typeof Serving.start>[0] = {}): Promise<Serving> {
  serving = await Serving.start(change);
  serving.server.update(fleetFixture(), DIGEST);
  return serving;
}

describe('the fleet server', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', '<!doctype html>'],
    ['/metrics', 'text/plain; version=0.0.4; charset=utf-8', '# HELP perf_fleet_targets '],
    ['/stats.json', 'application/json; charset=utf-8', '{"at":'],
    ['/history.json', 'application/json; charset=utf-8', '{"seconds":['],
    ['/report', 'text/plain; charset=utf-8', 'Fleet report'],
    ['/digest', 'application/octet-stream', 'PMDS'],
    ['/healthz', 'text/plain; charset=utf-8', 'ok\n'],
    ['/readyz', 'text/plain; charset=utf-8', 'ready\n'],
  ])('serves %s, to HEAD as well, and lets nobody remember it', async (path, type, beginning) => {
    await started();
    const get = await serving.ask(path);
    expect(get.status).toBe(200);
    expect(get.text.slice(0, beginning.length)).toBe(beginning);
    expect(get.headers).toMatchObject({
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-length': String(get.body.length),
    });
    for (const name of ['x-powered-by', 'etag', 'access-control-allow-origin'])
      expect(get.headers).not.toHaveProperty(name);
    const head = await serving.ask(`${path}?query=1`, { method: 'HEAD' });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
  });

  it('answers with the last round and the rollout', async () => {
    await started();
    serving.server.update(fleetFixture(301), DIGEST);
    const stats = { ...fleetFixture(301), rollout: rolloutFixture() };
    expect(JSON.parse((await serving.ask('/stats.json')).text)).toEqual(stats);
    expect((await serving.ask('/report')).text).toBe(renderFleetReport(stats));
    expect((await serving.ask('/digest')).body).toEqual(DIGEST);
    expect(JSON.parse((await serving.ask('/history.json')).text)).toEqual(historyFixture());
  });

  it('says that there is no rollout', async () => {
    await started({ rollout: null });
    expect(JSON.parse((await serving.ask('/stats.json')).text)).toMatchObject({ rollout: null });
    expect((await serving.ask('/report')).text).not.toContain('rollout');
  });

  it('renders the history once, and compresses it once, however many ask', async () => {
    await started();
    const gzip = { headers: { 'accept-encoding': 'gzip' } };
    const replies = await Promise.all(Array.from({ length: 20 }, () => serving.ask('/history.json', gzip)));
    expect(serving.historyReads).toBe(1);
    for (const { body, headers } of replies) {
      expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
      expect(JSON.parse(gunzipSync(body).toString())).toEqual(historyFixture());
    }
    serving.server.update(fleetFixture(301), DIGEST);
    expect((await serving.ask('/history.json')).headers).not.toHaveProperty('content-encoding');
    expect(serving.historyReads).toBe(1);
  });

  it('is alive and not ready before the first round, and says what it has not got', async () => {
    serving = await Serving.start();
    const replies = await Promise.all(READS.map(async (path) => [path, await serving.ask(path)] as const));
    const statuses = Object.fromEntries(replies.map(([path, { status }]) => [path, status]));
    expect(statuses).toEqual({
      '/': 200,
      '/metrics': 200,
      '/history.json': 200,
      '/healthz': 200,
      '/stats.json': 503,
      '/report': 503,
      '/digest': 503,
      '/readyz': 503,
    });
    expect((await serving.ask('/readyz')).text).toMatch(/^Not ready: No round has ended yet.*\n$/);
  });

  it('lets the page run its own script and style, ask its own origin, and nothing else', async () => {
    await started();
    const policy = (await serving.ask('/')).headers['content-security-policy'];
    const sha = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy).toContain(`script-src ${sha('let a;')}; style-src ${sha('b{}')}; connect-src 'self'`);
    expect(policy).not.toContain('unsafe');
  });

  it('says how to build a page that is not there, and takes it up when it is', async () => {
    await started();
    await rm(serving.pagePath);
    expect(await serving.ask('/')).toMatchObject({ status: 404, text: expect.stringContaining('make page') });
  });

  it('says what there is to those who ask for something else', async () => {
    await started();
    for (const path of ['/admin', '/rollout', '/rollout/delete', '/Metrics', '/metrics/', '//metrics']) {
      const missing = await serving.ask(path);
      expect(missing.status).toBe(404);
      for (const known of [...READS, '/events', '/rollout/pause', '/rollout/abort'])
        expect(missing.text).toContain(known);
      expect(missing.text).not.toContain('admin');
    }
  });

  it('names the methods that a path takes', async () => {
    await started();
    for (const path of [...READS, '/events']) {
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
        const { status, headers } = await serving.ask(path, { method });
        expect([path, method, status, headers.allow]).toEqual([path, method, 405, 'GET, HEAD']);
      }
    }
    const get = await serving.ask('/rollout/pause');
    expect([get.status, get.headers.allow]).toEqual([405, 'POST']);
  });

  it('tells of errors as text or JSON, as the client likes', async () => {
    await started();
    const json = await serving.ask('/nothing', { headers: { accept: 'application/json' } });
    expect(json.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(json.text)).toEqual({ error: expect.stringContaining('There is nothing here') });
    expect((await serving.ask('/nothing')).headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  it('answers 500 without a stack when something cannot be rendered, logs it once, and serves the rest', async () => {
    await started({
      history: () => {
        throw new Error('the secret innards');
      },
    });
    const { status, text } = await serving.ask('/history.json');
    expect([status, text]).toEqual([500, 'This could not be answered; the log of the service says why.\n']);
    serving.server.update(fleetFixture(301), DIGEST);
    await serving.ask('/history.json');
    const told = serving.lines.filter(({ level }) => level >= 50);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ path: '/history.json', err: { message: 'the secret innards' } });
    expect((await serving.ask('/stats.json')).status).toBe(200);
  });

  it('takes a malformed path for what it is', async () => {
    await started();
    expect((await serving.ask('/%')).status).toBe(404);
    expect((await serving.ask('/rollout/%ff')).status).toBeLessThan(500);
  });

  it('tells of requests at debug only', async () => {
    await started();
    await serving.ask('/report');
    const requests = serving.lines.filter(({ msg }) => msg === 'request');
    expect(requests).toEqual([expect.objectContaining({ level: 20, path: '/report', status: 200 })]);
  });

  it('says which address it cannot listen on', async () => {
    await started();
    await expect(Serving.start({ port: serving.port })).rejects.toMatchObject({
      code: 'PERF_FLEET',
      message: expect.stringMatching(new RegExp(`127.0.0.1:${serving.port} \\(it is in use\\)`)),
    });
  });
});
