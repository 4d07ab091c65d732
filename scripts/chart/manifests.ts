import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments, type ScalarTag } from 'yaml';
import { ensure } from '../tools/install.ts';
import { CHART } from './values.ts';

/** Where the objects are, unless whoever applies them says otherwise. */
export const NAMESPACE = 'perf-metrics';
const RELEASE = 'perf-metrics';

/** A Kubernetes object. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

/** What only Helm looks at. Their values would be wrong beside it. */
const OF_HELM = /^(helm\.sh\/.*|meta\.helm\.sh\/.*|app\.kubernetes\.io\/managed-by)$/;

/** What the chart renders with a file of values (its own without), but for hooks and what serves `helm test`. */
export function renderChart(valuesFile?: string): Manifest[] {
  const values = valuesFile === undefined ? [] : ['--values', valuesFile];
  const args = [
    'template',
    RELEASE,
    fileURLToPath(CHART),
    '--namespace',
    NAMESPACE,
    '--no-hooks',
    '--skip-tests',
  ];
  const text = execFileSync(ensure('helm'), [...args, ...values], { encoding: 'utf8', maxBuffer: 1 << 26 });
  return manifestsOf(text).filter((manifest) => componentOf(manifest) !== 'test');
}

/** The part of the installation that an object belongs to. */
export function componentOf({ metadata }: Manifest): string {
  return metadata.labels?.['app.kubernetes.io/component'] ?? 'shared';
}

/** YAML 1.1's octal numbers, such as the mode 0440, which Kubernetes still reads. */
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};

/** The objects of a stream of YAML documents, as Kubernetes reads it. */
export function manifestsOf(text: string): Manifest[] {
  return parseAllDocuments(text, { customTags: (tags) => [octal, ...tags] })
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** A manifest without what is Helm's, and without the namespace: Kustomize fills in the one that it is applied to. */
export function withoutHelm(manifest: Manifest): Manifest {
  return withoutNamespace(withoutLabels(manifest)) as Manifest;
}

function withoutLabels(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutLabels);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      if (key !== 'labels' && key !== 'annotations') return [[key, withoutLabels(item)]];
      const kept = Object.entries((item ?? {}) as object).filter(([name]) => !OF_HELM.test(name));
      return kept.length > 0 ? [[key, Object.fromEntries(kept)]] : [];
    }),
  );
}

interface Place {
  readonly namespace?: string;
}

function withoutNamespace(manifest: unknown): unknown {
  const leave = ({ namespace, ...kept }: Place): Place =>
    namespace === undefined || namespace === NAMESPACE ? kept : { namespace, ...kept };
  return Object.fromEntries(
    Object.entries(manifest as object).map(([key, value]) => {
      if (key === 'metadata') return [key, leave(value as Place)];
      return [key, key === 'subjects' ? (value as Place[]).map(leave) : value];
    }),
  );
}

/** Tells one object from another within a namespace. */
export function identity({ apiVersion, kind, metadata }: Manifest): string {
  return `${apiVersion.replace(/\/?v\w+$/, '')}/${kind}/${metadata.name}`;
}
