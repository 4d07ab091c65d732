import type { IncomingMessage } from 'node:http';
import type { RouteRequest, RouteResponse } from '../contract/messages.ts';
import { type Answer, header, plain } from './answer.ts';

const MAX_BODY_BYTES = 64 * 1024;
const TIMEOUT_MILLIS = 5000;
/** What this side says of the connection and of the body's length. */
const OWN_HEADERS = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding']);

export type Forward = (request: RouteRequest) => Promise<RouteResponse>;

/** Lets the application answer a request; 413 for a body over 64 KiB, 504 when it does not answer in five seconds. */
export async function forwardRequest(
  request: IncomingMessage,
  path: string,
  forward: Forward,
): Promise<Answer> {
  const body = await readBody(request);
  if (body === undefined) {
    return plain(413, `The body is over ${MAX_BODY_BYTES} bytes.`, { connection: 'close' });
  }
  const headers = Object.fromEntries(
    Object.keys(request.headers).map((name) => [name, header(request, name) ?? '']),
  );
  const query = request.url?.split('?').slice(1).join('?') ?? '';
  const answered = forward({ path, method: request.method ?? 'GET', headers, query, body });
  const response = await withTimeout(answered);
  return response === undefined
    ? plain(504, 'The application did not answer in time; it may be stalled.')
    : toAnswer(response);
}

function toAnswer({ status, headers = {}, body }: RouteResponse): Answer {
  const kept = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return {
    status,
    headers: Object.fromEntries(kept.filter(([name]) => name !== undefined && !OWN_HEADERS.has(name))),
    body: String(body),
  };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not destroyed on leaving early: the answer travels on the same socket.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function withTimeout(answered: Promise<RouteResponse>): Promise<RouteResponse | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), TIMEOUT_MILLIS);
    answered.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
