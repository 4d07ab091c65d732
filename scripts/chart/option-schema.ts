import { FLEET_OPTIONS, type FleetOptionKey } from '../../src/contract/fleet-options.ts';
import type { OptionSpec } from '../../src/contract/option-table.ts';
import { DURATION } from '../../src/rollout/plan/durations.ts';
import { MAX_QUERIES, MAX_STEPS, SPEC_TABLES } from '../../src/rollout/plan/spec-tables.ts';

export type Schema = Readonly<Record<string, unknown>>;

/** Beyond it, Go's regular expressions repeat nothing: a length says the same. */
const ANY_TEXT = /^\^\[\\s\\S\]\{(\d+),(\d+)\}\$$/;

/** Helm's regular expressions are Go's: no lookahead, which of a duration only keeps it from being empty. */
function textSchema(pattern: RegExp): Schema {
  const [, minLength, maxLength] = ANY_TEXT.exec(pattern.source) ?? [];
  if (minLength !== undefined) return { minLength: Number(minLength), maxLength: Number(maxLength) };
  if (pattern === DURATION) return { minLength: 1, pattern: pattern.source.replace('(?=\\d)', '') };
  return { pattern: pattern.source.replaceAll('\\/', '/') };
}

/** An option of the program, as a value of the chart. */
export function optionSchema(spec: OptionSpec): Schema {
  const { type, min, max, oneOf, matches } = spec;
  return {
    ...(type === 'list' ? { type: 'array', items: { type: 'string', minLength: 1 } } : { type }),
    ...(min !== undefined && min > -Number.MAX_VALUE && { minimum: min }),
    ...(max !== undefined && max < Number.MAX_SAFE_INTEGER && { maximum: max }),
    ...(oneOf !== undefined && { enum: oneOf }),
    ...(matches !== undefined && textSchema(matches.pattern)),
    ...(type === 'string' && spec.default !== '' && !oneOf && !matches && { minLength: 1 }),
  };
}

type Part = keyof typeof SPEC_TABLES;

/** A mapping of the rollout's spec. Only in lists are all keys required: everywhere else the program has a default. */
function partSchema(part: Part, more: Readonly<Record<string, Schema>> = {}): Schema {
  const specs = Object.entries<OptionSpec>(SPEC_TABLES[part]);
  const properties = specs.map(([key, spec]) => [key, { description: spec.text, ...optionSchema(spec) }]);
  return {
    type: 'object',
    additionalProperties: false,
    properties: { ...Object.fromEntries(properties), ...more },
  };
}

function listSchema(part: 'steps' | 'gates.queries', minItems: number, maxItems: number): Schema {
  return {
    type: 'array',
    minItems,
    maxItems,
    items: { ...partSchema(part), required: Object.keys(SPEC_TABLES[part]) },
  };
}

function rolloutSpecSchema(): Schema {
  const parts = partSchema('', {
    baseline: partSchema('baseline'),
    steps: listSchema('steps', 1, MAX_STEPS),
    control: partSchema('control'),
    gates: partSchema('gates', { queries: listSchema('gates.queries', 0, MAX_QUERIES) }),
    limits: partSchema('limits'),
  });
  return { ...parts, required: ['steps'] };
}

/** Values of the chart that are options of the aggregation worker, by path. */
export const FLEET_VALUES = {
  'fleet.logLevel': 'logLevel',
  'fleet.retentionDays': 'historyRetentionDays',
  'targets.port': 'podPort',
  'targets.serviceLabel': 'serviceLabel',
} as const satisfies Record<string, FleetOptionKey>;

/** Values whose type and range are the program's own. */
export const OPTION_VALUES: Readonly<Record<string, Schema>> = {
  ...Object.fromEntries(
    Object.entries(FLEET_VALUES).map(([path, option]) => [path, optionSchema(FLEET_OPTIONS[option])]),
  ),
  'rollout.spec': rolloutSpecSchema(),
};
