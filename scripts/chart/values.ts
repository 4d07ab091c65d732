// Writes what of the chart derives from elsewhere: from its values.yaml the schema that Helm holds values against and the table of
// the README; from loadtest/ the scripts of k6. With --check it only says what is out of date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkDefaults } from './defaults-check.ts';
import { loadtestScripts } from './loadtest-scripts.ts';
import { OPTION_VALUES } from './option-schema.ts';
import { PROMETHEUS_VALUES } from './remote-write-schema.ts';
import { schemaOf } from './schema.ts';
import { readValues, ValuesError } from './values-file.ts';
import { valuesTable } from './values-table.ts';

export const CHART = new URL('../../helm/perf-metrics/', import.meta.url);

const BLOCK = /(<!-- table: values -->\n)[\s\S]*?(<!-- end -->)/;

export interface Generated {
  readonly file: string;
  readonly source: 'values.yaml' | 'loadtest/';
  readonly before: string;
  readonly after: string;
}

/**
 * The files that are generated, as they are and as they should be.
 *
 * @throws ValuesError saying what is wrong with values.yaml.
 */
export function generate(): Generated[] {
  const keys = readValues(read('values.yaml'));
  const schema = schemaOf(keys, { ...OPTION_VALUES, ...PROMETHEUS_VALUES });
  checkDefaults(keys, schema);
  const readme = read('README.md');
  if (!BLOCK.test(readme))
    throw new ValuesError(['README.md: there is no line <!-- table: values --> with <!-- end --> below it']);
  return [
    {
      file: 'values.schema.json',
      source: 'values.yaml',
      before: read('values.schema.json'),
      after: `${JSON.stringify(schema, null, 2)}\n`,
    },
    {
      file: 'README.md',
      source: 'values.yaml',
      before: readme,
      after: readme.replace(
        BLOCK,
        (_, begin: string, end: string) => `${begin}\n${valuesTable(keys, schema)}\n\n${end}`,
      ),
    },
    ...loadtestScripts().map(([file, after]) => ({
      file,
      source: 'loadtest/' as const,
      before: read(file),
      after,
    })),
  ];
}

/** A file of the chart; empty when there is none. */
function read(file: string): string {
  try {
    return readFileSync(new URL(file, CHART), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

if (import.meta.main) {
  try {
    for (const { file, source, before, after } of generate()) {
      if (before === after) continue;
      if (process.argv.includes('--check')) {
        console.error(`helm/perf-metrics/${file} is not what ${source} says; run: make chart`);
        process.exitCode = 1;
      } else {
        const path = fileURLToPath(new URL(file, CHART));
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, after);
      }
    }
  } catch (error) {
    if (!(error instanceof ValuesError)) throw error;
    for (const fault of error.faults) console.error(`helm/perf-metrics/values.yaml: ${fault}`);
    process.exitCode = 1;
  }
}
