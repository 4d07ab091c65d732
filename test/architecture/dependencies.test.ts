import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, typescriptFiles } from './files.ts';
import { edgesOf, type Sources } from './law.ts';

interface Manifest {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** Packages imported, be it for their types, that an installed perf-metrics would not find. */
function undeclared(sources: Sources, manifest: Manifest): string[] {
  const { dependencies, optionalDependencies, peerDependencies } = manifest;
  const declared = new Set([
    ...Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }),
    ...builtinModules,
  ]);
  return edgesOf(sources)
    .filter(({ to, specifier }) => to === undefined && !specifier.startsWith('node:'))
    .filter(({ specifier }) => !declared.has(packageOf(specifier)))
    .map(({ from, specifier }) => `${from} imports ${specifier}`);
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

describe('what the npm package ships', () => {
  it('imports only Node.js and the declared dependencies', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
    const shipped = Object.entries(typescriptFiles('src')).filter(([path]) => !/^(demo|page)\//.test(path));
    expect(undeclared(Object.fromEntries(shipped), manifest)).toEqual([]);
  });
});

describe('the check of dependencies', () => {
  it.each([
    ["import 'node:fs'; import 'fs'; import './b.ts'", []],
    ["import { parse } from 'yaml'; import 'yaml/util'; import '@a/b/c'", []],
    ["import client from 'prom-client'", ['a.ts imports prom-client']],
    ["import type { Registry } from 'prom-client'", ['a.ts imports prom-client']],
    ["import '@a/c'", ['a.ts imports @a/c']],
  ])('judges %s', (source, expected) => {
    expect(
      undeclared({ 'a.ts': source }, { dependencies: { yaml: '1' }, peerDependencies: { '@a/b': '1' } }),
    ).toEqual(expected);
  });
});
