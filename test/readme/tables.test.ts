import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { PAGES, withTables } from '../../scripts/readme-tables.ts';

it.each(PAGES.map((page) => [page.pathname.split('/').at(-1), page]))(
  'the tables of %s say what the sources say',
  async (_name, page) => {
    const text = await readFile(page as URL, 'utf8');

    expect(text).toContain('<!-- table: ');
    expect(text).toBe(withTables(text));
    expect(withTables(text.replace(/(<!-- table: \w+ -->\n)/, '$1stale '))).toBe(text);
  },
);
