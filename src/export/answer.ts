import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip } from './negotiate.ts';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

const compress = promisify(gzip);
/** Less is not worth the bytes of another header. */
const MIN_GZIP_BYTES = 1024;

export function plain(
  status: number,
  sentence: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, body: `${sentence}\n`, headers };
}

/** Sends the answer, compressed where the client takes that. The HTTP server itself leaves out the body for HEAD. */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): Promise<void> {
  const headers: Record<string, string> = {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...answer.headers,
  };
  let body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  if (body.byteLength >= MIN_GZIP_BYTES) {
    headers.vary = headers.vary === undefined ? 'accept-encoding' : `${headers.vary}, accept-encoding`;
    if (acceptsGzip(header(request, 'accept-encoding'))) {
      body = await compress(body);
      headers['content-encoding'] = 'gzip';
    }
  }
  if (response.destroyed || response.headersSent) return;
  response.writeHead(answer.status, { ...headers, 'content-length': String(body.byteLength) });
  response.end(body);
}

/** A header's value; several of one name are one list. */
export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
