import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CHART, generate } from '../../scripts/chart/values.ts';
import { allKeys, readValues } from '../../scripts/chart/values-file.ts';

it.each(generate().map(({ file, ...texts }) => [file, texts] as const))(
  '%s is what `make chart` writes',
  (_file, { before, after }) => {
    expect(before).toBe(after);
  },
);

it('the table of the README has a row for every key', () => {
  const readme = readFileSync(new URL('README.md', CHART), 'utf8');
  const keys = allKeys(readValues(readFileSync(new URL('values.yaml', CHART), 'utf8')));
  const [, table = ''] = readme.split('<!-- table: values -->');
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));

  expect(rows.map((line) => /^\| `([^`]+)`/.exec(line)?.[1])).toEqual(keys.map(({ path }) => path.join('.')));
});
