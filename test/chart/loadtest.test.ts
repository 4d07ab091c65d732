import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadtestScripts } from '../../scripts/chart/loadtest-scripts.ts';
import { TOOLS } from '../../scripts/tools/catalogue.ts';
import { CHART, named, type Pod, podsOf, type Rendered, rendered } from './render.ts';

const JOB = 'perf-metrics-loadtest-1';
const AT_DEMO = { demo: { enabled: true }, loadtest: { enabled: true } };
const AT_SHOP = { loadtest: { enabled: true, target: 'https://shop.example.com:8443' } };

function withLoadtest(loadtest: object): object {
  return { ...AT_DEMO, loadtest: { enabled: true, ...loadtest } };
}

function podOf(manifests: readonly Rendered[], workload: string): Pod {
  const pod = podsOf(manifests).find((one) => one.workload === workload);
  if (pod === undefined) throw new Error(`there is no ${workload}`);
  return pod;
}

function environmentOf({ containers }: Pod, container = containers.at(-1)): Record<string, string> {
  return Object.fromEntries(container?.env?.map(({ name, value = '' }) => [name, value]) ?? []);
}

const pod = (values: object): Pod => podOf(rendered(values), `Job/${JOB}`);
const environment = (values: object): Record<string, string> => environmentOf(pod(values));

interface ScriptOptions {
  readonly scenarios: { readonly candles: { readonly rate: number; readonly duration: string } };
  readonly thresholds: Readonly<Record<string, readonly string[]>>;
}

/** What the script asks of k6 in such an environment. */
function scriptOptions(variables: Readonly<Record<string, string>>): ScriptOptions {
  const script = `import { overhead } from './options.js'; console.log(JSON.stringify(overhead));`;
  const text = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: `${CHART}/files/loadtest`,
    env: { ...variables },
    encoding: 'utf8',
  });
  return JSON.parse(text) as ScriptOptions;
}

interface Policy {
  readonly ingress: readonly { readonly ports: readonly object[]; readonly from?: readonly object[] }[];
  readonly egress: readonly { readonly ports?: readonly object[]; readonly to?: readonly object[] }[];
}

function policy(values: object, component: string): Policy {
  return named(rendered(values), 'NetworkPolicy', `perf-metrics-${component}`).spec as unknown as Policy;
}

function podsWith(component: string): object {
  const matchLabels = {
    'app.kubernetes.io/instance': 'perf-metrics',
    'app.kubernetes.io/component': component,
  };
  return { podSelector: { matchLabels } };
}

describe('the load test of the chart', () => {
  it('is there only where it is asked for', () => {
    const names = rendered({ demo: { enabled: true } }).map(({ metadata }) => metadata.name);
    expect(names.filter((name) => name.includes('loadtest'))).toEqual([]);
  });

  it('aims at the demo, or at the service that is named, from the wait on', () => {
    for (const [values, target] of [
      [AT_DEMO, 'http://perf-metrics-demo:8080'],
      [AT_SHOP, 'https://shop.example.com:8443'],
      [{ ...AT_SHOP, demo: { enabled: true } }, 'https://shop.example.com:8443'],
    ] as const) {
      const { containers } = pod(values);
      expect(containers.map(({ name }) => name)).toEqual(['wait', 'k6']);
      for (const container of containers)
        expect(environmentOf(pod(values), container)).toMatchObject({ K6_TARGET: target });
    }
  });

  it('mounts the scripts of loadtest/, and whatever they import', () => {
    const manifests = rendered(AT_DEMO);
    const { data = {} } = named(manifests, 'ConfigMap', 'perf-metrics-loadtest');
    const originals = loadtestScripts().map(([file]) => file.split('/').at(-1) ?? '');
    expect(Object.keys(data).sort()).toEqual([...originals].sort());
    for (const [name, text] of Object.entries(data)) {
      const original = fileURLToPath(new URL(`../../loadtest/${name}`, import.meta.url));
      expect(text, name).toBe(readFileSync(original, 'utf8'));
      for (const [, imported] of text.matchAll(/from '\.\/(.+)'/g))
        expect(data).toHaveProperty([`${imported}`]);
    }
    const { containers, spec } = podOf(manifests, `Job/${JOB}`);
    expect(spec.volumes).toEqual([{ name: 'scripts', configMap: { name: 'perf-metrics-loadtest' } }]);
    for (const { args = [], volumeMounts = [] } of containers) {
      const [folder = '', name = ''] = (args.at(-1) ?? '').split(/\/(?=[^/]+$)/);
      expect(volumeMounts.map(({ mountPath }) => mountPath)).toContain(folder);
      expect(Object.keys(data)).toContain(name);
    }
  });

  it('asks k6 for the rate and the duration of the values, which are the script’s own by default', () => {
    const { scenarios } = scriptOptions(environment(AT_DEMO));
    expect(scenarios).toEqual(scriptOptions({}).scenarios);
    const values = withLoadtest({ rate: 1_000_000, duration: '2m' });
    expect(scriptOptions(environment(values)).scenarios.candles).toMatchObject({
      rate: 1_000_000,
      duration: '2m',
    });
  });

  it('fails on requests that are not sent or not answered, and on slow ones where that is asked for', () => {
    const { thresholds } = scriptOptions(environment(AT_DEMO));
    expect(thresholds).toEqual({
      dropped_iterations: ['count==0'],
      http_req_failed: ['rate==0'],
      checks: ['rate==1'],
    });
    const slow = scriptOptions(environment(withLoadtest({ p99Millis: 250 })));
    expect(slow.thresholds).toEqual({ ...thresholds, latency: ['p(99)<=250'] });
  });

  it.each([
    ['30s', 30],
    ['5m', 300],
    ['1h', 3600],
  ])('ends by itself, and is tried once: %s', (duration, seconds) => {
    const { spec } = named(rendered(withLoadtest({ duration })), 'Job', JOB);
    expect(spec).toMatchObject({
      backoffLimit: 0,
      activeDeadlineSeconds: seconds + 300,
      ttlSecondsAfterFinished: 86_400,
      template: { spec: { restartPolicy: 'Never' } },
    });
  });

  it('holds up no upgrade of Helm, and runs again with each sync of Argo CD', () => {
    const { annotations } = named(rendered(AT_DEMO), 'Job', JOB).metadata;
    expect(Object.keys(annotations ?? {}).filter((key) => key.startsWith('helm.sh/'))).toEqual([]);
    expect(annotations).toMatchObject({
      'argocd.argoproj.io/hook': 'PostSync',
      'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
    });
  });

  it('uses the k6 that `make loadtest` does', () => {
    expect(pod(AT_DEMO).containers.map(({ image }) => image)).toEqual(
      Array.from({ length: 2 }, () => `docker.io/grafana/k6:${TOOLS.k6.version}`),
    );
  });

  it('passes on what its pod is to have', () => {
    const { podLabels, podAnnotations, resources, ...placement } = {
      podLabels: { team: 'a', 'app.kubernetes.io/instance': 'not-mine' },
      podAnnotations: { note: 'b' },
      resources: { requests: { cpu: '2' }, limits: { memory: '1Gi' } },
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'dedicated', operator: 'Exists' }],
      affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
      priorityClassName: 'high',
    };
    const { metadata, spec, containers } = pod(
      withLoadtest({ podLabels, podAnnotations, resources, ...placement }),
    );
    expect(metadata.labels).toMatchObject({ team: 'a', 'app.kubernetes.io/instance': 'perf-metrics' });
    expect(metadata.annotations).toMatchObject(podAnnotations);
    expect(spec).toMatchObject(placement);
    for (const container of containers) expect(container.resources).toMatchObject(resources);
  });
});

describe('its NetworkPolicy', () => {
  it('lets k6 reach names and the demo alone, and nobody reach k6', () => {
    expect(policy(AT_DEMO, 'loadtest')).toMatchObject({
      ingress: [],
      egress: [{ ports: [{ port: 53 }, { port: 53 }] }, { to: [podsWith('demo')] }],
    });
    expect(policy(AT_DEMO, 'loadtest').egress).toHaveLength(2);
  });

  it('lets k6 go anywhere to a service that is named, since a policy names no hosts', () => {
    expect(policy(AT_SHOP, 'loadtest')).toMatchObject({ ingress: [], egress: [{}] });
  });

  it.each(['standalone', 'operator'])('lets k6 alone send the demo candles: mode %s', (mode) => {
    const admitted = ({ ingress }: Policy) =>
      ingress.filter(({ ports }) => !/metrics/.test(JSON.stringify(ports)));
    expect(admitted(policy({ ...AT_DEMO, mode }, 'demo'))).toEqual([
      { ports: [{ port: 8080 }], from: [podsWith('loadtest')] },
    ]);
    expect(admitted(policy({ demo: { enabled: true }, mode }, 'demo'))).toEqual([]);
  });
});

describe('the demo', () => {
  it.each(['app.kubernetes.io/name', 'app'])(
    'takes candles where its Service says, named by %s',
    (serviceLabel) => {
      const manifests = rendered({ ...AT_DEMO, targets: { serviceLabel } });
      const demo = podOf(manifests, 'Deployment/perf-metrics-demo');
      const { selector, ports } = named(manifests, 'Service', 'perf-metrics-demo').spec as unknown as {
        selector: object;
        ports: readonly { port: number; targetPort?: number }[];
      };
      expect(demo.metadata.labels).toMatchObject(selector);
      const [port] = ports;
      expect(environmentOf(demo)).toMatchObject({ DEMO_HOST: '0.0.0.0', DEMO_PORT: `${port?.port}` });
      expect(port?.targetPort ?? port?.port).toBe(8080);
    },
  );

  it('declares no port but the one that Prometheus is to scrape', () => {
    const [container] = podOf(rendered(AT_DEMO), 'Deployment/perf-metrics-demo').containers;
    expect(container).toMatchObject({ ports: [{ name: 'perf-metrics', containerPort: 9464 }] });
  });
});
