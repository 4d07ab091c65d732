import { PerfMetricsError } from './errors.ts';
import { DEFAULT_CAPACITY_RECORDS, MAX_CAPACITY_RECORDS, MIN_CAPACITY_RECORDS } from './record.ts';

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
    text: 'JSON or YAML file with options of this table and a generation number, watched for changes.',
  },
} as const satisfies Record<string, OptionSpec>;

export interface OptionSpec {
  readonly type: 'boolean' | 'number' | 'integer' | 'string';
  readonly default: boolean | number | string;
  readonly min?: number;
  readonly max?: number;
  readonly powerOfTwo?: boolean;
  /** Whether a change of the options file takes effect without a restart. */
  readonly live: boolean;
  readonly text: string;
}

export type OptionKey = keyof typeof OPTIONS;
type Widen<T> = T extends boolean ? boolean : T extends number ? number : string;
export type Options = { readonly [K in OptionKey]: Widen<(typeof OPTIONS)[K]['default']> };

export const OPTION_KEYS = Object.keys(OPTIONS) as OptionKey[];

/** `samplingRate` -> `PERF_SAMPLING_RATE`. */
export function environmentName(key: OptionKey): string {
  return `PERF_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

export const DEFAULT_OPTIONS = Object.fromEntries(
  OPTION_KEYS.map((key) => [key, OPTIONS[key].default]),
) as Options;

/**
 * Checks a layer of options (constructor, file).
 *
 * @throws PerfMetricsError `PERF_OPTION_UNKNOWN` with the nearest known name, `PERF_OPTION_INVALID` with the range.
 */
export function parseOptions(input: Readonly<Record<string, unknown>>, source: string): Partial<Options> {
  if (typeof input !== 'object' || input === null) throw invalid(source, 'an object of options', input);
  const parsed: Partial<Record<OptionKey, unknown>> = {};
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(OPTIONS, key)) throw unknownOption(key, source);
    parsed[key as OptionKey] = check(key as OptionKey, value, `${source}: ${key}`);
  }
  return parsed as Partial<Options>;
}

/**
 * The layer that the environment holds: `PERF_…` variables of the table; others are left alone.
 *
 * @throws PerfMetricsError `PERF_OPTION_INVALID` naming the variable.
 */
export function parseEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Partial<Options> {
  const parsed: Partial<Record<OptionKey, unknown>> = {};
  for (const key of OPTION_KEYS) {
    const name = environmentName(key);
    const text = environment[name];
    if (text === undefined || (text === '' && OPTIONS[key].default !== '')) continue;
    parsed[key] = check(key, fromText(text, OPTIONS[key].type), `environment: ${name}`);
  }
  return parsed as Partial<Options>;
}

/** Later layers override earlier ones. */
export function layerOptions(...layers: readonly Partial<Options>[]): Options {
  return Object.assign({}, DEFAULT_OPTIONS, ...layers) as Options;
}

function fromText(text: string, type: OptionSpec['type']): unknown {
  if (type === 'string') return text;
  if (type === 'boolean') {
    if (/^(true|1|on|yes)$/i.test(text)) return true;
    if (/^(false|0|off|no)$/i.test(text)) return false;
    return text;
  }
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}

function check(key: OptionKey, value: unknown, where: string): boolean | number | string {
  const spec: OptionSpec = OPTIONS[key];
  // Node takes an empty host for "every address".
  if (value === '' && spec.default !== '') throw invalid(where, 'a string that is not empty', value);
  if (spec.type === 'string' || spec.type === 'boolean') {
    if (typeof value === spec.type) return value as string | boolean;
    throw invalid(where, spec.type === 'boolean' ? 'true or false' : 'a string', value);
  }
  const { min = -Infinity, max = Infinity } = spec;
  const whole = spec.type === 'integer';
  const fits =
    typeof value === 'number' &&
    value >= min &&
    value <= max &&
    (!whole || Number.isInteger(value)) &&
    (!spec.powerOfTwo || (value & (value - 1)) === 0);
  if (fits) return value;
  const kind = spec.powerOfTwo ? 'a power of two' : whole ? 'a whole number' : 'a number';
  throw invalid(where, `${kind} from ${min} to ${max}`, value);
}

function invalid(where: string, expected: string, value: unknown): PerfMetricsError {
  return new PerfMetricsError('PERF_OPTION_INVALID', `${where} must be ${expected}, got ${asText(value)}`);
}

/** Of any value whatever: JSON has no words for some, and none for what contains itself. */
function asText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

function unknownOption(key: string, source: string): PerfMetricsError {
  const nearest = OPTION_KEYS.map((known) => ({
    known,
    distance: editDistance(key.toLowerCase(), known.toLowerCase()),
  })).sort((a, b) => a.distance - b.distance)[0];
  const hint =
    nearest && nearest.distance <= 4 ? `did you mean ${nearest.known}?` : `known: ${OPTION_KEYS.join(', ')}`;
  return new PerfMetricsError(
    'PERF_OPTION_UNKNOWN',
    `${source}: there is no option ${JSON.stringify(key)}; ${hint}`,
  );
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j] + 1, row[j - 1] + 1, substitution));
    }
    previous = row;
  }
  return previous[b.length];
}
