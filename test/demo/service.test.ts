import { request as httpRequest, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecordedCandles } from '../../src/demo/candle-file.ts';
import { demoEvents } from '../../src/demo/catalogue.ts';
import { createPaperTrading, type PaperTrading } from '../../src/demo/paper-trading.ts';
import { Random } from '../../src/demo/random.ts';
import { createService, listen } from '../../src/demo/service.ts';
import { WINDOW_BARS } from '../../src/demo/strategy.ts';
import { MAX_QUEUED_CANDLES, MAX_SYMBOLS } from '../../src/demo/trading-engine.ts';
import { MetricsCollector } from '../../src/index.ts';

const CANDLE = { date: '2020-04-17', open: 10, high: 12, low: 9, close: 11, volume: 100 };

interface Reply {
  readonly error?: string;
  readonly symbol?: string;
  readonly trace?: string;
  readonly signal?: { readonly action: string; readonly date: string; readonly exposure: number | null };
  readonly order?: { readonly side: string; readonly status: string } | null;
}

async function start() {
  const collector = new MetricsCollector({ events: demoEvents });
  const trading = createPaperTrading({ collector, seed: 1, sleep: async () => {} });
  const server = createService({ trading, random: new Random(1, 'service'), symbol: 'SPX' });
  return { trading, server, url: await listen(server, 0, '127.0.0.1') };
}

describe('the HTTP service', () => {
  let trading: PaperTrading;
  let server: Server;
  let url: string;
  beforeAll(async () => {
    ({ trading, server, url } = await start());
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  const post = async (body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/candles`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, answer: (await response.json()) as Reply };
  };

  it('runs a candle through the pipeline and answers with signal, order and trace', async () => {
    const { candles } = await readRecordedCandles();
    await trading.bus.publish('session', { symbol: 'SPX', history: candles.slice(0, WINDOW_BARS) });
    const replies: Reply[] = [];
    for (const candle of candles.slice(WINDOW_BARS, WINDOW_BARS + 20))
      replies.push((await post(candle)).answer);
    expect(replies.map(({ signal }) => signal?.date)).toEqual(
      candles.slice(WINDOW_BARS, WINDOW_BARS + 20).map(({ date }) => date),
    );
    expect(replies.every(({ signal }) => typeof signal?.exposure === 'number')).toBe(true);
    expect(replies.some(({ order }) => order?.status === 'filled')).toBe(true);
    expect(new Set(replies.map(({ trace }) => trace)).size).toBe(20);
    expect(replies.every(({ trace }) => /^[0-9a-f]{32}$/.test(trace ?? ''))).toBe(true);
  });

  it("keeps the caller's trace id, and a symbol of its own", async () => {
    const id = '4bf92f3577b34da6a3ce929d0e0e4736';
    const { answer } = await post(
      { ...CANDLE, symbol: 'ACME' },
      { traceparent: `00-${id}-00f067aa0ba902b7-01` },
    );
    expect(answer).toMatchObject({
      trace: id,
      symbol: 'ACME',
      signal: { action: 'warming_up' },
      order: null,
    });
  });

  it.each([
    ['no JSON', '{', /no JSON/],
    ['an array', '[]', /one JSON object/],
    ['null', 'null', /one JSON object/],
    ['a date that is none', { ...CANDLE, date: '2020-13-01' }, /^date must be a calendar date.*2020-13-01/],
    ['a price in words', { ...CANDLE, open: '10' }, /^open must be a number/],
    ['a price of zero', { ...CANDLE, low: 0 }, /^low must be a number > 0/],
    ['no volume', { ...CANDLE, volume: undefined }, /^volume must be a number/],
    ['a high below the close', { ...CANDLE, high: 10.5 }, /^high .* must not be below/],
    ['a low above the open', { ...CANDLE, low: 10.5 }, /^low .* must not be above/],
    ['a symbol that is none', { ...CANDLE, symbol: '../etc' }, /^symbol must be/],
    ['a symbol that is a number', { ...CANDLE, symbol: 7 }, /^symbol must be/],
  ])('answers 400 to %s', async (_, body, sentence) => {
    const { status, answer } = await post(body);
    expect(status).toBe(400);
    expect(answer.error).toMatch(sentence);
    expect(answer.error).toMatch(/\.$|}\.$/);
  });

  it('answers 415 to another content type, 404 and 405 to what it does not serve', async () => {
    expect((await post(CANDLE, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    const wrongMethod = await fetch(`${url}/candles`);
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('answers 413 to a body that is too large, announced or not', async () => {
    expect((await post(`{"pad":"${'x'.repeat(20_000)}"}`)).status).toBe(413);
    const status = await new Promise((resolve, reject) => {
      const chunked = httpRequest(
        `${url}/candles`,
        { method: 'POST', headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      chunked.on('error', reject);
      chunked.end('x'.repeat(20_000));
    });
    expect(status).toBe(413);
  });

  it('counts what went through on /healthz', async () => {
    const response = await fetch(`${url}/healthz?verbose`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'ok', queued: 0, signals: 21, errors: 0 });
  });
});

describe('the HTTP service under load', () => {
  it('answers 503 while too many candles wait, and 400 to one instrument too many', async () => {
    const { trading, server, url } = await start();
    try {
      const post = (symbol: string) =>
        fetch(`${url}/candles`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...CANDLE, symbol }),
        });
      for (let i = 0; i < MAX_SYMBOLS; i++) expect((await post(`S${i}`)).status).toBe(200);
      expect((await post('ONE_MORE')).status).toBe(400);
      expect((await post('S0')).status).toBe(200);

      trading.faults.set('candle_processing', 10_000);
      const trace = new Uint8Array(16).fill(1);
      for (let i = 0; i <= MAX_QUEUED_CANDLES; i++)
        await trading.bus.publish('candle', { symbol: 'S0', candle: CANDLE, trace });
      const busy = await post('S1');
      expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '1']);
    } finally {
      trading.faults.clear();
      await trading.engine.idle();
      server.close();
      server.closeAllConnections();
    }
  });
});
