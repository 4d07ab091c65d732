import { PerfMetricsError } from '../../contract/errors.ts';
import type { Target } from '../../contract/fleet.ts';

const DEFAULT_SERVICE = 'default';
/** As of a Kubernetes label's value, which services are named by otherwise. */
const SERVICE = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const MAX_NAME_LENGTH = 253;
export const MAX_TARGETS = 10_000;

export interface TargetEntry {
  readonly url: string;
  readonly service?: string;
  readonly name?: string;
}

/** Reads `http://host:port` or `service=http://host:port`. */
export function entryOf(text: string): TargetEntry {
  const [, service, url] = /^([^=:/]*)=(.*)$/s.exec(text) ?? [];
  return service === undefined || url === undefined ? { url: text } : { service, url };
}

/**
 * @throws PerfMetricsError `PERF_FLEET` with what to write instead. It does not repeat a URL that holds a password.
 */
export function targetOf({ url: text, service = DEFAULT_SERVICE, name }: TargetEntry): Target {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    throw bad(
      `the target ${JSON.stringify(text)} is no URL: write http://HOST:PORT or SERVICE=http://HOST:PORT`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw bad(`the target ${url.origin} must not hold a user or a password: write ${url.origin}`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw bad(`the target ${JSON.stringify(text)} must end after the port: write ${url.origin}`);
  }
  if (!SERVICE.test(service)) {
    throw bad(
      `the service ${JSON.stringify(service)} of ${url.origin} must be 1 to 63 letters, digits, '.', '_' or '-', and begin and end with a letter or digit`,
    );
  }
  if (name !== undefined && (name === '' || name.length > MAX_NAME_LENGTH)) {
    throw bad(`the name of ${url.origin} must have 1 to ${MAX_NAME_LENGTH} characters`);
  }
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return { id: url.origin, name: name ?? `${url.hostname}:${port}`, service, url: url.origin };
}

/** @throws PerfMetricsError `PERF_FLEET` when an entry is bad, there are too many, or one is there twice. */
export function targetsOf(entries: readonly TargetEntry[]): Target[] {
  if (entries.length > MAX_TARGETS) {
    throw bad(`there are ${entries.length} targets: name at most ${MAX_TARGETS}`);
  }
  const targets = new Map<string, Target>();
  for (const entry of entries) {
    const target = targetOf(entry);
    if (targets.has(target.id)) throw bad(`the target ${target.url} is named twice: name it once`);
    targets.set(target.id, target);
  }
  return [...targets.values()];
}

function bad(problem: string): PerfMetricsError {
  return new PerfMetricsError('PERF_FLEET', problem);
}
