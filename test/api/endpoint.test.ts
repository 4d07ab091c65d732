import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PerfMetricsError, type RouteHandler, type RouteRequest } from '../../src/index.ts';
import { Service } from './service.ts';

describe('a port in use', () => {
  it('is reported once and taken over as soon as it is free; recording goes on meanwhile', async () => {
    await using first = await Service.start();
    const port = first.aggregator.address?.port ?? 0;
    await using second = new Service({ port });
    const warned = once(second.aggregator, 'warning');
    second.aggregator.start();
    await warned;
    second.record(0, 100);
    expect(second.aggregator.address).toBeUndefined();
    const listening = once(second.aggregator, 'listening');
    await first.stopAndCheck(0, 0);
    await listening;
    expect(second.aggregator.address).toEqual({ host: '127.0.0.1', port });
    expect(second.warnings.map(({ code }) => code)).toEqual(['PERF_PORT_IN_USE']);
    expect((await second.fetch('/readyz')).status).toBe(200);
    await second.stopAndCheck(0, 100);
  });
});

describe('a route of the application', () => {
  let service: Service;
  beforeAll(async () => {
    service = await Service.start();
  });
  afterAll(() => service.aggregator.stop());

  it('is answered in the application thread, whatever the method, with query, headers and body', async () => {
    const seen: RouteRequest[] = [];
    service.aggregator.route('/faults', (request) => {
      seen.push(request);
      return { status: 201, headers: { 'Content-Type': 'text/plain', 'x-n': 'one' }, body: request.method };
    });
    const got = await service.fetch('/faults?a=1&b=2');
    expect([got.status, got.headers.get('x-n'), await got.text()]).toEqual([201, 'one', 'GET']);
    const posted = await service.fetch('/faults', {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'X-Kind': 'k' },
    });
    expect([posted.status, await posted.text()]).toEqual([201, 'POST']);
    expect(seen.map(({ path, query, body }) => [path, query, body])).toEqual([
      ['/faults', 'a=1&b=2', ''],
      ['/faults', '', '{"a":1}'],
    ]);
    expect(seen[1].headers['x-kind']).toBe('k');
  });

  it('may be registered before the start, may answer later, and outlives the worker thread', async () => {
    await using own = new Service();
    own.aggregator.route('/slow', async () => {
      await new Promise((turn) => setImmediate(turn));
      return { status: 200, body: 'later' };
    });
    for (let lives = 0; lives < 2; lives++) {
      const listening = once(own.aggregator, 'listening');
      own.aggregator.start();
      await own.workers[lives - 1]?.terminate();
      await listening;
      expect(await (await own.fetch('/slow')).text()).toBe('later');
    }
  });

  const failing: [string, RouteHandler][] = [
    ['throws', () => fail(new Error('no such fault'))],
    ['rejects', () => Promise.reject(new Error('no such fault'))],
    ['throws null', () => fail(null)],
    ['returns nothing', () => JSON.parse('null')],
    ['returns no status', () => JSON.parse('{"body":""}')],
    ['returns a header that is none', () => ({ status: 200, headers: { 'x y': '\n' }, body: '' })],
  ];
  it.each(failing)('that %s is a 500, and nothing else', async (_, handler) => {
    service.aggregator.route('/bad', handler);
    expect((await service.fetch('/bad')).status).toBe(500);
    expect((await service.fetch('/healthz')).status).toBe(200);
  });

  it('may return what cannot pass between threads: it is sent as text', async () => {
    service.aggregator.route('/odd', () => ({ status: 200, body: (() => 1) as unknown as string }));
    expect(await (await service.fetch('/odd')).text()).toContain('=> 1');
  });

  it('is 404 where none is registered', async () => {
    expect((await service.fetch('/nothing')).status).toBe(404);
  });

  it.each(['/', '/metrics', '/readyz', 'faults', '/a b', ''])('%j is no path for one', (path) => {
    const register = (): void => service.aggregator.route(path, () => ({ status: 200, body: '' }));
    expect(register).toThrow(PerfMetricsError);
    expect(register).toThrow(expect.objectContaining({ code: 'PERF_STATE' }));
  });
});

function fail(reason: unknown): never {
  throw reason;
}
