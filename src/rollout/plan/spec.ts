import { isMap, parse, parseDocument } from 'yaml';
import { PerfMetricsError, thrownText } from '../../contract/errors.ts';
import { OptionTable } from '../../contract/option-table.ts';
import type { QueryGateSpec, RolloutSpec, RolloutStep } from '../../contract/rollout.ts';
import { parseDuration } from './durations.ts';
import { MAX_HOLD_SECONDS, MAX_QUERIES, MAX_STEPS, SPEC_TABLES } from './spec-tables.ts';

/** What `rollout init` and the chart write. */
export const DEFAULT_SPEC_TEXT = `# The staged sampling rollout. Every key but steps may be left out; the values shown of them are the defaults.
# Master switch: false disables every pod, true goes on at the step where the rollout was.
enabled: true
# Every pod stays disabled at first, so that each has figures of its own to compare with.
baseline:
  hold: 10m
# Each step is held for its time, and left when every gate passes. Rates must rise.
steps:
  - samplingRate: 0.1
    hold: 2d
  - samplingRate: 0.5
    hold: 2d
  - samplingRate: 1
    hold: 3d
# Pods that stay disabled while the others measure. ratio: 0 switches the comparison with them off.
control:
  ratio: 0.1
  minPods: 3
# A gate that fails takes the rollout back a step; one without data, or undecided, holds it.
gates:
  maxOverheadRatio: 0.01
  maxCpuIncreaseRatio: 0.01
  maxLoopDelayIncrease: 1ms
  confidence: 0.95
  maxRecordsLost: 0
  maxComplianceDrop: 0.001
  maxErrorIncrease: 0.001
  # Queries of your own, for example:
  # - name: client_latency
  #   prometheus: http://prometheus:9090
  #   query: histogram_quantile(0.99, sum(rate(http_request_duration_seconds[$step])))
  #   max: 0.25
  queries: []
# When to call the rollout stuck, and how many events a comparison needs.
limits:
  acknowledge: 2m
  noData: 10m
  minEvents: 1000
  queryRetries: 3
`;

const MAX_CHARACTERS = 65_536;
/** Mappings and lists that stand in a mapping beside its options. */
const NESTED: Readonly<Record<string, readonly string[]>> = {
  '': ['baseline', 'steps', 'control', 'gates', 'limits'],
  gates: ['queries'],
};

type Tables = typeof SPEC_TABLES;
type Mapping = Readonly<Record<string, unknown>>;

/**
 * Reads a spec, YAML or JSON; `source` names it in errors.
 *
 * @throws PerfMetricsError `PERF_ROLLOUT_SPEC`, a sentence that says which key is wrong and what it may be.
 */
export function parseRolloutSpec(text: string, source: string): RolloutSpec {
  const root = mapping(parsedYaml(text, source), source, 'a mapping such as {"steps": [...]}');
  const { enabled } = section('', root, source);
  const baseline = section('baseline', inner(root, 'baseline', source), `${source}: baseline`);
  const control = section('control', inner(root, 'control', source), `${source}: control`);
  const gatesMapping = inner(root, 'gates', source);
  const gates = section('gates', gatesMapping, `${source}: gates`);
  const limits = section('limits', inner(root, 'limits', source), `${source}: limits`);
  return {
    enabled,
    steps: parsedSteps(root.steps, source),
    baselineHoldSeconds: seconds(baseline.hold, `${source}: baseline: hold`, 0),
    control,
    gates: {
      maxOverheadRatio: gates.maxOverheadRatio,
      maxCpuIncreaseRatio: gates.maxCpuIncreaseRatio,
      maxLoopDelayIncreaseSeconds: seconds(
        gates.maxLoopDelayIncrease,
        `${source}: gates: maxLoopDelayIncrease`,
      ),
      confidence: gates.confidence,
      maxRecordsLost: gates.maxRecordsLost,
      maxComplianceDrop: gates.maxComplianceDrop,
      maxErrorIncrease: gates.maxErrorIncrease,
      queries: parsedQueries(gatesMapping.queries, source),
    },
    limits: {
      acknowledgeSeconds: seconds(limits.acknowledge, `${source}: limits: acknowledge`),
      noDataSeconds: seconds(limits.noData, `${source}: limits: noData`),
      minEvents: limits.minEvents,
      queryRetries: limits.queryRetries,
    },
  };
}

/** Whether the text says `enabled: false`, whatever else is wrong with it: the master switch works by itself. */
export function isSwitchedOff(text: string): boolean {
  if (text.length > MAX_CHARACTERS) return false;
  const document = parseDocument(text, { logLevel: 'silent' });
  return isMap(document.contents) && document.get('enabled') === false;
}

function parsedYaml(text: string, source: string): unknown {
  if (text.length > MAX_CHARACTERS) throw bad(`${source} is larger than ${MAX_CHARACTERS} characters`);
  try {
    // maxAliasCount: no expansion bombs; a duplicate key is an error by default.
    return parse(text, { maxAliasCount: 0, logLevel: 'error' });
  } catch (error) {
    throw bad(`${source} is no YAML or JSON: ${thrownText(error).split('\n', 1)[0]}`, error);
  }
}

function parsedSteps(value: unknown, source: string): RolloutStep[] {
  const where = `${source}: steps`;
  const steps = list(value, where, MAX_STEPS).map((item, i) => {
    const at = `${where}[${i}]`;
    const { samplingRate, hold } = entry('steps', item, at);
    return { samplingRate, holdSeconds: seconds(hold, `${at}: hold`) };
  });
  if (steps.length === 0)
    throw bad(`${where} must hold at least one step, such as {samplingRate: 0.1, hold: 2d}`);
  steps.forEach(({ samplingRate }, i) => {
    const before = steps[i - 1]?.samplingRate ?? 0;
    if (samplingRate <= before) {
      throw bad(
        `${where}[${i}]: samplingRate must be greater than the ${before} of the step before, got ${samplingRate}`,
      );
    }
  });
  return steps;
}

function parsedQueries(value: unknown, source: string): QueryGateSpec[] {
  const where = `${source}: gates: queries`;
  const queries = list(value ?? [], where, MAX_QUERIES).map((item, i) =>
    entry('gates.queries', item, `${where}[${i}]`),
  );
  const twice = queries.find(({ name }, i) => queries.findIndex((other) => other.name === name) < i);
  if (twice) throw bad(`${where}: every name must be another, got ${twice.name} twice`);
  return queries;
}

/** The options of a mapping, with defaults for what is left out. */
function section<Name extends keyof Tables>(name: Name, value: Mapping, where: string) {
  const nested = NESTED[name] ?? [];
  const table = new OptionTable<Tables[Name]>(SPEC_TABLES[name], '');
  const known = new OptionTable(
    Object.fromEntries([...table.keys, ...nested].map((key) => [key, ANYTHING])),
    '',
  );
  return asSpecError(() => {
    // Only for its way of saying which key was meant, of those with mappings below them too.
    known.parse(Object.fromEntries(Object.keys(value).map((key) => [key, ''])), where);
    const own = Object.entries(value).filter(([key]) => !nested.includes(key));
    return table.layer(table.parse(Object.fromEntries(own), where));
  });
}

const ANYTHING = { type: 'string', default: '', text: '' } as const;

/** An element of a list: a mapping that lacks no key. */
function entry<Name extends 'steps' | 'gates.queries'>(name: Name, item: unknown, where: string) {
  const keys = Object.keys(SPEC_TABLES[name]);
  const value = mapping(item, where, `a mapping of ${keys.join(', ')}`);
  const parsed = section(name, value, where);
  const missing = keys.find((key) => value[key] === undefined);
  if (missing !== undefined)
    throw bad(`${where}: ${missing} is missing; a mapping of ${keys.join(', ')} is needed`);
  return parsed;
}

function inner(parent: Mapping, key: string, source: string): Mapping {
  // YAML's empty value is what is left when all lines below a key are comments.
  return mapping(parent[key] ?? {}, `${source}: ${key}`, 'a mapping');
}

function mapping(value: unknown, where: string, expected: string): Mapping {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Mapping;
  throw bad(`${where} must be ${expected}, got ${described(value)}`);
}

function list(value: unknown, where: string, max: number): readonly unknown[] {
  if (!Array.isArray(value)) throw bad(`${where} must be a list, got ${described(value)}`);
  if (value.length > max) throw bad(`${where} must hold at most ${max} entries, got ${value.length}`);
  return value;
}

function seconds(text: string, where: string, min = 1e-6): number {
  const value = parseDuration(text);
  if (value >= min && value <= MAX_HOLD_SECONDS) return value;
  throw bad(`${where} must be ${min > 0 ? 'longer than 0s' : 'at least 0s'} and at most 365d, got ${text}`);
}

function described(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : JSON.stringify(value);
}

function asSpecError<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof PerfMetricsError ? bad(error.message, error) : error;
  }
}

function bad(message: string, cause?: unknown): PerfMetricsError {
  return new PerfMetricsError('PERF_ROLLOUT_SPEC', message, { cause });
}
