import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './files.ts';

interface LockedPackage {
  version?: string;
  integrity?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

type Lockfile = Record<string, LockedPackage>;

/** What would make `npm ci` fail, or pass only on the machine that wrote the lock file. */
function faults(packages: Lockfile): string[] {
  return Object.entries(packages).flatMap(
    ([path, { version, integrity, resolved, optionalDependencies }]) => [
      ...(path !== '' && !(version && integrity) ? [`${path} has no version or no integrity`] : []),
      ...(resolved ? [`${path} names a registry's host`] : []),
      ...Object.keys(optionalDependencies ?? {})
        .filter((name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`])
        .map((name) => `${path} lacks ${name}, which another platform needs`),
    ],
  );
}

describe('package-lock.json', () => {
  it('is complete for every platform and names no host', () => {
    expect(faults(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages)).toEqual([]);
  });
});

describe('the check of the lock file', () => {
  const locked = { version: '1.0.0', integrity: 'sha512-x' };
  it.each<[string, Lockfile, number]>([
    ['admits a locked package', { '': {}, 'node_modules/a': locked }, 0],
    ['misses an integrity', { 'node_modules/a': { version: '1.0.0' } }, 1],
    ['misses a version', { 'node_modules/a': { integrity: 'sha512-x' } }, 1],
    ['finds a host', { 'node_modules/a': { ...locked, resolved: 'https://host/a.tgz' } }, 1],
    [
      'misses a platform',
      { 'node_modules/a': { ...locked, optionalDependencies: { 'a-darwin': '1.0.0' } } },
      1,
    ],
  ])('%s', (_what, packages, count) => {
    expect(faults(packages)).toHaveLength(count);
  });
});
