import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { HttpServer } from '../../src/verify/http.ts';
import { freePort } from '../support/programs.ts';

const forever = new AbortController().signal;

async function whenServed<T>(answer: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  try {
    return await use(`http://127.0.0.1:${address.port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function ask(answer: RequestListener, signal = forever): Promise<unknown> {
  return whenServed(answer, (url) => new HttpServer('Prometheus', url).json('/x', signal));
}

describe('a server that is asked', () => {
  it('may live below a path, and answers JSON', async () => {
    const paths: string[] = [];
    const answer: RequestListener = (request, response) => {
      paths.push(request.url ?? '');
      response.end('{"a":1}');
    };
    const found = await whenServed(answer, (url) =>
      new HttpServer('Prometheus', `${url}/prometheus/`).json('/api?b=c', forever),
    );
    expect([found, paths]).toEqual([{ a: 1 }, ['/prometheus/api?b=c']]);
  });

  it.each([
    ['another status', (response) => response.writeHead(503).end('shutting\ndown'), /HTTP 503: shutting$/],
    ['no JSON', (response) => response.end('<html>'), /something that is not JSON: <html>/],
    [
      'a torn answer',
      (response) => response.writeHead(200).write('{', () => response.destroy()),
      /cannot be asked/,
    ],
  ] satisfies [string, (response: Parameters<RequestListener>[1]) => void, RegExp][])(
    'is quoted when it answers with %s',
    async (_, answer, message) => {
      await expect(ask((_request, response) => answer(response))).rejects.toThrow(message);
    },
  );

  it('is cut off when its answer does not end', async () => {
    const chunk = Buffer.alloc(1_048_576, ' ');
    await expect(
      ask((_request, response) => {
        const send = (): void => void (response.destroyed || response.write(chunk, send));
        send();
      }),
    ).rejects.toThrow(/larger than 33554432 bytes/);
  });

  it('is given up when it hangs', async () => {
    await expect(ask(() => undefined, AbortSignal.timeout(200))).rejects.toThrow(/does not answer in time/);
  });

  it('is named when nobody listens', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    await expect(new HttpServer('Alertmanager', url).json('/', forever)).rejects.toThrow(
      `Alertmanager at ${url} cannot be asked: connect ECONNREFUSED`,
    );
  });
});
