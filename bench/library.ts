import { existsSync } from 'node:fs';

const BUILT = new URL(process.env.BENCH_DIST ?? '../dist/', import.meta.url);
const SOURCES = new URL('../src/', import.meta.url);

export const isBuilt = existsSync(new URL('index.js', BUILT));

/**
 * A module of the library as its users get it: from dist/. There the worker thread runs plain JavaScript, so that its
 * memory and CPU time hold no type stripping. Lacking a build, the sources.
 */
export function libraryModule<Module>(path: string): Promise<Module> {
  return import((isBuilt ? new URL(`${path}.js`, BUILT) : new URL(`${path}.ts`, SOURCES)).href);
}

export function library(): Promise<typeof import('../src/index.ts')> {
  return libraryModule('index');
}
