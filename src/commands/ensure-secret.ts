import { randomBytes, randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { CoreV1Api, V1Secret } from '@kubernetes/client-node';
import { PerfMetricsError, thrownText } from '../contract/errors.ts';
import { inTime, mergePatch } from '../kubernetes/calls.ts';
import { connectKubernetes, type Kubernetes } from '../kubernetes/client.ts';
import { apiFailure } from '../kubernetes/failure.ts';
import { UsageError } from './usage.ts';

const OPTIONS = {
  name: { type: 'string' },
  key: { type: 'string' },
  file: { type: 'string' },
  length: { type: 'string' },
} as const;

const CALL_MILLIS = 10_000;
/** Each conflict means that another has written; what it wrote is seldom something else than the value. */
const ATTEMPTS = 10;
const [MIN_LENGTH, DEFAULT_LENGTH, MAX_LENGTH] = [32, 40, 1024];
/** For the owner and the group, which the container that reads it shares. */
const FILE_MODE = 0o440;

interface Settings {
  readonly name: string;
  readonly key: string;
  readonly file: string;
  readonly length: number;
}

/** A Secret that another has written since it was read. */
class Conflict extends Error {}

/**
 * `perf-metrics ensure-secret`: writes the value of a Secret's key to a file. Where the key is missing or empty, a
 * password is made first, once: of several who try, one's is stored and all write that. It is never printed.
 *
 * @throws UsageError what the caller can put right; PerfMetricsError `PERF_STATE` when the API server refuses.
 */
export async function runEnsureSecret(args: string[]): Promise<void> {
  const settings = settingsOf(args);
  const kubernetes = await connectKubernetes();
  const value = await new SecretValue(kubernetes, settings).ensure();
  await replaceFile(settings.file, value);
}

function settingsOf(args: string[]): Settings {
  const { name, key, file, length = String(DEFAULT_LENGTH) } = parse(args);
  if (!name || !key || !file)
    throw new UsageError(
      'ensure-secret takes --name NAME, --key KEY and --file PATH; see perf-metrics --help',
    );
  const characters = /^\d{1,4}$/.test(length) ? Number(length) : Number.NaN;
  if (!(characters >= MIN_LENGTH && characters <= MAX_LENGTH))
    throw new UsageError(
      `ensure-secret: --length takes a number of characters from ${MIN_LENGTH} to ${MAX_LENGTH}, got ${JSON.stringify(length)}`,
    );
  return { name, key, file, length: characters };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(
      `ensure-secret: ${(error as Error).message.split('. ')[0]}; see perf-metrics --help`,
    );
  }
}

class SecretValue {
  private readonly kubernetes: Kubernetes;
  private readonly settings: Settings;
  private readonly api: CoreV1Api;

  constructor(kubernetes: Kubernetes, settings: Settings) {
    this.kubernetes = kubernetes;
    this.settings = settings;
    this.api = kubernetes.config.makeApiClient(kubernetes.library.CoreV1Api);
  }

  async ensure(): Promise<Buffer> {
    for (let attempt = 1; ; attempt++) {
      const { data, metadata } = await this.read();
      const stored = data?.[this.settings.key];
      if (stored) return Buffer.from(stored, 'base64');
      const made = passwordOf(this.settings.length);
      try {
        await this.store(made, metadata?.resourceVersion ?? '');
        return made;
      } catch (error) {
        if (!(error instanceof Conflict) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  private async read(): Promise<V1Secret> {
    const { kubernetes, settings } = this;
    const request = { namespace: kubernetes.namespace, name: settings.name };
    return await this.told('get', () =>
      this.api.readNamespacedSecret(request, inTime(kubernetes, CALL_MILLIS)),
    );
  }

  /** Only on the version that was read: whoever comes second reads again, and finds the first one's value. */
  private async store(value: Buffer, resourceVersion: string): Promise<void> {
    const { kubernetes, settings } = this;
    const body = { metadata: { resourceVersion }, data: { [settings.key]: value.toString('base64') } };
    const request = { namespace: kubernetes.namespace, name: settings.name, body };
    await this.told('patch', () =>
      this.api.patchNamespacedSecret(request, inTime(kubernetes, CALL_MILLIS, mergePatch(kubernetes))),
    );
  }

  private async told<T>(verb: 'get' | 'patch', call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const { status, text } = apiFailure(error);
      const secret = `Secret ${this.kubernetes.namespace}/${this.settings.name}`;
      if (status === 409) throw new Conflict(`${secret} is changed by others again and again`);
      throw new PerfMetricsError(
        'PERF_STATE',
        `${secret}: ${remedy(verb, this.settings.name, status, text)}`,
        {
          cause: error,
        },
      );
    }
  }
}

function remedy(verb: string, name: string, status: number, text: string): string {
  if (status === 404) return `it does not exist; create it, even without data, as the chart does (${text})`;
  if (status === 403)
    return `the service account may not ${verb} it; its Role must allow the verbs get and patch on secrets, resourceNames [${name}] (${text})`;
  return status === 0 ? `no answer from the API server (${text})` : `${text} (HTTP ${status})`;
}

/** Letters, digits, - and _: 6 bits of chance each. */
function passwordOf(length: number): Buffer {
  return Buffer.from(randomBytes(length).toString('base64url').slice(0, length));
}

/** All of it or nothing: who reads while it is written never sees a part. */
async function replaceFile(path: string, value: Buffer): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', FILE_MODE);
    try {
      // The process's umask may have taken the group's right.
      await file.chmod(FILE_MODE);
      await file.writeFile(value);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new UsageError(`ensure-secret: --file ${path} cannot be written: ${thrownText(error)}`);
  }
}
