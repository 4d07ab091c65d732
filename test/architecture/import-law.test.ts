import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, typescriptFiles } from './files.ts';
import { cycles, deadFiles, ENTRY_POINTS, LAYERS, lawViolations } from './law.ts';

const sources = typescriptFiles('src');

describe('the sources', () => {
  it('import leftwards only', () => {
    expect(lawViolations(sources)).toEqual([]);
  });

  it('have no import cycle, types included', () => {
    expect(cycles(sources)).toEqual([]);
  });

  it('are all reached from an entry point', () => {
    expect(deadFiles(sources)).toEqual([]);
  });
});

describe('the import law', () => {
  it('stands in CONTRIBUTING.md as it is enforced', () => {
    const written = LAYERS.map((layer) => layer.join(', ')).join(' ← ');
    expect(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')).toContain(written);
  });

  const contract = { 'contract/a.ts': 'export const a = 1; export type A = 1;' };
  const from = (file: string, source: string, others = {}) =>
    lawViolations({ ...contract, ...others, [file]: source });

  it.each([
    ['an import to the left', 'sketch/b.ts', "import { a } from '../contract/a.ts';"],
    ['an import over several layers', 'index.ts', "export * from './contract/a.ts';"],
    ['a neighbour in the same folder', 'contract/b.ts', "import { a } from './a.ts';"],
    ['a Node module and a package', 'record/b.ts', "import 'node:fs'; import { parse } from 'yaml';"],
    [
      'an import that is only a comment or a string',
      'contract/b.ts',
      `// import '../record/x.ts'\n"import '../y.ts'"`,
    ],
    ['a type of contract in the page', 'page/page.ts', "import type { A } from '../contract/a.ts';"],
    ['inline types of contract in the page', 'page/page.ts', "import { type A } from '../contract/a.ts';"],
    ['uplot in the page', 'page/page.ts', "import uPlot from 'uplot';"],
    ['a worker named by its address', 'record/b.ts', "new URL('../worker.js', import.meta.url);"],
  ])('admits %s', (_what, file, source) => {
    expect(from(file, source)).toEqual([]);
  });

  it('admits the demo as a user of the public API', () => {
    expect(from('demo/main.ts', "import '../index.ts';", { 'index.ts': '' })).toEqual([]);
  });

  const record = { 'record/r.ts': 'export type R = 1;', 'index.ts': '' };
  it.each([
    ['an import to the right', 'contract/b.ts', "import '../record/r.ts';"],
    ['a type from the right', 'sketch/b.ts', "import type { R } from '../record/r.ts';"],
    ['an inline type from the right', 'sketch/b.ts', "const r: import('../record/r.ts').R = 1;"],
    ['a re-export from the right', 'sketch/b.ts', "export * from '../record/r.ts';"],
    ['a named re-export from the right', 'sketch/b.ts', "export { R } from '../record/r.ts';"],
    ['a dynamic import from the right', 'sketch/b.ts', "await import('../record/r.ts');"],
    ['a folder within the same braces', 'aggregate/b.ts', "import '../record/r.ts';"],
    ['an entry point by another', 'cli.ts', "import './index.ts';"],
    ['the public API by a part of it', 'export/b.ts', "import '../index.ts';"],
    ['a value of contract in the page', 'page/page.ts', "import { a } from '../contract/a.ts';"],
    ['a half-typed import in the page', 'page/page.ts', "import { type A, a } from '../contract/a.ts';"],
    ['a bare import of contract in the page', 'page/page.ts', "import '../contract/a.ts';"],
    ['any other folder in the page', 'page/page.ts', "import type { R } from '../record/r.ts';"],
    ['a Node module in the page', 'page/page.ts', "import 'node:fs';"],
    ['a file that is not there', 'sketch/b.ts', "import '../contract/gone.ts';"],
    ['a folder that the law does not name', 'stuff/b.ts', "import '../contract/a.ts';"],
  ])('forbids %s', (_what, file, source) => {
    expect(from(file, source, record)).toHaveLength(1);
  });

  it('refuses an import whose name is computed', () => {
    expect(() => from('sketch/b.ts', 'await import(name);')).toThrow('computed');
  });
});

describe('the search for cycles', () => {
  it('names the files of a cycle once', () => {
    const ring = {
      'a.ts': "import './b.ts'",
      'b.ts': "import type { C } from './c.ts'",
      'c.ts': "import './a.ts'",
    };
    expect(cycles(ring)).toEqual(['a.ts -> b.ts -> c.ts -> a.ts']);
  });

  it('finds a file that imports itself', () => {
    expect(cycles({ 'a.ts': "import './a.ts'" })).toEqual(['a.ts -> a.ts']);
  });

  it('takes two ways to the same file for no cycle', () => {
    const diamond = { 'a.ts': "import './b.ts'; import './c.ts'", 'b.ts': "import './c.ts'", 'c.ts': '' };
    expect(cycles(diamond)).toEqual([]);
  });
});

describe('the search for dead files', () => {
  it('names what is reached only from dead files', () => {
    const files = { 'index.ts': "import './a.ts'", 'a.ts': '', 'b.ts': "import './c.ts'", 'c.ts': '' };
    expect(deadFiles(files, ['index.ts'])).toEqual(['b.ts', 'c.ts']);
  });

  it('follows types and addresses', () => {
    const files = {
      'index.ts': "import type { A } from './a.ts'; new Worker(new URL('./b.js', import.meta.url))",
      'a.ts': '',
      'b.ts': '',
    };
    expect(deadFiles(files, ['index.ts'])).toEqual([]);
  });

  it('misses an entry point that is gone', () => {
    expect(deadFiles({}, ENTRY_POINTS)).toHaveLength(ENTRY_POINTS.length);
  });
});
