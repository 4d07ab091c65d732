import { PerfMetricsError } from './errors.ts';

/** One option: its type, default, range and text. */
export interface OptionSpec {
  readonly type: 'boolean' | 'number' | 'integer' | 'string' | 'list';
  readonly default: boolean | number | string | readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly powerOfTwo?: boolean;
  /** The only texts that a string may be. */
  readonly oneOf?: readonly string[];
  /** What a string that is not empty must match, and how to say so: `must be …`. */
  readonly matches?: { readonly pattern: RegExp; readonly text: string };
  readonly text: string;
}

type Widen<T> = T extends boolean
  ? boolean
  : T extends number
    ? number
    : T extends string
      ? string
      : readonly string[];
type ValueOf<Spec extends OptionSpec> = Spec extends { readonly oneOf: readonly (infer Value)[] }
  ? Value
  : Widen<Spec['default']>;

type Specs = Readonly<Record<string, OptionSpec>>;
export type OptionKeyOf<Table extends Specs> = keyof Table & string;
/** What the options of a table amount to: each of its type, none missing. */
export type OptionsOf<Table extends Specs> = { readonly [K in OptionKeyOf<Table>]: ValueOf<Table[K]> };

/** Options that derive from a table: layers checked, read from the environment, laid above one another. */
export class OptionTable<Table extends Specs> {
  readonly keys: readonly OptionKeyOf<Table>[];
  readonly defaults: OptionsOf<Table>;
  private readonly specs: Table;
  private readonly prefix: string;

  /** `prefix` of the environment's variables: `PERF_`. */
  constructor(specs: Table, prefix: string) {
    this.specs = specs;
    this.prefix = prefix;
    this.keys = Object.keys(specs);
    this.defaults = Object.fromEntries(
      this.keys.map((key) => [key, specs[key]?.default]),
    ) as OptionsOf<Table>;
  }

  /** `samplingRate` -> `PERF_SAMPLING_RATE`. */
  environmentName(key: OptionKeyOf<Table>): string {
    return `${this.prefix}${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
  }

  /**
   * Checks a layer of options; `source` names it in errors.
   *
   * @throws PerfMetricsError `PERF_OPTION_UNKNOWN` with the nearest known name, `PERF_OPTION_INVALID` with the range.
   */
  parse(input: Readonly<Record<string, unknown>>, source: string): Partial<OptionsOf<Table>> {
    if (typeof input !== 'object' || input === null) throw invalid(source, 'an object of options', input);
    const parsed: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(input)) {
      if (value === undefined) continue;
      const spec = Object.hasOwn(this.specs, key) ? this.specs[key] : undefined;
      if (spec === undefined) throw unknownOption(key, this.keys, source);
      parsed[key] = check(spec, value, `${source}: ${key}`);
    }
    return parsed as Partial<OptionsOf<Table>>;
  }

  /**
   * The layer that the environment holds: the variables of the table; others are left alone.
   *
   * @throws PerfMetricsError `PERF_OPTION_INVALID` naming the variable.
   */
  parseEnvironment(environment: Readonly<Record<string, string | undefined>>): Partial<OptionsOf<Table>> {
    const parsed: Record<string, unknown> = {};
    for (const key of this.keys) {
      const spec: OptionSpec = this.specs[key];
      const name = this.environmentName(key);
      const text = environment[name];
      if (text === undefined || (text === '' && spec.default !== '')) continue;
      parsed[key] = check(spec, fromText(text, spec.type), `environment: ${name}`);
    }
    return parsed as Partial<OptionsOf<Table>>;
  }

  /** Later layers override earlier ones, and all of them the defaults. */
  layer(...layers: readonly Partial<OptionsOf<Table>>[]): OptionsOf<Table> {
    return Object.assign({}, this.defaults, ...layers);
  }
}

function fromText(text: string, type: OptionSpec['type']): unknown {
  switch (type) {
    case 'string':
      return text;
    case 'list':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    case 'boolean':
      if (/^(true|1|on|yes)$/i.test(text)) return true;
      return /^(false|0|off|no)$/i.test(text) ? false : text;
    default: {
      const number = Number(text);
      return text.trim() === '' || Number.isNaN(number) ? text : number;
    }
  }
}

function check(spec: OptionSpec, value: unknown, where: string): OptionSpec['default'] {
  switch (spec.type) {
    case 'boolean':
      if (typeof value === 'boolean') return value;
      throw invalid(where, 'true or false', value);
    case 'string':
      return checkString(spec, value, where);
    case 'list':
      if (Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== ''))
        return value;
      throw invalid(where, 'a list of strings that are not empty', value);
    default:
      return checkNumber(spec, value, where);
  }
}

function checkString(spec: OptionSpec, value: unknown, where: string): string {
  // Node takes an empty host for "every address".
  if (value === '' && spec.default !== '') throw invalid(where, 'a string that is not empty', value);
  if (spec.oneOf !== undefined) {
    const found = spec.oneOf.find((known) => known === value);
    if (found !== undefined) return found;
    throw invalid(where, `one of ${spec.oneOf.join(', ')}`, value);
  }
  if (typeof value !== 'string') throw invalid(where, 'a string', value);
  if (value !== '' && spec.matches?.pattern.test(value) === false)
    throw invalid(where, spec.matches.text, value);
  return value;
}

function checkNumber(spec: OptionSpec, value: unknown, where: string): number {
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

function unknownOption(key: string, known: readonly string[], source: string): PerfMetricsError {
  const nearest = known
    .map((name) => ({ name, distance: editDistance(key.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  const hint =
    nearest && nearest.distance <= 4 ? `did you mean ${nearest.name}?` : `known: ${known.join(', ')}`;
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
