import { stringify } from 'yaml';
import { difference, type Operation } from './json-patch.ts';
import { componentOf, identity, type Manifest, NAMESPACE } from './manifests.ts';

/** Files of a folder, by name. */
export type Files = Readonly<Record<string, string>>;

const HEAD = {
  apiVersion: 'kustomize.config.k8s.io/v1beta1',
  kind: 'Kustomization',
  namespace: NAMESPACE,
};

/** A folder that holds these objects: a file for each component. */
export function baseFiles(manifests: readonly Manifest[], about: string): Files {
  const components = Map.groupBy(manifests, componentOf);
  const files = [...components].map(([name, members]) => [`${name}.yaml`, documents(members)] as const);
  files.sort(([a], [b]) => (a < b ? -1 : 1));
  const resources = files.map(([name]) => name);
  return { ...Object.fromEntries(files), 'kustomization.yaml': about + toYaml({ ...HEAD, resources }) };
}

/** A folder that turns what the base holds into these objects. */
export function overlayFiles(base: readonly Manifest[], wanted: readonly Manifest[], about: string): Files {
  const before = new Map(base.map((manifest) => [identity(manifest), manifest]));
  const after = new Map(wanted.map((manifest) => [identity(manifest), manifest]));
  const added = wanted.filter((manifest) => !before.has(identity(manifest)));
  const patches = base.flatMap((manifest) => {
    const { apiVersion, kind, metadata } = manifest;
    const target = { ...groupAndVersion(apiVersion), kind, name: metadata.name };
    const other = after.get(identity(manifest));
    if (other === undefined)
      return [
        { target, patch: toYaml({ $patch: 'delete', apiVersion, kind, metadata: { name: metadata.name } }) },
      ];
    const operations = difference(manifest, other);
    return operations.length === 0 ? [] : [{ target, patch: toYaml(operations.map(operationLast)) }];
  });
  const extra = added.length === 0 ? {} : { 'extra.yaml': documents(added) };
  const kustomization = {
    ...HEAD,
    resources: ['../../base', ...Object.keys(extra)],
    ...(patches.length > 0 && { patches }),
  };
  return { ...extra, 'kustomization.yaml': about + toYaml(kustomization) };
}

/** Kustomize trims a patch: were a text the last thing in it, the line break at its end would be lost. */
function operationLast({ op, ...pathAndValue }: Operation): Operation {
  return { ...pathAndValue, op };
}

function groupAndVersion(apiVersion: string): { group?: string; version: string } {
  const [version, group] = apiVersion.split('/').reverse();
  return group === undefined ? { version } : { group, version };
}

function documents(manifests: readonly Manifest[]): string {
  return manifests.map(toYaml).join('---\n');
}

function toYaml(value: unknown): string {
  // Kubernetes reads YAML 1.1, in which `on` and 1_000 are no texts.
  return stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}
