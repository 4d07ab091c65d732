import { thrownText } from '../contract/errors.ts';

/** What an API server, or the way to it, had to object. */
export interface ApiFailure {
  /** Of HTTP; 0 when there was no answer. */
  readonly status: number;
  readonly text: string;
}

/** The library throws an `ApiException` whose message holds all headers, a bare error with a status, or what fetch threw. */
export function apiFailure(thrown: unknown): ApiFailure {
  const { code, statusCode, body, cause } = (thrown ?? {}) as Record<string, unknown>;
  // A DOMException, such as that of a timeout, has small numbers of its own there.
  const status = [code, statusCode].find((value) => typeof value === 'number' && value >= 300);
  if (typeof status === 'number') return { status, text: statusText(body) ?? briefly(thrownText(thrown)) };
  return { status: 0, text: briefly(cause === undefined ? thrownText(thrown) : causeText(cause)) };
}

/** Of a `Status` object, which comes as JSON. */
function statusText(body: unknown): string | undefined {
  if (typeof body !== 'string') return undefined;
  try {
    const { message } = JSON.parse(body);
    return typeof message === 'string' ? briefly(message) : undefined;
  } catch {
    return undefined;
  }
}

/** Where a host has several addresses, the error of all attempts together has a code and no text. */
function causeText(cause: unknown): string {
  const text = thrownText(cause);
  const { code } = cause as { code?: unknown };
  return text === '' && typeof code === 'string' ? code : text;
}

function briefly(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
