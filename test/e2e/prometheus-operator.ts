import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { kubectl, kubectlApply, runProgram } from './cluster.ts';

const MODULE = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';
const CRD = /^kind: CustomResourceDefinition$/m;

interface Manifest {
  readonly kind: string;
  metadata: { name: string; namespace?: string };
  roleRef?: { name: string };
  subjects?: { namespace: string }[];
  spec?: { template: { spec: { containers: { args: string[]; resources: object }[] } } };
}

/** Takes away what `installOperator` brought to the cluster outside of the namespace. */
export type Uninstall = () => Promise<void>;

/** The Prometheus Operator of its own bundle, for one namespace. CRDs that are there already stay as they are. */
export async function installOperator(namespace: string): Promise<Uninstall> {
  const { Dir: folder } = JSON.parse(await runProgram('go', ['mod', 'download', '-json', MODULE])) as {
    Dir: string;
  };
  const documents = (await readFile(join(folder, 'bundle.yaml'), 'utf8')).split(/^---\n/m);
  const crds = documents.filter((text) => CRD.test(text)).map((text) => ({ name: nameOf(text), text }));
  const present = (await kubectl('get', 'crds', '-o', 'name')).split('\n');
  const missing = crds.filter(
    ({ name }) => !present.includes(`customresourcedefinition.apiextensions.k8s.io/${name}`),
  );
  // On the server, since they are too large for the annotation that kubectl keeps otherwise.
  if (missing.length > 0) {
    await kubectlApply('default', missing.map(({ text }) => text).join('---\n'), '--server-side');
    const names = missing.map(({ name }) => `crd/${name}`);
    await kubectl('wait', '--for=condition=Established', ...names, '--timeout=60s');
  }
  const objects = documents
    .filter((text) => text.trim() !== '' && !CRD.test(text))
    .map((text) => inNamespace(parse(text) as Manifest, namespace));
  await kubectlApply(namespace, { apiVersion: 'v1', kind: 'List', items: objects });
  await kubectl('-n', namespace, 'rollout', 'status', 'deployment/prometheus-operator', '--timeout=120s');
  return async () => {
    const clusterWide = objects.filter(({ metadata }) => metadata.namespace === undefined);
    const names = [
      ...clusterWide.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
      ...missing.map(({ name }) => `crd/${name}`),
    ];
    await kubectl('delete', '--ignore-not-found', ...names);
  };
}

function nameOf(text: string): string {
  return /^ {2}name: (\S+)$/m.exec(text)?.[1] ?? '';
}

/** Cluster-wide objects get a name of their own, since the cluster may have an Operator already. */
function inNamespace(manifest: Manifest, namespace: string): Manifest {
  if (manifest.metadata.namespace === undefined) manifest.metadata.name += `-${namespace}`;
  else manifest.metadata.namespace = namespace;
  if (manifest.roleRef !== undefined) manifest.roleRef.name += `-${namespace}`;
  for (const subject of manifest.subjects ?? []) subject.namespace = namespace;
  for (const container of manifest.spec?.template?.spec.containers ?? []) {
    container.args.push(`--namespaces=${namespace}`);
    // Its fifth of a core would make it late on a busy machine.
    container.resources = {};
  }
  return manifest;
}

const RESTRICTED = {
  runAsNonRoot: true,
  runAsUser: 65534,
  runAsGroup: 65534,
  fsGroup: 65534,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** What a platform team has: a Prometheus and an Alertmanager that take every monitor and rule of the namespace. */
export function stack(
  namespace: string,
  images: { prometheus: string; alertmanager: string },
  webhook: string,
) {
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'prometheus' },
    rules: [
      { apiGroups: [''], resources: ['services', 'endpoints', 'pods'], verbs: ['get', 'list', 'watch'] },
    ],
  };
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'prometheus' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'prometheus' },
    subjects: [{ kind: 'ServiceAccount', name: 'prometheus', namespace }],
  };
  const prometheus = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'Prometheus',
    metadata: { name: 'platform' },
    spec: {
      image: images.prometheus,
      version: images.prometheus.split(':').at(-1),
      serviceAccountName: 'prometheus',
      securityContext: RESTRICTED,
      evaluationInterval: '5s',
      podMonitorSelector: {},
      serviceMonitorSelector: {},
      ruleSelector: {},
      alerting: { alertmanagers: [{ namespace, name: 'alertmanager-operated', port: 'web' }] },
    },
  };
  const alertmanager = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'Alertmanager',
    metadata: { name: 'platform' },
    spec: {
      image: images.alertmanager,
      version: images.alertmanager.split(':').at(-1),
      configSecret: 'alertmanager-config',
      securityContext: RESTRICTED,
    },
  };
  const config = {
    route: { receiver: 'webhook', group_by: ['alertname', 'event'], group_wait: '1s', group_interval: '5s' },
    receivers: [{ name: 'webhook', webhook_configs: [{ url: webhook }] }],
  };
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'prometheus' } },
    role,
    binding,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'alertmanager-config' },
      stringData: { 'alertmanager.yaml': JSON.stringify(config) },
    },
    prometheus,
    alertmanager,
  ];
  return { apiVersion: 'v1', kind: 'List', items };
}
