import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RouteRequest, RouteResponse } from '../../src/contract/messages.ts';
import { ask, Serving } from './serving.ts';

let serving: Serving;

beforeEach(async () => {
  serving = await Serving.create();
});

afterEach(() => serving.close());

describe('a route of the application', () => {
  const forwardTo = (answer: (asked: RouteRequest) => Promise<RouteResponse>) =>
    serving.start({ forward: answer });

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
    const port = await serving.start({ forward });
    expect((await ask(port, '/faults')).status).toBe(500);
    expect((await ask(port, '/healthz')).status).toBe(200);
  });
});
