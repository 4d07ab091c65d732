import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';

const MAX_BYTES = 1024;

/**
 * The JSON that a request holds; undefined without a body. Express's own reader answers a body that is too large only
 * when it has read all of it.
 *
 * @throws Refusal when it is too large, compressed, or no JSON.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new Refusal(415, 'The body must not be compressed.');
  const tooLarge = new Refusal(413, 'The body is too large: at most 1 KiB.');
  if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) throw tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Ending early leaves the connection open for the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw tooLarge;
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new Refusal(400, 'The body is no JSON: leave it out, or send {"by": "your name"}.');
  }
}
