import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { thrownText } from '../contract/errors.ts';
import {
  FLEET_OPTION_KEYS,
  FLEET_OPTIONS,
  type FleetOptions,
  layerFleetOptions,
  parseFleetEnvironment,
  parseFleetOptions,
} from '../contract/fleet-options.ts';
import type { FleetService } from '../fleet/fleet-service.ts';
import { UsageError } from './usage.ts';

/** What a stop may take: pods in Kubernetes have 30 s, unless they say otherwise. */
const STOP_MILLIS = 12_000;

/** `perf-metrics fleet`: runs until it is told to stop. */
export async function runFleet(args: string[]): Promise<void> {
  const options = readFleetOptions(args, process.env);
  const { pino, Registry, Service, createRollout } = await load();
  const log = pino({ name: 'perf-metrics', level: options.logLevel });
  const registry = new Registry();
  let service: FleetService | undefined;
  const rollout = await createRollout(options, log, () => service?.statistics() ?? null, registry);
  service = new Service({ options, log, rollout, registry });

  const stop = stopSignal();
  await service.start();
  await rollout?.start();
  if (!stop.aborted) await once(stop, 'abort');
  log.info('stopping');
  setTimeout(() => process.exit(1), STOP_MILLIS).unref();
  // The lease first: another replica may decide while this one writes its history.
  await rollout?.stop();
  await service.stop();
  log.info('stopped');
}

/** Loaded here and nowhere else: a service that only measures has no use for them. */
async function load() {
  try {
    const [{ pino }, { Registry }, { FleetService: Service }, { createRollout }] = await Promise.all([
      import('pino'),
      import('prom-client'),
      import('../fleet/fleet-service.ts'),
      import('../rollout/create-rollout.ts'),
    ]);
    return { pino, Registry, Service, createRollout };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError(
      `fleet lacks a package that perf-metrics depends on, install it again: ${thrownText(error)}`,
    );
  }
}

/** Defaults, then the environment, then the command line. */
export function readFleetOptions(
  args: string[],
  environment: Readonly<Record<string, string | undefined>>,
): FleetOptions {
  const flags = Object.fromEntries(
    FLEET_OPTION_KEYS.map((key) => [flagOf(key), { type: 'string' as const, multiple: isList(key) }]),
  );
  const { values } = parse(args, flags);
  const given: Record<string, unknown> = {};
  for (const key of FLEET_OPTION_KEYS) {
    const text = values[flagOf(key)];
    if (text !== undefined) given[key] = isNumber(key) && typeof text === 'string' ? number(key, text) : text;
  }
  return layerFleetOptions(
    parseFleetEnvironment(environment),
    parseFleetOptions(given, 'perf-metrics fleet'),
  );
}

function parse(args: string[], options: Record<string, { type: 'string'; multiple: boolean }>) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false });
  } catch (error) {
    throw new UsageError(`fleet: ${(error as Error).message.split('. ')[0]}; see perf-metrics --help`);
  }
}

/** `podPort` -> `pod-port`; a list is given one by one, so its flag is in the singular. */
export function flagOf(key: keyof typeof FLEET_OPTIONS): string {
  const kebab = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return isList(key) ? kebab.replace(/s$/, '') : kebab;
}

function isList(key: keyof typeof FLEET_OPTIONS): boolean {
  return FLEET_OPTIONS[key].type === 'list';
}

function isNumber(key: keyof typeof FLEET_OPTIONS): boolean {
  return FLEET_OPTIONS[key].type === 'number' || FLEET_OPTIONS[key].type === 'integer';
}

function number(key: keyof typeof FLEET_OPTIONS, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value))
    throw new UsageError(`fleet: --${flagOf(key)} takes a number, got ${JSON.stringify(text)}`);
  return value;
}

/** Aborted by SIGINT or SIGTERM; a second signal ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}
