import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Manifest, manifestsOf } from '../../scripts/chart/manifests.ts';
import { toolPath } from '../support/tools.ts';

export const CHART = fileURLToPath(new URL('../../helm/perf-metrics', import.meta.url));

/** What helm prints when it is given these values; kept, since a rendering takes a moment. */
const texts = new Map<string, string>();

/** @throws Error with what helm complained about. */
export function helm(args: readonly string[], values: object = {}): string {
  try {
    return execFileSync(toolPath('helm'), [...args, '--values', '-'], {
      input: JSON.stringify(values),
      encoding: 'utf8',
      stdio: 'pipe',
      maxBuffer: 1 << 26,
    });
  } catch (error) {
    throw new Error((error as { stderr?: string }).stderr ?? String(error));
  }
}

/** Text of the objects of a release `perf-metrics` in the namespace `metrics`. */
export function renderedText(values: object = {}, options: readonly string[] = []): string {
  const key = JSON.stringify([values, options]);
  const text =
    texts.get(key) ?? helm(['template', 'perf-metrics', CHART, '-n', 'metrics', ...options], values);
  texts.set(key, text);
  return text;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly securityContext?: object;
  readonly resources?: { readonly requests?: object; readonly limits?: object };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface PodSpec {
  readonly [key: string]: unknown;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
}

export interface Rendered extends Manifest {
  readonly metadata: Metadata;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly template?: { readonly metadata: Metadata; readonly spec: PodSpec } };
  readonly rules?: readonly object[];
}

export function rendered(values: object = {}, options: readonly string[] = []): Rendered[] {
  return manifestsOf(renderedText(values, options)) as Rendered[];
}

export function named(manifests: readonly Rendered[], kind: string, name: string): Rendered {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

export interface Pod {
  /** Such as `Deployment/perf-metrics-fleet`. */
  readonly workload: string;
  readonly metadata: Metadata;
  readonly spec: PodSpec;
  /** Init containers among them. */
  readonly containers: readonly Container[];
}

/** The pods of Deployments, StatefulSets, Jobs and of `helm test`. */
export function podsOf(manifests: readonly Rendered[]): Pod[] {
  return manifests.flatMap(({ kind, metadata, spec }) => {
    const pod = kind === 'Pod' ? { metadata, spec: spec as unknown as PodSpec } : spec?.template;
    if (pod?.spec?.containers === undefined) return [];
    const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
    return [{ workload: `${kind}/${metadata.name}`, ...pod, containers }];
  });
}

/** Every part that can be switched on. */
export const EVERYTHING = {
  rollout: { enabled: true },
  demo: { enabled: true, faults: true },
  loadtest: { enabled: true },
  fleet: { token: { existingSecret: 'fleet-token' } },
  prometheus: { secrets: ['remote'], externalLabels: { cluster: 'a' } },
  grafana: { persistence: { enabled: true } },
  ingress: { enabled: true, hosts: { grafana: 'grafana.example.com', fleet: 'fleet.example.com' } },
  networkPolicy: { ingressFrom: [{ namespaceSelector: {} }] },
};
