import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/programs.ts';
import { fleetFixture, historyFixture } from './fixture.ts';
import { type Connection, Serving, TOKEN } from './serving.ts';

/** More than the buffers of a connection hold on both sides. */
const LARGE_BYTES = 48 * 1024 * 1024;

let serving: Serving;

afterEach(() => serving.close());

function closed(what: string, connection: Connection): Promise<true> {
  return eventually(what, async () => connection.isClosed || undefined, 25);
}

describe('the limits of the fleet server', () => {
  it('refuse headers beyond 16 KiB', async () => {
    serving = await Serving.start();
    const reply = await serving.ask('/healthz', { headers: { 'x-long': 'x'.repeat(17 * 1024) } });
    expect(reply.status).toBe(431);
    expect((await serving.ask('/healthz')).status).toBe(200);
  });

  it('do not read a body that is too large to its end', async () => {
    serving = await Serving.start();
    const head = `POST /rollout/pause HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\n`;
    const declared = await serving.connection(`${head}Content-Length: 1000000000\r\n\r\n{"by":"`);
    const chunked = await serving.connection(
      `${head}Transfer-Encoding: chunked\r\n\r\n800\r\n${'x'.repeat(2048)}\r\n`,
    );
    const unasked = await serving.connection(
      'POST /rollout/pause HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n{"by":"',
    );
    for (const [connection, status] of [
      [declared, 413],
      [chunked, 413],
      [unasked, 401],
    ] as const) {
      await closed('the end of the connection', connection);
      expect(connection.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    }
    expect(serving.rollout.requests).toEqual([]);
  });

  it('refuse a compressed body, which could grow', async () => {
    serving = await Serving.start();
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-encoding': 'gzip' };
    expect((await serving.ask('/rollout/pause', { method: 'POST', headers, body: 'x' })).status).toBe(415);
  });

  it('close connections beyond 256 of one address, and keep serving those that are there', async () => {
    serving = await Serving.start();
    serving.server.update(fleetFixture(300), new Uint8Array(4));
    const follower = await serving.connection('GET /events HTTP/1.1\r\nHost: x\r\n\r\n');
    const others: Connection[] = [];
    // A batch at a time: the kernel makes those wait for whom its queue has no room.
    while (others.length < 1250)
      others.push(...(await Promise.all(Array.from({ length: 250 }, () => serving.connection()))));
    const refused = (): number => others.filter(({ isClosed, text }) => isClosed && text === '').length;
    await eventually('the last ones to be closed', async () => refused() > 0 || undefined);
    await eventually('the others', async () => refused() >= 1250 - 255 || undefined);
    expect(refused()).toBeLessThanOrEqual(1250 - 255);
    serving.server.update(fleetFixture(301), new Uint8Array(4));
    await eventually('the next event', async () => follower.text.includes('id: 301\n') || undefined);
    for (const { socket } of others) socket.destroy();
    const report = await eventually('room for others', async () => (await serving.ask('/report')).text);
    expect(report).toContain('Fleet report');
  });

  it('close the longest idle of 1,024 connections for a newcomer', async () => {
    serving = await Serving.start();
    const sockets: Socket[] = [];
    const ask = async (localAddress: string): Promise<Socket> => {
      const socket = connect({ port: serving.port, host: '127.0.0.1', localAddress });
      sockets.push(socket);
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      const answered = once(socket, 'data');
      socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
      expect(String((await answered)[0])).toMatch(/^HTTP\/1.1 200 /);
      return socket;
    };
    try {
      const first = await ask('127.0.0.2');
      const isClosed = once(first, 'close');
      let latest = first;
      while (sockets.length < 1024) {
        const from = sockets.length;
        const batch = Array.from({ length: Math.min(128, 1024 - from) }, (_, i) =>
          ask(`127.0.0.${((from + i) % 4) + 2}`),
        );
        latest = (await Promise.all(batch)).at(-1) ?? latest;
      }
      await ask('127.0.0.9');
      await isClosed;
      expect(latest.destroyed).toBe(false);
      await ask('127.0.0.9');
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  }, 20_000);

  it('refuse the ninth large answer under way, and none that is small', async () => {
    const large = { ...historyFixture(), padding: 'x'.repeat(LARGE_BYTES) };
    serving = await Serving.start({ history: () => large });
    const get = 'GET /history.json HTTP/1.1\r\nHost: x\r\n\r\n';
    const readers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const reader = await serving.connection();
        // Before it asks: what the system keeps for a reader that reads nothing is far less than the answer.
        reader.socket.pause();
        reader.socket.write(get);
        return reader;
      }),
    );
    const ninth = await eventually('the ninth to be refused', async () => {
      const answer = await serving.ask('/history.json');
      return answer.status === 503 ? answer : undefined;
    });
    expect(ninth.headers['retry-after']).toBe('5');
    expect((await serving.ask('/healthz')).status).toBe(200);
    const gzip = { headers: { 'accept-encoding': 'gzip' } };
    expect((await serving.ask('/history.json', gzip)).status).toBe(200);
    readers[0]?.socket.destroy();
    await eventually('room', async () => (await serving.ask('/history.json')).status === 200 || undefined);
  }, 20_000);

  it('cut whoever is slow to ask or to read, and nobody else', async () => {
    const large = { ...historyFixture(), padding: 'x'.repeat(LARGE_BYTES) };
    serving = await Serving.start({ history: () => large });
    const silent = await serving.connection();
    const slowHead = await serving.connection('GET /metrics HTTP/1.1\r\n');
    const slowBody = await serving.connection(
      `POST /rollout/pause HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 20\r\n\r\n{`,
    );
    const drips = setInterval(() => {
      slowHead.socket.write('x-more: y\r\n');
      slowBody.socket.write(' ');
    }, 1000);
    const slowReader = await serving.connection();
    slowReader.socket.pause();
    slowReader.socket.write('GET /history.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const follower = await serving.connection('GET /events HTTP/1.1\r\nHost: x\r\n\r\n');
    try {
      await Promise.all([
        closed('the end of the silent one', silent),
        closed('the end of slow headers', slowHead),
        closed('the end of a slow body', slowBody),
        eventually(
          'the end of a slow reader',
          async () => serving.lines.find(({ path }) => path === '/history.json'),
          25,
        ),
      ]);
    } finally {
      clearInterval(drips);
    }
    slowReader.socket.resume();
    await closed('what was on its way', slowReader);
    expect(slowReader.text).toMatch(/^HTTP\/1.1 200 /);
    expect(slowReader.text.length).toBeLessThan(LARGE_BYTES);
    expect(slowHead.text).toMatch(/^HTTP\/1.1 408 /);
    expect(serving.rollout.requests).toEqual([]);
    expect(follower.isClosed).toBe(false);
  }, 40_000);
});
