// Rewrites the tables of README.md that derive from src/contract; with --check it only says whether they are up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { FAMILIES, type FamilySpec } from '../src/contract/families.ts';
import { environmentName, OPTION_KEYS, OPTIONS, type OptionSpec } from '../src/contract/options.ts';

const README = new URL('../README.md', import.meta.url);

const tables: Readonly<Record<string, () => string>> = {
  options: () =>
    table(
      ['option', 'environment', 'default', 'range', 'file', ''],
      OPTION_KEYS.map((key) => {
        const spec: OptionSpec = OPTIONS[key];
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
  families: () =>
    table(
      ['family', 'type', 'labels', ''],
      Object.values<FamilySpec>(FAMILIES).map(({ name, type, labels, help }) => [
        code(name),
        type,
        labels.map(code).join(' '),
        help,
      ]),
    ),
};

function range({ type, min, max, powerOfTwo }: OptionSpec): string {
  if (type === 'boolean') return 'true, false';
  if (type === 'string') return '';
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
        throw new Error(`README.md asks for a table ${name}; there are ${Object.keys(tables).join(', ')}`);
      return `${begin}${make()}\n${end}`;
    },
  );
}

if (import.meta.main) {
  const before = readFileSync(README, 'utf8');
  const after = withTables(before);
  if (process.argv.includes('--check')) {
    if (before !== after) {
      console.error('README.md: the generated tables are out of date; run: node scripts/readme-tables.ts');
      process.exitCode = 1;
    }
  } else if (before !== after) writeFileSync(README, after);
}
