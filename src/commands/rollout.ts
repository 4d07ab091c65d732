import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { PerfMetricsError } from '../contract/errors.ts';
import { DEFAULT_FLEET_OPTIONS } from '../contract/fleet-options.ts';
import { REQUEST_VERBS } from '../contract/rollout.ts';
import { connectKubernetes } from '../kubernetes/client.ts';
import { awaitAnswer, rowsOf, statusOf } from '../rollout/await-answer.ts';
import { renderStatus } from '../rollout/plan/render-status.ts';
import { DEFAULT_SPEC_TEXT } from '../rollout/plan/spec.ts';
import { DirectoryStore } from '../rollout/store/directory-store.ts';
import { KubernetesStore } from '../rollout/store/kubernetes-store.ts';
import type { RolloutStore } from '../rollout/store/rollout-store.ts';
import { UsageError } from './usage.ts';

export interface CommandOutput {
  print(text: string): void;
  warn(message: string): void;
}

const OPTIONS = {
  'state-dir': { type: 'string' },
  namespace: { type: 'string' },
  name: { type: 'string' },
  json: { type: 'boolean' },
  by: { type: 'string' },
  wait: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parse>['values'];

const VERBS = ['init', 'status', ...REQUEST_VERBS] as const;
/** Options of each verb beside where the rollout is. */
const OWN_OPTIONS: Readonly<Record<(typeof VERBS)[number], readonly (keyof Values)[]>> = {
  init: [],
  status: ['json'],
  pause: ['by', 'wait'],
  resume: ['by', 'wait'],
  promote: ['by', 'wait'],
  abort: ['by', 'wait'],
};
const PLACES: readonly (keyof Values)[] = ['state-dir', 'namespace', 'name'];

const MAX_BY_CHARACTERS = 100;

/**
 * `perf-metrics rollout VERB`: looks at a rollout, or asks something of it.
 *
 * @throws UsageError what the caller can put right.
 * @throws PerfMetricsError `PERF_ROLLOUT` when the state cannot be read or written, or nobody answers;
 * `PERF_ROLLOUT_REFUSED` when the rollout refuses.
 */
export async function runRollout(args: string[], io: CommandOutput): Promise<void> {
  const { values, positionals } = parse(args);
  const [given, ...rest] = positionals;
  const verb = VERBS.find((one) => one === given);
  if (verb === undefined || rest.length > 0) {
    throw new UsageError(`rollout takes one of ${VERBS.join(', ')}; see perf-metrics --help`);
  }
  const foreign = (Object.keys(values) as (keyof Values)[]).find(
    (key) => !PLACES.includes(key) && !OWN_OPTIONS[verb].includes(key),
  );
  if (foreign !== undefined) throw new UsageError(`rollout ${verb} takes no --${foreign}`);
  if (verb === 'init') return await init(values, io);
  const store = await storeOf(values, io);
  if (verb === 'status') return await printStatus(store, values.json === true, io);
  const request = { id: randomUUID(), verb, by: byOf(values), at: Date.now() };
  const before = await rowsOf(store);
  await store.writeRequest(request);
  const { text } = await awaitAnswer(store, request, before, values.wait === true);
  io.print(`${text}\n`);
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(`rollout: ${(error as Error).message.split('. ')[0]}; see perf-metrics --help`);
  }
}

async function init(values: Values, io: CommandOutput): Promise<void> {
  const { 'state-dir': directory } = values;
  if (!directory) {
    throw new UsageError(
      'rollout init takes --state-dir DIR; in Kubernetes the chart and the manifests make the ConfigMaps',
    );
  }
  const store = new DirectoryStore(directory);
  await store.init(DEFAULT_SPEC_TEXT);
  io.print(`${store.specSource} is the plan: edit it, then start perf-metrics fleet --rollout directory\n`);
}

async function storeOf(values: Values, io: CommandOutput): Promise<RolloutStore> {
  const { 'state-dir': directory, namespace, name = DEFAULT_FLEET_OPTIONS.rolloutName } = values;
  if (directory === '') throw new UsageError('--state-dir takes a directory');
  if (directory !== undefined) {
    if (namespace !== undefined || values.name !== undefined) {
      throw new UsageError(
        'say where the rollout is: --state-dir DIR, or in Kubernetes --namespace NS --name NAME, not both',
      );
    }
    return new DirectoryStore(directory);
  }
  const kubernetes = await connectKubernetes();
  const log = { info: () => undefined, warn: (_fields: object, message: string) => io.warn(message) };
  return new KubernetesStore({ kubernetes, namespace: namespace ?? kubernetes.namespace, name, log });
}

async function printStatus(store: RolloutStore, asJson: boolean, io: CommandOutput): Promise<void> {
  const status = statusOf(await store.readState());
  if (status === null) {
    throw new PerfMetricsError(
      'PERF_ROLLOUT',
      `nothing has been decided yet on ${store.specSource}: no perf-metrics fleet with this rollout has led it`,
    );
  }
  io.print(asJson ? `${JSON.stringify(status, null, 2)}\n` : renderStatus(status));
}

function byOf({ by = userName() }: Values): string {
  if (by === '' || by.length > MAX_BY_CHARACTERS) {
    throw new UsageError(`--by takes a name of at most ${MAX_BY_CHARACTERS} characters`);
  }
  return by;
}

/** A container's user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'command line';
  }
}
