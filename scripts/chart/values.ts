// Writes what derives from helm/perf-metrics/values.yaml: the schema that Helm holds values against, and the table of the
// chart's README. With --check it only says what is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { checkDefaults } from './defaults-check.ts';
import { OPTION_VALUES } from './option-schema.ts';
import { PROMETHEUS_VALUES } from './remote-write-schema.ts';
import { schemaOf } from './schema.ts';
import { readValues, ValuesError } from './values-file.ts';
import { valuesTable } from './values-table.ts';

export const CHART = new URL('../../helm/perf-metrics/', import.meta.url);

const BLOCK = /(<!-- table: values -->\n)[\s\S]*?(<!-- end -->)/;

export interface Generated {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/**
 * The files that derive from values.yaml, as they are and as they should be.
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
      before: read('values.schema.json'),
      after: `${JSON.stringify(schema, null, 2)}\n`,
    },
    {
      file: 'README.md',
      before: readme,
      after: readme.replace(
        BLOCK,
        (_, begin: string, end: string) => `${begin}\n${valuesTable(keys, schema)}\n\n${end}`,
      ),
    },
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
    for (const { file, before, after } of generate()) {
      if (before === after) continue;
      if (process.argv.includes('--check')) {
        console.error(`helm/perf-metrics/${file} is not what values.yaml says; run: make chart`);
        process.exitCode = 1;
      } else writeFileSync(new URL(file, CHART), after);
    }
  } catch (error) {
    if (!(error instanceof ValuesError)) throw error;
    for (const fault of error.faults) console.error(`helm/perf-metrics/values.yaml: ${fault}`);
    process.exitCode = 1;
  }
}
