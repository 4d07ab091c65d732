import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PerfMetricsError } from '../contract/errors.ts';
import { OPTIONS, type OptionKey, type Options, parseOptions } from '../contract/options.ts';
import { INSTANCE_NAME } from '../contract/snapshot.ts';

/** What an options file holds. */
export interface OptionsFile {
  /** Which state of the file this is; a service reports it, so that a rollout knows who has read what. */
  readonly generation: number;
  readonly options: Partial<Options>;
  /** Instances that are disabled, whatever `options` say: see `optionsFor`. */
  readonly control: readonly string[];
}

/** What a ConfigMap holds at most. */
const MAX_BYTES = 1024 * 1024;
const MAX_CONTROL = 4096;

/**
 * Reads an options file: a YAML (or JSON, which is YAML) mapping of options of the table, a `generation`, a whole
 * number >= 0, 0 when it is missing, and `control`, a list of instance names, empty when it is missing.
 *
 * @throws PerfMetricsError `PERF_OPTIONS_FILE`, saying which file and what to change in it.
 */
export function readOptionsFile(path: string): OptionsFile {
  return parseOptionsFile(readText(path), path);
}

/** As `readOptionsFile`, of a text; `source` names it in errors. */
export function parseOptionsFile(text: string, source: string): OptionsFile {
  if (text.length > MAX_BYTES) throw bad(source, `is larger than ${MAX_BYTES} bytes`);
  let content: unknown;
  try {
    // maxAliasCount: no expansion bombs; a duplicate key is an error by default.
    content = yaml().parse(text, { maxAliasCount: 0 }) ?? {};
  } catch (error) {
    throw bad(source, `is no YAML or JSON: ${(error as Error).message.split('\n')[0]}`, error);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw bad(source, 'must hold a mapping such as {"generation": 1, "samplingRate": 0.1}');
  }
  const { generation = 0, control = [], ...rest } = content as Record<string, unknown>;
  if (!Number.isSafeInteger(generation) || (generation as number) < 0) {
    throw bad(source, `generation must be a whole number >= 0, got ${JSON.stringify(generation)}`);
  }
  checkControl(control, source);
  try {
    const options = parseOptions(rest, source);
    const fixed = Object.keys(options).find((key) => !OPTIONS[key as OptionKey].live);
    if (fixed)
      throw bad(
        source,
        `${fixed} cannot be changed while the service runs; set it in the constructor or the environment`,
      );
    return { generation: generation as number, options, control };
  } catch (error) {
    throw error instanceof PerfMetricsError && error.code !== 'PERF_OPTIONS_FILE'
      ? new PerfMetricsError('PERF_OPTIONS_FILE', error.message, { cause: error })
      : error;
  }
}

function checkControl(control: unknown, source: string): asserts control is readonly string[] {
  if (!Array.isArray(control) || control.length > MAX_CONTROL) {
    const got = Array.isArray(control) ? `${control.length} of them` : shortText(control);
    throw bad(source, `control must be a list of at most ${MAX_CONTROL} instance names, got ${got}`);
  }
  const wrong: unknown = control.find((name) => typeof name !== 'string' || !INSTANCE_NAME.test(name));
  if (wrong === undefined) return;
  throw bad(source, `control must hold names of instances, got ${shortText(wrong)}`);
}

function shortText(value: unknown): string {
  return JSON.stringify(value).slice(0, 100);
}

/** Loaded when there is a file to read: a service without one need not hold a megabyte of parser. */
function yaml(): typeof import('yaml') {
  return createRequire(import.meta.url)('yaml') as typeof import('yaml');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw bad(path, `cannot be read: ${(error as Error).message}`, error);
  }
}

function bad(source: string, problem: string, cause?: unknown): PerfMetricsError {
  return new PerfMetricsError('PERF_OPTIONS_FILE', `options file ${source} ${problem}`, { cause });
}
