import { thrownText } from '../contract/errors.ts';

const TIMEOUT_MILLIS = 5000;
/** The targets and rules of a large Prometheus are some MB. */
const MAX_BYTES = 33_554_432;

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** A server that answers over HTTP: Prometheus, Alertmanager or the aggregation worker. */
export class HttpServer {
  /** As sentences call it: `Prometheus at http://…`. */
  readonly title: string;
  private readonly base: string;

  constructor(name: string, url: string) {
    this.base = url.replace(/\/+$/, '');
    this.title = `${name} at ${this.base}`;
  }

  /** @throws Error with a sentence when there is no answer, or one that is too large. */
  async ask(path: string, signal: AbortSignal, body?: unknown): Promise<HttpAnswer> {
    const ownTime = AbortSignal.timeout(TIMEOUT_MILLIS);
    const post = body !== undefined && {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    };
    try {
      const response = await fetch(`${this.base}${path}`, {
        signal: AbortSignal.any([signal, ownTime]),
        ...post,
      });
      return { status: response.status, text: await boundedText(response) };
    } catch (error) {
      if (ownTime.aborted || signal.aborted) throw new Error(`${this.title} does not answer in time`);
      const { cause } = error as Error;
      throw new Error(`${this.title} cannot be asked: ${causeText(cause ?? error)}`, { cause: error });
    }
  }

  /** @throws Error with a sentence when the answer is none, or not JSON with status 200. */
  async json<T>(path: string, signal: AbortSignal, body?: unknown): Promise<T> {
    const { status, text } = await this.ask(path, signal, body);
    if (status !== 200)
      throw new Error(`${this.title} answers ${path} with HTTP ${status}: ${briefly(text)}`);
    try {
      return JSON.parse(text === '' ? 'null' : text) as T;
    } catch {
      throw new Error(`${this.title} answers ${path} with something that is not JSON: ${briefly(text)}`);
    }
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`its answer is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Where a host has several addresses, the error of all attempts together has a code and no text. */
function causeText(cause: unknown): string {
  const text = thrownText(cause);
  const { code } = cause as { code?: unknown };
  return text === '' && typeof code === 'string' ? code : text;
}

export function briefly(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
