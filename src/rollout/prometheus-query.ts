import { thrownText } from '../contract/errors.ts';

const TIMEOUT_MILLIS = 5000;
const MAX_BYTES = 1_048_576;

/**
 * Asks a Prometheus an instant query (`GET /api/v1/query`): the number it answers with; null of an empty vector.
 *
 * @throws Error with a sentence: no answer in time, an error of Prometheus, or something else than one number.
 */
export async function queryPrometheus(
  base: string,
  query: string,
  timeoutMillis = TIMEOUT_MILLIS,
): Promise<number | null> {
  const url = `${base.replace(/\/+$/, '')}/api/v1/query?${new URLSearchParams({ query })}`;
  const { status, text } = await get(url, timeoutMillis);
  const answer = parsed(text);
  if (answer?.status === 'error') throw new Error(`Prometheus refused the query: ${briefly(answer.error)}`);
  if (status !== 200) throw new Error(`Prometheus answered with HTTP status ${status}`);
  if (answer?.status !== 'success') throw new Error('the answer is not that of a Prometheus');
  return numberOf(answer.data);
}

interface Answer {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly data?: unknown;
}

async function get(url: string, timeoutMillis: number): Promise<{ status: number; text: string }> {
  const signal = AbortSignal.timeout(timeoutMillis);
  try {
    const response = await fetch(url, { signal, headers: { accept: 'application/json' } });
    return { status: response.status, text: await boundedText(response) };
  } catch (error) {
    if (signal.aborted) throw new Error(`Prometheus did not answer within ${timeoutMillis / 1000} s`);
    const { cause } = error as Error;
    throw new Error(`Prometheus cannot be asked: ${thrownText(cause ?? error)}`, { cause: error });
  }
}

async function boundedText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`its answer is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): Answer | null {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' ? answer : null;
  } catch {
    return null;
  }
}

function numberOf(data: unknown): number | null {
  const { resultType, result } = (data ?? {}) as { resultType?: unknown; result?: unknown };
  if (resultType === 'scalar') return sample(result);
  if (resultType !== 'vector' || !Array.isArray(result)) {
    throw new Error(`the query answers with a ${briefly(resultType)}: make it answer with one number`);
  }
  if (result.length > 1) {
    throw new Error(`the query answers with ${result.length} series: make it one, with sum or max`);
  }
  return result.length === 0 ? null : sample((result[0] as { value?: unknown }).value);
}

/** `[time, "number"]`. */
function sample(pair: unknown): number {
  const text: unknown = Array.isArray(pair) ? pair[1] : undefined;
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  if (text === 'NaN') return Number.NaN;
  const value = typeof text === 'string' && text !== '' ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new Error('the answer is not that of a Prometheus');
  return value;
}

function briefly(value: unknown): string {
  return String(value).slice(0, 200);
}
