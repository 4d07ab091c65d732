import { type OptionSpec, type OptionsOf, OptionTable } from './option-table.ts';

/** The options of the command `perf-metrics fleet`: as in `options.ts`, none of them changes while it runs. */
export const FLEET_OPTIONS = {
  host: {
    type: 'string',
    default: '127.0.0.1',
    text: 'Address that the service listens on. In a pod: 0.0.0.0.',
  },
  port: {
    type: 'integer',
    default: 9465,
    min: 0,
    max: 65_535,
    text: 'Port that the service listens on; 0 picks a free one.',
  },
  selector: {
    type: 'string',
    default: '',
    text: 'Kubernetes label selector of the pods.',
  },
  namespace: {
    type: 'string',
    default: '',
    text: 'Namespace of the pods; * for all. Empty: that of the own pod, or of the current context.',
  },
  serviceLabel: {
    type: 'string',
    default: 'app.kubernetes.io/name',
    text: 'Label of a pod whose value is the service that it is merged with.',
  },
  podPort: {
    type: 'integer',
    default: 9464,
    min: 1,
    max: 65_535,
    text: 'Port of the endpoint of a pod that has no container port named perf-metrics.',
  },
  targets: {
    type: 'list',
    default: [],
    text: 'Endpoints to read without Kubernetes: URLs, or service=URL.',
  },
  targetsFile: {
    type: 'string',
    default: '',
    text: 'JSON or YAML file with targets, watched for changes.',
  },
  historyDirectory: {
    type: 'string',
    default: '',
    text: 'Directory for the JSON dumps of the history. Empty: none are written.',
  },
  historyIntervalSeconds: {
    type: 'number',
    default: 60,
    min: 1,
    max: 60,
    text: 'Time between two dumps of the history. Their digests are of the last minute at most.',
  },
  historyRetentionDays: {
    type: 'number',
    default: 30,
    min: 0.001,
    max: 3650,
    text: 'Age at which a dump is deleted.',
  },
  historyMaxMebibytes: {
    type: 'number',
    default: 4096,
    min: 1,
    max: 1_048_576,
    text: 'Size that all dumps together may take; the oldest are deleted beyond it.',
  },
  tokenFile: {
    type: 'string',
    default: '',
    text: 'File with the token that a request must carry to change something. Empty: such requests are refused.',
  },
  rollout: {
    type: 'string',
    default: 'off',
    oneOf: ['off', 'kubernetes', 'directory'],
    text: 'Where the sampling rollout keeps its spec and its status. Off: there is none.',
  },
  rolloutName: {
    type: 'string',
    default: 'perf-metrics-rollout',
    text: 'Rollout in Kubernetes: of its ConfigMaps, NAME-spec, NAME-status and NAME-options, and its Lease, NAME.',
  },
  rolloutDirectory: {
    type: 'string',
    default: '',
    text: 'Rollout without Kubernetes: directory of its spec, its status and the options file.',
  },
  logLevel: {
    type: 'string',
    default: 'info',
    oneOf: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    text: 'Least severe log lines that are written.',
  },
} as const satisfies Record<string, OptionSpec>;

export type FleetOptionKey = keyof typeof FLEET_OPTIONS;
export type FleetOptions = OptionsOf<typeof FLEET_OPTIONS>;

const table = new OptionTable(FLEET_OPTIONS, 'PERF_FLEET_');

export const FLEET_OPTION_KEYS = table.keys;
export const DEFAULT_FLEET_OPTIONS = table.defaults;

/** `podPort` -> `PERF_FLEET_POD_PORT`. */
export function fleetEnvironmentName(key: FleetOptionKey): string {
  return table.environmentName(key);
}

/**
 * Checks a layer of options (command line).
 *
 * @throws PerfMetricsError `PERF_OPTION_UNKNOWN` with the nearest known name, `PERF_OPTION_INVALID` with the range.
 */
export function parseFleetOptions(
  input: Readonly<Record<string, unknown>>,
  source: string,
): Partial<FleetOptions> {
  return table.parse(input, source);
}

/**
 * The layer that the environment holds: `PERF_FLEET_…` variables of the table, lists separated by commas.
 *
 * @throws PerfMetricsError `PERF_OPTION_INVALID` naming the variable.
 */
export function parseFleetEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Partial<FleetOptions> {
  return table.parseEnvironment(environment);
}

/** Later layers override earlier ones. */
export function layerFleetOptions(...layers: readonly Partial<FleetOptions>[]): FleetOptions {
  return table.layer(...layers);
}
