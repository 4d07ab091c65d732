import { execFileSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { identity, type Manifest, manifestsOf, withoutHelm } from '../../scripts/chart/manifests.ts';
import { toolPath } from '../support/tools.ts';

/** What `kubectl apply -k FOLDER` would apply; without the namespace unless asked for. */
export function kustomized(folder: string, { keepNamespaces = false } = {}): Manifest[] {
  const text = execFileSync(toolPath('kustomize'), ['build', folder], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const manifests = manifestsOf(text);
  return keepNamespaces ? manifests : manifests.map(withoutHelm);
}

/** The objects that are not the same on both sides, or stand on one alone; in which order they come means nothing. */
export function differing(some: readonly Manifest[], others: readonly Manifest[]): string[] {
  const [left, right] = [some, others].map(
    (all) => new Map(all.map((manifest) => [identity(manifest), manifest])),
  );
  const identities = new Set([...left.keys(), ...right.keys()]);
  return [...identities].filter((key) => !isDeepStrictEqual(left.get(key), right.get(key)));
}
