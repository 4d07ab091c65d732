import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { eventually } from '../support/programs.ts';
import { createNamespace, deleteNamespace, kubectl, kubectlApply, podNames } from './cluster.ts';
import { delayEvent, demoWarm } from './demo-faults.ts';
import { explainFailures, explaining } from './explain.ts';
import { DEMO_SELECTOR } from './fleet-pods.ts';
import { CHART, deploy, helm, OF_RELEASE, workloadsReady } from './helm.ts';
import { PrometheusApi } from './prometheus-api.ts';
import { installOperator, stack, type Uninstall } from './prometheus-operator.ts';
import { notified, startReceiver } from './receiver.ts';

const DEMO_PODS = 2;
const SLOW_EVENT = 'exchange_round_trip';

let namespace = '';
let uninstall: Uninstall = async () => undefined;
let prometheus: PrometheusApi;

beforeAll(async () => {
  namespace = await createNamespace('perf-operator');
  prometheus = new PrometheusApi(namespace, 'prometheus-operated:9090');
  await explaining(namespace, async () => {
    uninstall = await installOperator(namespace);
    await startReceiver(namespace, 'receivers');
    const webhook = `http://receiver.${namespace}.svc:8080/alerts`;
    await kubectlApply(namespace, stack(namespace, await images(), webhook));
    await deploy('install', namespace, {
      mode: 'operator',
      demo: { enabled: true, faults: true, replicas: DEMO_PODS, rate: 20 },
    });
    await workloadsReady(namespace);
    await kubectl(
      '-n',
      namespace,
      'wait',
      '--for=condition=Available',
      'prometheus/platform',
      '--timeout=120s',
    );
  });
});

afterAll(async () => {
  await deleteNamespace(namespace);
  await uninstall();
});

/** As the chart has them. */
async function images(): Promise<{ prometheus: string; alertmanager: string }> {
  type Image = { image: { repository: string; tag: string } };
  const values = parse(await helm('show', 'values', CHART)) as { prometheus: Image; alertmanager: Image };
  const name = ({ image }: Image): string => `${image.repository}:${image.tag}`;
  return { prometheus: name(values.prometheus), alertmanager: name(values.alertmanager) };
}

describe('the chart beside a Prometheus Operator', () => {
  explainFailures(() => namespace);

  it('brings no Prometheus, Alertmanager or Grafana of its own', async () => {
    const kinds = 'deployments,statefulsets,daemonsets';
    const text = await kubectl('-n', namespace, 'get', kinds, '-l', OF_RELEASE, '-o', 'name');
    expect(text.trim().split('\n').sort()).toEqual([
      'deployment.apps/perf-metrics-demo',
      'deployment.apps/perf-metrics-fleet',
    ]);
  });

  it("has its pods scraped by the Operator's Prometheus, under the same labels", async () => {
    const targets = await eventually(
      'every pod to be up',
      async () => {
        const targets = await prometheus.targets();
        const up = targets.filter(({ health }) => health === 'up').map(({ labels }) => labels.instance);
        return (await podNames(namespace, OF_RELEASE)).every((pod) => up.includes(pod)) ? targets : undefined;
      },
      120,
    );
    const demo = await podNames(namespace, DEMO_SELECTOR);
    const found = targets
      .filter(({ labels }) => labels.job === 'perf-metrics')
      .map(({ labels }) => [labels.namespace, labels.instance, labels.pod]);
    expect(found.sort()).toEqual(demo.map((pod) => [namespace, pod, pod]).sort());
    expect(targets.map(({ labels }) => labels.job)).toContain('perf-metrics-fleet');
  });

  it('brings durations as native histograms', async () => {
    const promql = 'sum(perf_event_duration_seconds{event="candle_processing"})';
    const [series] = await eventually('events', async () => {
      const found = await prometheus.query(promql);
      return found.length > 0 ? found : undefined;
    });
    expect(Number(series?.histogram?.[1].count)).toBeGreaterThan(0);
  });

  it('has its rules loaded, and each evaluates', async () => {
    const groups = await eventually(
      'every rule to be evaluated',
      async () => {
        const groups = await prometheus.ruleGroups();
        const rules = groups.flatMap(({ rules }) => rules);
        return rules.length > 0 && rules.every(({ health }) => health !== 'unknown') ? groups : undefined;
      },
      120,
    );
    const rules = groups.flatMap(({ rules }) => rules);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(rules.map(({ name }) => name)).toContain('PerfSlaBroken');
    // What is about a stack of its own would watch what is not there.
    expect(rules.map(({ name }) => name)).not.toContain('Watchdog');
  });

  it('has its dashboards where a Grafana beside the Operator looks', async () => {
    const selector = `${OF_RELEASE},grafana_dashboard=1`;
    const text = await kubectl('-n', namespace, 'get', 'configmaps', '-l', selector, '-o', 'name');
    expect(text.trim().split('\n')).toHaveLength(4);
  });

  it("has an event that breaks its SLA told of by the Operator's Alertmanager", async () => {
    await demoWarm(prometheus, DEMO_PODS);
    const [pod = ''] = await podNames(namespace, DEMO_SELECTOR);
    await delayEvent(namespace, pod, SLOW_EVENT, 200);
    const slowAt = Date.now();
    const labels = { alertname: 'PerfSlaBroken', event: SLOW_EVENT, instance: pod };
    // Other tests keep the machine busy: the other pod may be slow of itself, and this alert join one that has been told.
    const { annotations } = await notified(namespace, 'firing', labels, 180);
    console.log(`told ${((Date.now() - slowAt) / 1e3).toFixed(1)} s after: ${annotations.summary}`);
  });
});
