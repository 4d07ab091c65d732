import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { checkDefaults, validatorOf } from '../../scripts/chart/defaults-check.ts';
import { FLEET_VALUES, OPTION_VALUES, type Schema } from '../../scripts/chart/option-schema.ts';
import { overlayNames, overlayValues } from '../../scripts/chart/render-k8s.ts';
import { schemaOf } from '../../scripts/chart/schema.ts';
import { CHART } from '../../scripts/chart/values.ts';
import { readValues, ValuesError } from '../../scripts/chart/values-file.ts';
import { FLEET_OPTIONS } from '../../src/contract/fleet-options.ts';
import type { OptionSpec } from '../../src/contract/option-table.ts';
import { DEFAULT_SPEC_TEXT, parseRolloutSpec } from '../../src/rollout/plan/spec.ts';

const VALUES = `# What this file is.

# @section General
# How it is installed:
# alone, or beside an operator.
#
# Second paragraph.
# @schema {enum: [alone, operator]}
mode: alone
# Labels of every object.
labels: {}
# @section Worker
# The worker.
worker:
  # How many.
  # @schema {minimum: 1}
  replicas: 1
  # What it may take.
  resources: {requests: {cpu: 100m}}
  # Who it runs as.
  securityContext: {runAsUser: 1000, capabilities: {drop: [ALL]}}
  # Which taints it bears.
  # @schema {items: {type: object}}
  tolerations: []
`;

function faultsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ValuesError) return error.faults;
    throw error;
  }
  return [];
}

/** What is wrong with a values.yaml, as `make chart` says it. */
function faultsIn(text: string, given: Readonly<Record<string, Schema>> = {}): readonly string[] {
  return faultsOf(() => {
    const keys = readValues(text);
    checkDefaults(keys, schemaOf(keys, given));
  });
}

describe('reading values.yaml', () => {
  it('takes descriptions, paragraphs, sections and defaults from it', () => {
    const [mode, labels, worker] = readValues(VALUES);

    expect(mode).toMatchObject({
      path: ['mode'],
      line: 9,
      section: 'General',
      description: 'How it is installed: alone, or beside an operator.\n\nSecond paragraph.',
      schema: { enum: ['alone', 'operator'] },
      value: 'alone',
    });
    expect(labels).toMatchObject({ section: 'General', value: {}, children: [] });
    expect(worker.section).toBe('Worker');
    expect(worker.children.map(({ path }) => path.join('.'))).toEqual([
      'worker.replicas',
      'worker.resources',
      'worker.securityContext',
      'worker.tolerations',
    ]);
  });

  it.each([
    ['a key without a description', 'a: 1', 'line 1: a has no description; write a comment right above it'],
    ['one whose comment is further left', '# A.\na:\n# B.\n  b: 1', 'line 4: a.b has no description'],
    ['one whose comment has been parted from it', '# A.\n\na: 1', 'line 3: a has no description'],
    ['an annotation that it does not know', '# A.\n# @default 2\na: 1', 'line 2: there is no @default'],
    [
      'a schema that belongs to no key',
      '# A.\na: 1\n# @schema {minimum: 1}\n',
      'line 3: no key stands right below',
    ],
    [
      'a schema that is no mapping',
      '# A.\n# @schema minimum\na: 1',
      'line 2: the @schema of a must be a YAML mapping',
    ],
    [
      'a schema that is no YAML',
      '# A.\n# @schema {a: [}\na: 1',
      'line 2: the @schema of a must be a YAML mapping',
    ],
    ['a section without a title', '# @section\n# A.\na: 1', 'line 1: @section has a title'],
    ['a key that stands twice', '# A.\na: 1\n# A.\na: 2', 'Map keys must be unique at line 4'],
    ['a file that is no mapping', '- a', 'line 1: values.yaml must hold a mapping'],
    [
      'a default that does not tell its type',
      '# A.\na: null',
      'line 2: the default of a does not tell its type',
    ],
    [
      'a list that does not tell its items',
      '# A.\na: []',
      'line 2: the default of a does not tell its items',
    ],
    ['a list of unlike items', '# A.\na: [1, b]', 'line 2: the default of a does not tell its items'],
    [
      'a schema that refuses the default',
      '# A.\na:\n  # B.\n  # @schema {minimum: 2}\n  b: 1',
      'the default contradicts its @schema: a.b must be >= 2',
    ],
    ['a mistyped keyword', '# A.\n# @schema {minimun: 1}\na: 1', 'unknown keyword: "minimun"'],
    [
      'a keyword of another type',
      '# A.\n# @schema {minimum: 1}\na: text',
      'missing type "number" for keyword "minimum"',
    ],
  ])('refuses %s', (_what, text, fault) => {
    expect(faultsIn(text)).toEqual([expect.stringContaining(fault)]);
  });

  it('tells of every fault at once', () => {
    expect(faultsIn('a: 1\nb: 2\n# @c\n')).toHaveLength(3);
  });

  it('refuses an option of the program that is no key', () => {
    expect(faultsIn('# A.\na: 1', { 'b.c': { type: 'string' } })).toEqual([
      'b.c is an option of the program but no key of values.yaml',
    ]);
  });
});

describe('the schema of values', () => {
  const keys = readValues(VALUES);
  const defaults = Object.fromEntries(keys.map(({ path: [name], value }) => [name, value]));
  const faults = validatorOf(schemaOf(keys));
  const worker = defaults.worker as object;
  const withWorker = (changes: object) => ({ ...defaults, worker: { ...worker, ...changes } });

  it.each([
    ['the defaults', defaults],
    ['what a parent chart adds', { ...defaults, global: { region: 'eu' }, enabled: true }],
    ['labels of one’s own', { ...defaults, labels: { 'example.com/team': 'trading' } }],
    [
      'quantities as numbers, and any resource',
      withWorker({ resources: { limits: { cpu: 1, 'nvidia.com/gpu': 1 } } }),
    ],
    ['items that fit', withWorker({ tolerations: [{ operator: 'Exists' }] })],
  ])('admits %s', (_what, values) => {
    expect(faults(values)).toEqual([]);
  });

  it.each([
    ['a mistyped key', { ...defaults, modee: 'alone' }, 'must NOT have additional properties: modee'],
    ['one further down', withWorker({ replcas: 1 }), 'worker must NOT have additional properties: replcas'],
    [
      'one in a mapping of one line',
      withWorker({ securityContext: { runAsUsr: 1, runAsUser: 1, capabilities: { drop: [] } } }),
      'worker.securityContext must NOT have additional properties: runAsUsr',
    ],
    [
      'one of resources',
      withWorker({ resources: { limit: { cpu: 1 } } }),
      'worker.resources must NOT have additional properties: limit',
    ],
    ['a key taken away', { ...defaults, mode: undefined }, "must have required property 'mode'"],
    [
      'a value out of its list',
      { ...defaults, mode: 'both' },
      'mode must be equal to one of the allowed values: alone, operator',
    ],
    ['a text for a number', withWorker({ replicas: '1' }), 'worker.replicas must be integer'],
    ['a number out of range', withWorker({ replicas: 0 }), 'worker.replicas must be >= 1'],
    ['a label that is no text', { ...defaults, labels: { team: 1 } }, 'labels.team must be string'],
    ['an item of another type', withWorker({ tolerations: ['x'] }), 'worker.tolerations.0 must be object'],
    [
      'a quantity that is none',
      withWorker({ resources: { limits: { cpu: '1 core' } } }),
      'worker.resources.limits.cpu must match pattern',
    ],
    ['switching itself off', { ...defaults, enabled: false }, 'enabled must be equal to constant'],
  ])('refuses %s', (_what, values, fault) => {
    expect(faults(JSON.parse(JSON.stringify(values)))).toEqual([expect.stringContaining(fault)]);
  });
});

describe('the program’s options as values', () => {
  const options = Object.entries(FLEET_VALUES).map(
    ([path, key]) => [path, FLEET_OPTIONS[key] as OptionSpec] as const,
  );
  const chart = parse(readFileSync(new URL('values.yaml', CHART), 'utf8'));

  it.each(options)('%s has the default of the program', (path, spec) => {
    expect(path.split('.').reduce((at, key) => at[key], chart)).toBe(spec.default);
  });

  it.each(options)('%s has the range of the program', (path, { min, max, oneOf, ...spec }) => {
    const faults = validatorOf(OPTION_VALUES[path]);
    const inside = [spec.default, min, max, ...(oneOf ?? [])].filter((value) => value !== undefined);
    const outside = ['', min !== undefined && min - 1, max !== undefined && max + 1, oneOf && 'loud'];

    expect(inside.filter((value) => faults(value).length > 0)).toEqual([]);
    expect(outside.filter((value) => value !== undefined && faults(value).length === 0)).toEqual([]);
  });

  it.each([
    ['the chart', new URL('values.yaml', CHART).pathname],
    ...overlayNames().map((name) => [`k8s/overlays/${name}`, overlayValues(name)]),
  ])('the rollout that %s asks for is one that the aggregation worker takes', (_where, file) => {
    const spec = { ...chart.rollout.spec, ...parse(readFileSync(file, 'utf8')).rollout?.spec };
    const { steps } = parseRolloutSpec(stringify(spec), file);

    expect(steps.map(({ samplingRate }) => samplingRate)).toEqual([0.1, 0.5, 1]);
  });

  /** Every spec that differs from the default one in a single value, or in the name of a single key. Helm knows no null. */
  function* changedSpecs(): Generator<[change: string, spec: unknown]> {
    const spec = { ...parse(DEFAULT_SPEC_TEXT) };
    spec.gates.queries = [{ name: 'p99', prometheus: 'http://prometheus:9090', query: 'up', max: 1 }];
    const odd = [
      '',
      'text',
      '10m',
      '90 s',
      'http://a:1/b',
      'http://a b',
      'x'.repeat(4001),
      true,
      [],
      {},
      -1,
      0,
      0.5,
      1,
      2,
      1.5,
      1e7,
    ];
    const walk = function* (at: Record<string, unknown>, path: string): Generator<[string, unknown]> {
      for (const [key, value] of Object.entries(at)) {
        for (const other of odd) {
          at[key] = other;
          yield [`${path}${key} = ${JSON.stringify(other)}`, spec];
        }
        delete at[key];
        yield [`${path}${key} left out`, spec];
        at[`${key}s`] = value;
        yield [`${path}${key} misspelt`, spec];
        delete at[`${key}s`];
        at[key] = value;
        if (typeof value === 'object' && value !== null)
          yield* walk(value as Record<string, unknown>, `${path}${key}.`);
      }
    };
    yield ['as it is', spec];
    yield* walk(spec, '');
  }

  it('admits a rollout’s spec if and only if the aggregation worker does, but for what spans several keys', () => {
    const faults = validatorOf(OPTION_VALUES['rollout.spec']);
    // Rates that must rise, and times that must lie below a year, are beyond a schema.
    const beyondSchemas = /samplingRate must be greater|longer than 0s|at most 365d/;
    const differing = [];
    let changes = 0;
    for (const [change, spec] of changedSpecs()) {
      const schemaSays = faults(spec).length === 0;
      let reason = '';
      try {
        parseRolloutSpec(stringify(spec), 'spec');
      } catch (error) {
        reason = (error as Error).message;
      }
      changes++;
      if (schemaSays !== (reason === '') && !beyondSchemas.test(reason))
        differing.push(`${change}: ${reason}`);
    }

    expect(changes).toBeGreaterThan(500);
    expect(differing).toEqual([]);
  });
});
