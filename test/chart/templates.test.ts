import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { identity } from '../../scripts/chart/manifests.ts';
import { toolPath } from '../support/tools.ts';
import { CHART, EVERYTHING, helm, named, podsOf, type Rendered, rendered, renderedText } from './render.ts';

const OPERATOR = { mode: 'operator', demo: { enabled: true } };
const VARIANTS = { defaults: {}, everything: EVERYTHING, operator: OPERATOR };
const WORKLOADS = ['fleet', 'prometheus', 'alertmanager', 'grafana'] as const;

function kinds(manifests: readonly Rendered[]): string[] {
  return [...new Set(manifests.map(({ kind }) => kind))].sort();
}

interface Job {
  readonly job_name: string;
  readonly relabel_configs: readonly object[];
  readonly kubernetes_sd_configs: readonly { readonly namespaces?: object }[];
}

function configText(values: object): string {
  return named(rendered(values), 'ConfigMap', 'perf-metrics-prometheus').data?.['prometheus.yml'] ?? '';
}

function jobsOf(values: object): readonly Job[] {
  return (parse(configText(values)) as { scrape_configs: Job[] }).scrape_configs;
}

describe.each(Object.entries(VARIANTS))('with values for %s', (_, values) => {
  it('passes helm lint --strict', () => {
    expect(helm(['lint', '--strict', CHART], values)).toContain('0 chart(s) failed');
  });

  it('renders the same every time, and no object twice', () => {
    expect(helm(['template', 'perf-metrics', CHART, '-n', 'metrics'], values)).toBe(renderedText(values));
    const identities = rendered(values).map(identity);
    expect(identities.filter((one, i) => identities.indexOf(one) !== i)).toEqual([]);
  });

  it('labels every object as the release’s, with its component', () => {
    for (const { kind, metadata } of rendered(values))
      expect({ kind, ...metadata }).toMatchObject({
        labels: {
          'app.kubernetes.io/instance': 'perf-metrics',
          'app.kubernetes.io/component': expect.stringMatching(/^\w+$/),
        },
      });
  });

  it.each(podsOf(rendered(values)).map((pod) => [pod.workload, pod] as const))(
    'keeps Pod Security restricted in %s',
    (_workload, { spec, containers }) => {
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const key of ['hostNetwork', 'hostPID', 'hostIPC']) expect(spec).not.toHaveProperty(key);
      const sources = (spec.volumes ?? []).flatMap((volume) =>
        Object.keys(volume).filter((key) => key !== 'name'),
      );
      const allowed = ['configMap', 'secret', 'emptyDir', 'projected', 'persistentVolumeClaim'];
      expect(sources.filter((source) => !allowed.includes(source))).toEqual([]);
      for (const container of containers) {
        expect(container).toMatchObject({
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: {
            requests: { cpu: expect.anything(), memory: expect.anything() },
            limits: { memory: expect.anything() },
          },
        });
        expect(container.securityContext).not.toHaveProperty('privileged');
      }
    },
  );

  it('renders for the oldest and the newest Kubernetes that it names', () => {
    for (const version of ['1.28.0', '1.35.0', '1.31.4-gke.100'])
      expect(rendered(values, ['--kube-version', version]).length).toBeGreaterThan(10);
    expect(() => rendered(values, ['--kube-version', '1.27.0'])).toThrow(/1\.28/);
  });
});

it('mounts a token of the service account into those containers alone that ask the API server', () => {
  const withToken = podsOf(rendered(EVERYTHING)).flatMap(({ workload, containers }) =>
    containers
      .filter(({ volumeMounts = [] }) =>
        volumeMounts.some(({ mountPath }) => mountPath.includes('serviceaccount')),
      )
      .map(({ name }) => `${workload}: ${name}`),
  );
  expect(withToken.sort()).toEqual([
    'Deployment/perf-metrics-fleet: fleet',
    'Deployment/perf-metrics-grafana: password',
    'StatefulSet/perf-metrics-prometheus: prometheus',
  ]);
  const given = { grafana: { admin: { existingSecret: 'own' } } };
  const [grafana] = podsOf(rendered(given)).filter(({ workload }) => workload.endsWith('-grafana'));
  expect(grafana?.spec.initContainers).toBeUndefined();
  expect(rendered(given).map(({ kind }) => kind)).not.toContain('Secret');
});

it('takes each image by repository and tag, or by its digest', () => {
  const images = (values: object) =>
    podsOf(rendered(values)).flatMap(({ containers }) => containers.map(({ image }) => image));
  expect([...new Set(images(EVERYTHING))].sort()).toEqual([
    expect.stringMatching(/^docker\.io\/grafana\/grafana:\d+\.\d+\.\d+$/),
    expect.stringMatching(/^docker\.io\/grafana\/k6:\d+\.\d+\.\d+$/),
    expect.stringMatching(/^perf-metrics:\d+\.\d+\.\d+$/),
    expect.stringMatching(/^quay\.io\/prometheus\/alertmanager:v\d+\.\d+\.\d+$/),
    expect.stringMatching(/^quay\.io\/prometheus\/prometheus:v\d+\.\d+\.\d+$/),
  ]);
  const digest = `sha256:${'0'.repeat(64)}`;
  const image = { repository: 'mirror.example.com/x', digest };
  const all = {
    demo: { enabled: true },
    loadtest: { enabled: true, image },
    image,
    prometheus: { image },
    alertmanager: { image },
    grafana: { image },
  };
  expect([...new Set(images(all))]).toEqual([`mirror.example.com/x@${digest}`]);
});

it.each(WORKLOADS)('passes on what pods of %s are to have', (workload) => {
  const knobs = {
    podLabels: { team: 'a', 'app.kubernetes.io/instance': 'not-mine' },
    podAnnotations: { note: 'b' },
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'dedicated', operator: 'Exists' }],
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }],
    priorityClassName: 'high',
  };
  const values = { [workload]: knobs, commonLabels: { cost: 'c' }, commonAnnotations: { owner: 'd' } };
  const all = rendered({ ...values, priorityClassName: 'low', imagePullSecrets: [{ name: 'pull' }] });
  for (const { metadata } of all)
    expect(metadata).toMatchObject({ labels: { cost: 'c' }, annotations: { owner: 'd' } });
  for (const pod of podsOf(all).filter(({ workload: name }) => !name.startsWith('Pod/'))) {
    const { podLabels, podAnnotations, ...spec } = knobs;
    expect(pod.metadata.labels).toMatchObject({ 'app.kubernetes.io/instance': 'perf-metrics', cost: 'c' });
    if (!pod.workload.endsWith(`-${workload}`)) {
      expect(pod.spec.priorityClassName).toBe('low');
      continue;
    }
    expect(pod.metadata.labels).toMatchObject({ team: podLabels.team });
    expect(pod.metadata.annotations).toMatchObject(podAnnotations);
    expect(pod.spec).toMatchObject({ ...spec, imagePullSecrets: [{ name: 'pull' }] });
  }
});

describe('in operator mode', () => {
  it('adds to the aggregation worker only what the Operator and its Grafana pick up', () => {
    const own = rendered({ mode: 'operator' });
    expect(podsOf(own).map(({ workload }) => workload)).toEqual([
      'Deployment/perf-metrics-fleet',
      'Pod/perf-metrics-test',
    ]);
    const others = own.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] !== 'fleet');
    const expected = ['ConfigMap', 'NetworkPolicy', 'Pod', 'PodMonitor', 'ServiceMonitor'];
    const rules = readdirSync(join(CHART, 'files')).includes('rules') ? ['PrometheusRule'] : [];
    expect(kinds(others)).toEqual([...expected, ...rules].sort());
  });

  it('gives monitors, rules and dashboards the labels that they are selected by', () => {
    const operator = {
      monitorLabels: { release: 'stack' },
      ruleLabels: { role: 'alerts' },
      dashboardAnnotations: { grafana_folder: 'perf' },
    };
    const of = (kind: string) => rendered({ mode: 'operator', operator }).filter((one) => one.kind === kind);
    for (const { metadata } of [...of('PodMonitor'), ...of('ServiceMonitor')])
      expect(metadata.labels).toMatchObject(operator.monitorLabels);
    for (const { metadata } of of('PrometheusRule')) {
      expect(metadata.labels).toMatchObject(operator.ruleLabels);
      expect(metadata.name).not.toContain('stack');
    }
    expect(of('ConfigMap')).toHaveLength(readdirSync(join(CHART, 'files/dashboards')).length);
    for (const { metadata } of of('ConfigMap')) {
      expect(metadata.labels).toMatchObject({ grafana_dashboard: '1' });
      expect(metadata.annotations).toMatchObject(operator.dashboardAnnotations);
    }
  });

  it('leaves the rules to another release, and says when that is needed', () => {
    const values = { mode: 'operator', operator: { rules: { enabled: false } } };
    expect(kinds(rendered(values))).not.toContain('PrometheusRule');
    expect(kinds(rendered(values))).toContain('PodMonitor');
    const notes = (more: object) =>
      helm(['install', 'perf-metrics', CHART, '-n', 'metrics', '--dry-run=client'], more).split('NOTES:')[1];
    expect(notes({ mode: 'operator' })).toContain('operator.rules.enabled=false for the others');
    expect(notes(values)).not.toContain('operator.rules.enabled');
  });

  it('names targets by the same relabelings as in standalone mode', () => {
    const monitors = rendered({ mode: 'operator' });
    const snake = (text: string) => text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const converted = (rules: readonly object[]) =>
      rules
        .map((rule) => Object.fromEntries(Object.entries(rule).map(([key, value]) => [snake(key), value])))
        .filter(({ action, target_label }) => action !== 'labeldrop' && target_label !== 'job');
    type Endpoint = { relabelings: object[] };
    const endpoints = (kind: string, name: string) =>
      named(monitors, kind, name).spec as { podMetricsEndpoints?: Endpoint[]; endpoints?: Endpoint[] };
    const jobs = jobsOf({});
    const of = (job: string) => jobs.find(({ job_name }) => job_name === job)?.relabel_configs;
    const [services] = endpoints('PodMonitor', 'perf-metrics-services').podMetricsEndpoints ?? [];
    expect(converted(services?.relabelings ?? [])).toEqual(of('perf-metrics'));
    const [fleet] = endpoints('ServiceMonitor', 'perf-metrics-fleet').endpoints ?? [];
    // The port is chosen by its name there.
    expect(converted(fleet?.relabelings ?? [])).toEqual(of('perf-metrics-fleet')?.slice(1));
  });
});

describe('Prometheus’ configuration', () => {
  it.each([
    ['defaults', {}],
    ['everything', EVERYTHING],
    ['all namespaces', { targets: { namespace: '*', selector: 'a=b,c/d=e', serviceLabel: 'x.y/z-1' } }],
    ['another namespace', { targets: { namespace: 'shop' } }],
    ['nothing but itself', { alertmanager: { enabled: false }, grafana: { enabled: false } }],
    ['remote write', { prometheus: { remoteWrite: [{ url: 'https://a.example.com/push' }] } }],
  ])('passes promtool with %s', (_, values) => {
    const directory = mkdtempSync(join(tmpdir(), 'perf-metrics-promtool-'));
    try {
      const file = join(directory, 'prometheus.yml');
      writeFileSync(file, configText(values));
      const output = execFileSync(toolPath('promtool'), ['check', 'config', '--lint=all', file], {
        encoding: 'utf8',
      });
      expect(output).toContain('is valid');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('finds pods in the namespace that targets.namespace says, and may list them there', () => {
    const granted = (values: object) =>
      rendered(values)
        .filter(({ kind, metadata }) => /Role$/.test(kind) && /prometheus/.test(metadata.name))
        .map(({ kind, metadata }) => [kind, metadata.namespace ?? 'the release’s']);
    const discovery = (values: object) => jobsOf(values)[0]?.kubernetes_sd_configs[0]?.namespaces;
    expect(discovery({})).toEqual({ own_namespace: true });
    expect(granted({})).toEqual([['Role', 'the release’s']]);
    expect(discovery({ targets: { namespace: 'shop' } })).toEqual({ names: ['shop'] });
    expect(granted({ targets: { namespace: 'shop' } }).sort()).toEqual([
      ['Role', 'shop'],
      ['Role', 'the release’s'],
    ]);
    expect(discovery({ targets: { namespace: '*' } })).toBeUndefined();
    expect(granted({ targets: { namespace: '*' } })).toEqual([['ClusterRole', 'the release’s']]);
  });
});

it('asks no pod that has not begun yet, or has ended', () => {
  for (const { relabel_configs } of jobsOf({}))
    expect(relabel_configs).toContainEqual({
      source_labels: ['__meta_kubernetes_pod_phase'],
      regex: 'Pending|Failed|Succeeded',
      action: 'drop',
    });
});

it('has rules about those components alone that it installs', () => {
  const files = (values: object) =>
    Object.keys(named(rendered(values), 'ConfigMap', 'perf-metrics-prometheus-rules').data ?? {});
  const all = readdirSync(join(CHART, 'files/rules')).sort();
  expect(all).toEqual(expect.arrayContaining(['stack-alertmanager.yaml', 'stack-grafana.yaml']));
  expect(files({}).sort()).toEqual(all);
  expect(files({ grafana: { enabled: false } }).sort()).toEqual(
    all.filter((file) => file !== 'stack-grafana.yaml'),
  );
  expect(files({ alertmanager: { enabled: false } }).sort()).toEqual(
    all.filter((file) => file !== 'stack-alertmanager.yaml'),
  );
});

it('keeps the rollout where the pods are that mount its options, and its state out of the chart', () => {
  const all = rendered({ rollout: { enabled: true }, targets: { namespace: 'shop' } });
  const parts = all.filter(({ metadata }) => metadata.name.startsWith('perf-metrics-rollout'));
  expect(parts.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual([
    'ConfigMap perf-metrics-rollout-options',
    'ConfigMap perf-metrics-rollout-spec',
    'ConfigMap perf-metrics-rollout-status',
    'Lease perf-metrics-rollout',
    'Role perf-metrics-rollout',
    'RoleBinding perf-metrics-rollout',
  ]);
  for (const { metadata, data, spec } of parts) {
    expect(metadata.namespace).toBe('shop');
    if (!metadata.name.endsWith('-spec')) expect([data, spec]).toEqual([undefined, undefined]);
  }
  expect(rendered().map(({ kind }) => kind)).not.toContain('Lease');
});

it('measures the demo at once, or as the rollout says where there is one', () => {
  const environment = (values: object) => {
    const [pod] = podsOf(rendered(values)).filter(({ workload }) => workload.endsWith('-demo'));
    return Object.fromEntries(pod?.containers[0]?.env?.map(({ name, value }) => [name, value]) ?? []);
  };
  expect(environment({ demo: { enabled: true } })).not.toHaveProperty('PERF_ENABLED');
  expect(environment(EVERYTHING)).toMatchObject({ PERF_ENABLED: 'false', DEMO_FAULTS: '1' });
});

it('leaves every volume when it is uninstalled, and makes none for one that exists', () => {
  const claims = rendered(EVERYTHING).filter(({ kind }) => kind === 'PersistentVolumeClaim');
  expect(claims.map(({ metadata }) => metadata.name)).toHaveLength(4);
  for (const { metadata } of claims)
    expect(metadata.annotations).toMatchObject({ 'helm.sh/resource-policy': 'keep' });
  const persistence = { enabled: true, existingClaim: 'mine' };
  const values = Object.fromEntries(WORKLOADS.map((name) => [name, { persistence }]));
  expect(kinds(rendered(values))).not.toContain('PersistentVolumeClaim');
  expect(renderedText(values).match(/claimName: mine/g)).toHaveLength(WORKLOADS.length);
});

it('starts Grafana with dashboards and datasources from the chart, and with the outside left alone', () => {
  const { data = {} } = named(rendered(), 'ConfigMap', 'perf-metrics-grafana');
  const home = /default_home_dashboard_path = (\S+)/.exec(data['grafana.ini'] ?? '')?.[1];
  const { providers } = parse(data['dashboards.yaml'] ?? '') as {
    providers: { options: { path: string } }[];
  };
  const files = readdirSync(join(CHART, 'files/dashboards'));
  expect(files.map((file) => join(providers[0]?.options.path ?? '', file))).toContain(home);
  const [grafana] = podsOf(rendered()).filter(({ workload }) => workload.endsWith('-grafana'));
  const mounts = grafana?.containers.at(-1)?.volumeMounts?.map(({ mountPath }) => mountPath);
  expect(mounts).toEqual(
    expect.arrayContaining([
      '/etc/grafana/grafana.ini',
      '/etc/grafana/provisioning/datasources/perf-metrics.yaml',
      '/etc/grafana/provisioning/dashboards/perf-metrics.yaml',
      providers[0]?.options.path,
    ]),
  );
  const { datasources } = parse(data['datasources.yaml'] ?? '') as { datasources: { uid: string }[] };
  expect(datasources.map(({ uid }) => uid)).toEqual(['perf-metrics-prometheus', 'perf-metrics-alertmanager']);
});

it('names objects within 63 characters, whatever the release is called', () => {
  const release = 'a'.repeat(53);
  const text = helm(['template', release, CHART, '-n', 'metrics'], EVERYTHING);
  const names = [...text.matchAll(/^ {2}name: (\S+)$/gm)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => name.length > 63)).toEqual([]);
});
