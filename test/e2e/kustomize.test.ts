import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/programs.ts';
import { applyKustomize, createNamespace, deleteNamespace, podNames } from './cluster.ts';
import { explainFailures } from './explain.ts';
import { DEMO_SELECTOR } from './fleet-pods.ts';
import { RELEASE, workloadsReady } from './helm.ts';
import { PrometheusApi } from './prometheus-api.ts';

describe('k8s/overlays/paper-trading', () => {
  let namespace = '';
  explainFailures(() => namespace);
  beforeAll(async () => {
    namespace = await createNamespace('perf-kustomize');
  });
  afterAll(async () => {
    await deleteNamespace(namespace);
  });

  it('becomes ready by kubectl apply -k alone, and scrapes the demo', async () => {
    await applyKustomize(namespace, 'k8s/overlays/paper-trading');
    await workloadsReady(namespace);
    const prometheus = new PrometheusApi(namespace, `${RELEASE}-prometheus:9090`);
    const demo = await podNames(namespace, DEMO_SELECTOR);
    expect(demo).not.toEqual([]);
    await eventually('each pod to be scraped', async () => {
      const series = await prometheus.query('up{job="perf-metrics"} == 1');
      return demo.every((pod) => series.some(({ metric }) => metric.instance === pod)) || undefined;
    });
  });
});
