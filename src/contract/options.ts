import { type OptionsOf, OptionTable, type OptionSpec as TableOptionSpec } from './option-table.ts';
import { DEFAULT_CAPACITY_RECORDS, MAX_CAPACITY_RECORDS, MIN_CAPACITY_RECORDS } from './record.ts';
import { INSTANCE_NAME } from './snapshot.ts';

/**
 * The options table: the one place where an option's name, type, default, range and text stand. Parsing, errors, the
 * environment, the options file and the README's table derive from it.
 */
export const OPTIONS = {
  enabled: {
    type: 'boolean',
    default: true,
    live: true,
    text: 'Master switch. Off: the next event is not measured.',
  },
  samplingRate: {
    type: 'number',
    default: 1,
    min: 0.01,
    max: 1,
    live: true,
    text: 'Share of events that are measured, decided at the start of each; counts and quantiles stay unbiased.',
  },
  keepBreaches: {
    type: 'boolean',
    default: false,
    live: true,
    text: 'Measure every event and keep every one that breaks its SLA, while sampling the rest. Costs the clock reads of all.',
  },
  adaptiveSampling: {
    type: 'boolean',
    default: true,
    live: true,
    text: 'Lower the sampling rate while the overhead or the backlog of a ring is over its budget; raise it back when load falls.',
  },
  overheadBudgetRatio: {
    type: 'number',
    default: 0.01,
    min: 0.0001,
    max: 1,
    live: true,
    text: 'Adaptive sampling: share of an application thread that recording may take.',
  },
  aggregationEnabled: {
    type: 'boolean',
    default: true,
    live: true,
    text: 'Off: the worker thread stops aggregating; the application goes on recording and the oldest records are overwritten and counted.',
  },
  exportEnabled: {
    type: 'boolean',
    default: true,
    live: true,
    text: 'Off: the endpoint answers 503 (but for /healthz and /readyz), and no dumps are written.',
  },
  host: {
    type: 'string',
    default: '127.0.0.1',
    live: false,
    text: 'Address that the endpoint listens on. In a pod: 0.0.0.0.',
  },
  port: {
    type: 'integer',
    default: 9464,
    min: 0,
    max: 65_535,
    live: false,
    text: 'Port that the endpoint listens on; 0 picks a free one.',
  },
  capacityRecords: {
    type: 'integer',
    default: DEFAULT_CAPACITY_RECORDS,
    min: MIN_CAPACITY_RECORDS,
    max: MAX_CAPACITY_RECORDS,
    powerOfTwo: true,
    live: false,
    text: 'Records a ring holds, a power of two, 32 bytes each.',
  },
  dumpDirectory: {
    type: 'string',
    default: '',
    live: false,
    text: 'Directory for the periodic JSON dumps. Empty: none are written.',
  },
  dumpIntervalSeconds: {
    type: 'number',
    default: 60,
    min: 1,
    max: 86_400,
    live: true,
    text: 'Time between two dumps.',
  },
  dumpRetentionDays: {
    type: 'number',
    default: 30,
    min: 0.001,
    max: 3650,
    live: true,
    text: 'Age at which a dump is deleted.',
  },
  dumpMaxMebibytes: {
    type: 'number',
    default: 512,
    min: 1,
    max: 1_048_576,
    live: true,
    text: 'Size that all dumps together may take; the oldest are deleted beyond it.',
  },
  optionsFile: {
    type: 'string',
    default: '',
    live: false,
    text: 'JSON or YAML file with options of this table, a generation number, and a list `control` of instances to disable; watched for changes.',
  },
  instance: {
    type: 'string',
    default: '',
    matches: {
      pattern: INSTANCE_NAME,
      text: '1 to 253 printable ASCII characters without spaces, quotes and backslashes',
    },
    live: false,
    text: "What the process is called, as a rollout names it. Empty: the host's name, which in Kubernetes is the pod's.",
  },
} as const satisfies Record<string, OptionSpec>;

export interface OptionSpec extends TableOptionSpec {
  /** Whether a change of the options file takes effect without a restart. */
  readonly live: boolean;
}

export type OptionKey = keyof typeof OPTIONS;
export type Options = OptionsOf<typeof OPTIONS>;

const table = new OptionTable(OPTIONS, 'PERF_');

export const OPTION_KEYS = table.keys;
export const DEFAULT_OPTIONS = table.defaults;

/** `samplingRate` -> `PERF_SAMPLING_RATE`. */
export function environmentName(key: OptionKey): string {
  return table.environmentName(key);
}

/**
 * Checks a layer of options (constructor, file).
 *
 * @throws PerfMetricsError `PERF_OPTION_UNKNOWN` with the nearest known name, `PERF_OPTION_INVALID` with the range.
 */
export function parseOptions(input: Readonly<Record<string, unknown>>, source: string): Partial<Options> {
  return table.parse(input, source);
}

/**
 * The layer that the environment holds: `PERF_…` variables of the table; others are left alone.
 *
 * @throws PerfMetricsError `PERF_OPTION_INVALID` naming the variable.
 */
export function parseEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Partial<Options> {
  return table.parseEnvironment(environment);
}

/** Later layers override earlier ones. */
export function layerOptions(...layers: readonly Partial<Options>[]): Options {
  return table.layer(...layers);
}
