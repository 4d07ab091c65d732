// Rewrites the tables of README.md and docs/ that derive from src; with --check it only says whether they are up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { flagOf } from '../src/commands/fleet.ts';
import { FAMILIES, type FamilySpec } from '../src/contract/families.ts';
import { FLEET_FAMILIES, ROLLOUT_FAMILIES } from '../src/contract/fleet-families.ts';
import { FLEET_OPTION_KEYS, FLEET_OPTIONS, fleetEnvironmentName } from '../src/contract/fleet-options.ts';
import type { OptionSpec } from '../src/contract/option-table.ts';
import { environmentName, OPTION_KEYS, OPTIONS } from '../src/contract/options.ts';
import { SPEC_TABLES } from '../src/rollout/plan/spec-tables.ts';

export const PAGES = ['README.md', 'docs/fleet.md', 'docs/rollout.md'].map(
  (path) => new URL(`../${path}`, import.meta.url),
);

const tables: Readonly<Record<string, () => string>> = {
  options: () =>
    table(
      ['option', 'environment', 'default', 'range', 'file', ''],
      OPTION_KEYS.map((key) => {
        const spec: OptionSpec & { readonly live: boolean } = OPTIONS[key];
        return [
          code(key),
          code(environmentName(key)),
          code(JSON.stringify(spec.default)),
          range(spec),
          spec.live ? 'yes' : '',
          spec.text,
        ];
      }),
    ),
  families: () => families(FAMILIES),
  fleet_options: () =>
    table(
      ['flag', 'environment', 'default', 'range', ''],
      FLEET_OPTION_KEYS.map((key) => {
        const spec: OptionSpec = FLEET_OPTIONS[key];
        return [
          code(`--${flagOf(key)}`),
          code(fleetEnvironmentName(key)),
          code(JSON.stringify(spec.default)),
          range(spec),
          spec.text,
        ];
      }),
    ),
  fleet_families: () => families(FLEET_FAMILIES),
  rollout_families: () => families(ROLLOUT_FAMILIES),
  rollout_spec: () =>
    table(
      ['key', 'default', 'range', ''],
      Object.entries<Readonly<Record<string, OptionSpec>>>(SPEC_TABLES).flatMap(([part, specs]) =>
        Object.entries(specs).map(([key, spec]) => {
          const isList = part === 'steps' || part === 'gates.queries';
          const path = [part === '' ? [] : `${part}${isList ? '[]' : ''}`, key].flat().join('.');
          return [code(path), isList ? '' : code(JSON.stringify(spec.default)), range(spec), spec.text];
        }),
      ),
    ),
};

function families(specs: Readonly<Record<string, FamilySpec>>): string {
  return table(
    ['family', 'type', 'labels', ''],
    Object.values(specs).map(({ name, type, labels, help }) => [
      code(name),
      type,
      labels.map(code).join(' '),
      help,
    ]),
  );
}

function range({ type, min, max, powerOfTwo, oneOf, matches }: OptionSpec): string {
  if (type === 'boolean') return 'true, false';
  if (oneOf !== undefined) return oneOf.join(', ');
  if (matches !== undefined) return matches.text;
  if (type === 'string' || type === 'list') return '';
  if (max === Number.MAX_VALUE) return 'any';
  if (max === Number.MAX_SAFE_INTEGER) return `from ${min}`;
  return `${min} to ${max}${powerOfTwo ? ', a power of two' : ''}`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |');
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The text with every `<!-- table: NAME -->` block filled in. */
export function withTables(text: string): string {
  return text.replace(
    /(<!-- table: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      const make = tables[name];
      if (make === undefined)
        throw new Error(`a page asks for a table ${name}; there are ${Object.keys(tables).join(', ')}`);
      return `${begin}${make()}\n${end}`;
    },
  );
}

if (import.meta.main) {
  for (const page of PAGES) {
    const before = readFileSync(page, 'utf8');
    const after = withTables(before);
    if (before === after) continue;
    if (process.argv.includes('--check')) {
      console.error(`${page.pathname}: the tables are out of date; run: node scripts/readme-tables.ts`);
      process.exitCode = 1;
    } else writeFileSync(page, after);
  }
}
