import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { withTables } from '../../scripts/readme-tables.ts';

it("the README's tables of options and metrics say what src/contract says", async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');

  expect(readme).toBe(withTables(readme));
  expect(withTables(readme.replace('`samplingRate`', '`sampleRate`'))).toBe(readme);
});
