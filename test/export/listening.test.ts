import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, Serving } from './serving.ts';

let serving: Serving;

beforeEach(async () => {
  serving = await Serving.create();
});

afterEach(() => serving.close());

describe('the endpoint and its port', () => {
  it('warns once of a port in use, and takes it when it is free', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    const listening = serving.start({ port });
    while (serving.warnings.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(serving.endpoints[0].address).toBeUndefined();
    squatter.close();
    expect(await listening).toBe(port);
    expect(serving.endpoints[0].address).toEqual({ host: '127.0.0.1', port });
    expect(serving.warnings).toEqual([
      ['PERF_PORT_IN_USE', expect.stringMatching(new RegExp(`${port}.*PERF_PORT`))],
    ]);
  });

  it('warns, and does not throw, when the address is none of this machine', async () => {
    void serving.start({ host: '192.0.2.1' });
    while (serving.warnings.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(serving.warnings).toEqual([['PERF_ENDPOINT_FAILED', expect.stringContaining('192.0.2.1')]]);
  });

  it('is closed once, twice, or before it listens', async () => {
    const port = await serving.start();
    await serving.endpoints[0].close();
    await serving.endpoints[0].close();
    await expect(ask(port, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    void serving.start();
    await serving.endpoints[1].close();
    expect(serving.endpoints[1].address).toBeUndefined();
  });

  it('does not wait for clients that say nothing, and survives those that say nonsense', async () => {
    const port = await serving.start();
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
    await serving.endpoints[0].close();
    await closed;
  });

  it('goes on when a client leaves in the middle of an answer', async () => {
    const port = await serving.start();
    for (let i = 0; i < 20; i++) {
      const asked = request({ host: '127.0.0.1', port, path: '/metrics', agent: false });
      asked.on('error', () => undefined);
      asked.end();
      const [response] = await once(asked, 'response');
      response.destroy();
    }
    expect((await ask(port, '/healthz')).status).toBe(200);
    expect(serving.warnings).toEqual([]);
  });
});
