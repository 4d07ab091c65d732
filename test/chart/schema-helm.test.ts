import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { validatorOf } from '../../scripts/chart/defaults-check.ts';
import { CHART } from '../../scripts/chart/values.ts';
import { allKeys, readValues, type ValueKey } from '../../scripts/chart/values-file.ts';
import { toolPath } from '../support/tools.ts';

const text = readFileSync(new URL('values.yaml', CHART), 'utf8');
const keys = allKeys(readValues(text));
const faults = validatorOf(JSON.parse(readFileSync(new URL('values.schema.json', CHART), 'utf8')));

/** The values when a user's file says `change` about the mapping that holds the key. */
function changed(
  { path }: ValueKey,
  change: (holder: Record<string, unknown>, name: string) => void,
): unknown {
  const values = parse(text) as Record<string, unknown>;
  const holder = path.slice(0, -1).reduce((at, name) => at[name] as Record<string, unknown>, values);
  change(holder, path.at(-1) ?? '');
  return values;
}

function misspelt(key: ValueKey): unknown {
  return changed(key, (holder, name) => {
    holder[`${name}x`] = key.value;
  });
}

/** Of a type that the key's value is not, whatever it is. */
function mistyped(key: ValueKey): unknown {
  const other =
    typeof key.value === 'object' && key.value !== null && !Array.isArray(key.value)
      ? 'text'
      : { a: { b: 1 } };
  return changed(key, (holder, name) => {
    holder[name] = other;
  });
}

function helm(args: readonly string[], values: unknown): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(toolPath('helm'), [...args, '--values', '-'], {
    input: JSON.stringify(values),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return { status, said: stdout + stderr };
}

const chart = fileURLToPath(CHART);
const TEMPLATE = ['template', 'perf-metrics', chart];
const nameOf = ({ path }: ValueKey): string => path.at(-1) ?? '';
/** The first and the last key of each depth. */
const ofEachDepth = [...Map.groupBy(keys, ({ path }) => path.length).values()].flatMap((members) => [
  ...new Set([members[0], members[members.length - 1]]),
]);

describe('the schema of the chart', () => {
  it('refuses every key when it is misspelt, and names it', () => {
    const admitted = keys.filter(
      (key) => !faults(misspelt(key)).some((fault) => fault.endsWith(`: ${nameOf(key)}x`)),
    );

    expect(keys.length).toBeGreaterThan(100);
    expect(admitted.map(({ path }) => path.join('.'))).toEqual([]);
  });

  it('refuses every value of another type', () => {
    const admitted = keys.filter((key) => faults(mistyped(key)).length === 0);

    expect(admitted.map(({ path }) => path.join('.'))).toEqual([]);
  });

  it('refuses to go without a key, but where Kubernetes or the program has a default', () => {
    const admitted = keys
      .filter((key) => faults(changed(key, (holder, name) => delete holder[name])).length === 0)
      .map(({ path }) => path.join('.'));

    expect(admitted.filter((path) => !/^rollout\.spec\.|\.resources\./.test(path))).toEqual([]);
  });
});

describe('helm', () => {
  it('takes the chart as it is, and what a parent chart adds', () => {
    expect(helm(TEMPLATE, {})).toMatchObject({ status: 0 });
    expect(helm(TEMPLATE, { global: { region: 'eu' }, enabled: true })).toMatchObject({ status: 0 });
  });

  it.each(ofEachDepth.map((key) => [key.path.join('.'), key] as const))(
    'stops at a misspelt %s and names it',
    (_path, key) => {
      const { status, said } = helm(TEMPLATE, misspelt(key));

      expect(status).not.toBe(0);
      expect(said).toContain(`additional properties '${nameOf(key)}x' not allowed`);
    },
  );

  it.each(ofEachDepth.map((key) => [key.path.join('.'), key] as const))(
    'stops at a value of another type of %s and names it',
    (_path, key) => {
      const { status, said } = helm(TEMPLATE, mistyped(key));

      expect(status).not.toBe(0);
      expect(said).toContain(`at '/${key.path.join('/')}'`);
    },
  );

  it.each([
    ['template', TEMPLATE],
    ['lint', ['lint', chart]],
    ['install', ['install', 'perf-metrics', chart, '--dry-run=client']],
  ])('%s says what is wrong: a key, a type, a choice, a range, all at once', (_command, args) => {
    const { status, said } = helm(args, {
      mod: 'operator',
      mode: 'both',
      fleet: { replicas: 'two', logLevel: 'loud' },
      targets: { port: 99_999 },
    });

    expect(status).not.toBe(0);
    expect(said).toContain("additional properties 'mod' not allowed");
    expect(said).toContain("at '/mode': value must be one of 'standalone', 'operator'");
    expect(said).toContain("at '/fleet/replicas': got string, want integer");
    expect(said).toContain("at '/fleet/logLevel': value must be one of");
    expect(said).toContain("at '/targets/port': maximum: got 99,999, want 65,535");
  });
});
