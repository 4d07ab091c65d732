import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Candle, candleProblem } from './candle.ts';
import { isJson } from './faults-route.ts';
import type { PaperTrading } from './paper-trading.ts';
import type { Random } from './random.ts';
import type { Decision } from './topics.ts';
import { newTrace, traceFromHeader, traceToHex } from './trace.ts';
import { MAX_SYMBOLS } from './trading-engine.ts';

const MAX_BODY_BYTES = 16 * 1024;
const SYMBOL = /^[A-Za-z0-9^][A-Za-z0-9._-]{0,15}$/;
/** Longer than any load generator's own, so that it is never this side that closes a connection in use. */
const KEEP_ALIVE_MILLIS = 65_000;

export interface ServiceOptions {
  readonly trading: PaperTrading;
  /** Where trace ids come from, for requests without a `traceparent` header. */
  readonly random: Random;
  /** Symbol of candles that name none. */
  readonly symbol: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refused request: an HTTP status and a sentence that says what is allowed. */
class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/**
 * The pipeline as an HTTP service: `POST /candles` takes one candle as JSON and answers with the signal, the order (or
 * `null`) and the trace id; `GET /healthz` says how much went through.
 */
export function createService(options: ServiceOptions): Server {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MILLIS }, async (request, response) => {
    const { status, body, headers } = await answer(options, request).catch(explain);
    if (response.destroyed) return;
    const text = JSON.stringify(body);
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      ...headers,
    });
    response.end(text);
  });
  return server;
}

/** @returns the service's URL. Rejects when the port cannot be had. */
export async function listen(server: Server, port: number, host: string): Promise<string> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${name}:${address.port}`;
}

async function answer(options: ServiceOptions, request: IncomingMessage): Promise<Answer> {
  const path = request.url?.split('?')[0];
  if (path === '/healthz') {
    if (request.method !== 'GET') throw new Refusal(405, '/healthz takes GET.', { allow: 'GET' });
    return { status: 200, body: health(options.trading) };
  }
  if (path !== '/candles') throw new Refusal(404, 'There is POST /candles and GET /healthz.');
  if (request.method !== 'POST') throw new Refusal(405, '/candles takes POST.', { allow: 'POST' });
  if (!isJson(request.headers['content-type']))
    throw new Refusal(415, 'Send the header content-type: application/json.');

  const { symbol, candle } = parse(await readBody(request), options.symbol);
  const { engine } = options.trading;
  if (!engine.accepts(symbol))
    throw new Refusal(400, `symbol: at most ${MAX_SYMBOLS} instruments are traded, use a known one.`);
  if (!engine.hasRoom)
    throw new Refusal(503, 'Too many candles are waiting; try again in a second.', { 'retry-after': '1' });

  const header = request.headers.traceparent;
  const trace = traceFromHeader(Array.isArray(header) ? header[0] : header) ?? newTrace(options.random);
  const decision = await decide(options.trading, symbol, candle, trace);
  return { status: 200, body: { symbol, trace: traceToHex(trace), ...decision } };
}

function decide(trading: PaperTrading, symbol: string, candle: Candle, trace: Uint8Array): Promise<Decision> {
  return new Promise((resolve, reject) => {
    const reply = (decision: Decision | Error): void => {
      if (decision instanceof Error) reject(decision);
      else resolve(decision);
    };
    void trading.bus.publish('candle', { symbol, candle, trace, reply });
  });
}

function parse(text: string, defaultSymbol: string): { symbol: string; candle: Candle } {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch {
    throw new Refusal(
      400,
      'The body is no JSON: send one candle, {"date", "open", "high", "low", "close", "volume"}.',
    );
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw new Refusal(
      400,
      'The body must be one JSON object, {"date", "open", "high", "low", "close", "volume"}.',
    );
  }
  const {
    symbol = defaultSymbol,
    date,
    open,
    high,
    low,
    close,
    volume,
  } = row as Partial<Candle & { symbol: string }>;
  if (typeof symbol !== 'string' || !SYMBOL.test(symbol)) {
    throw new Refusal(400, 'symbol must be 1 to 16 letters, digits, ".", "_" or "-", such as "SPX".');
  }
  const candle = { date, open, high, low, close, volume };
  const problem = candleProblem(candle);
  if (problem !== undefined) throw new Refusal(400, `${problem}.`);
  return { symbol, candle: candle as Candle };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const tooLarge = new Refusal(413, `The body is over ${MAX_BODY_BYTES} bytes.`, { connection: 'close' });
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not destroyed on leaving early: the answer travels on the same socket.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function health({ engine, journal }: PaperTrading): unknown {
  const { signals, orders, fills, rejects, errors } = journal;
  return { status: 'ok', queued: engine.queued, signals, orders, fills, rejects, errors };
}

function explain(error: unknown): Answer {
  if (error instanceof Refusal)
    return { status: error.status, body: { error: error.message }, headers: error.headers };
  return { status: 500, body: { error: 'The pipeline failed on this candle.' } };
}
