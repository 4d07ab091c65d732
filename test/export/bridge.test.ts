import { AggregatorRegistry, Counter, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { FAMILIES } from '../../src/contract/families.ts';
import { collectFamilies } from '../../src/export/families.ts';
import { bridgeToPromClient } from '../../src/export/prom-client-bridge.ts';
import { busyPicture, TRACE_TEXT } from './picture.ts';

const collect =
  (picture = busyPicture()) =>
  () =>
    collectFamilies(picture.source);

function bridged(contentType: string = Registry.PROMETHEUS_CONTENT_TYPE): Registry {
  const registry = new Registry();
  registry.setContentType(contentType as typeof Registry.PROMETHEUS_CONTENT_TYPE);
  new Counter({ name: 'app_orders_total', help: 'Orders.', registers: [registry] }).inc(3);
  bridgeToPromClient(registry, collect());
  return registry;
}

describe('bridgeToPromClient', () => {
  it('adds every family to what the registry exposes', async () => {
    const text = await bridged().metrics();
    expect(text).toContain('app_orders_total 3');
    for (const { name, type } of Object.values(FAMILIES)) expect(text).toContain(`# TYPE ${name} ${type}\n`);
    expect(text).toContain('perf_events_total{event="signal_generation",outcome="error"} 4\n');
    expect(text).toContain('perf_event_duration_seconds_bucket{le="0.005",event="order_execution"} 1\n');
    expect(text).toContain('perf_event_duration_seconds_count{event="order_execution"} 2\n');
    expect(text).toContain('perf_event_window_seconds{event="order_execution",window="1m",quantile="0.99"}');
  });

  it('follows prom-client into OpenMetrics, exemplars included', async () => {
    const registry = bridged(Registry.OPENMETRICS_CONTENT_TYPE);
    for (const text of [await registry.metrics(), await registry.metrics()]) {
      expect(text).toContain('# TYPE perf_events counter\n');
      expect(text).toContain('perf_events_total{event="signal_generation",outcome="error"} 4\n');
      expect(text).not.toContain('_total_total');
      expect(text).toContain(`le="0.005",event="order_execution"} 1 # {trace_id="${TRACE_TEXT}"} `);
      expect(text.endsWith('# EOF\n')).toBe(true);
      const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
      expect(new Set(families).size).toBe(families.length);
    }
  });

  it('collects once for all families of a scrape, and anew for the next', async () => {
    const registry = new Registry();
    const picture = busyPicture();
    let collections = 0;
    bridgeToPromClient(registry, () => {
      collections++;
      return collectFamilies(picture.source);
    });
    await registry.metrics();
    expect(collections).toBe(1);
    picture.record('order_execution', 0.001).tick();
    expect(await registry.metrics()).toContain(
      'perf_event_duration_seconds_count{event="order_execution"} 3\n',
    );
    expect(collections).toBe(2);
  });

  it('works with getMetricsAsJSON, getSingleMetric, default labels and resetMetrics', async () => {
    const registry = bridged();
    registry.setDefaultLabels({ pod: 'a' });
    const json = await registry.getMetricsAsJSON();
    const queue = json.find(({ name }) => name === 'perf_queue_depth');
    expect(queue).toMatchObject({
      type: 'gauge',
      aggregator: 'sum',
      values: [{ value: 12, labels: { queue: 'candles', pod: 'a' } }],
    });
    expect(registry.getSingleMetric('perf_queue_depth')).toMatchObject({
      name: 'perf_queue_depth',
      type: 'gauge',
    });
    expect(await registry.getSingleMetricAsString('perf_enabled')).toContain('perf_enabled{pod="a"} 1');
    registry.resetMetrics();
    expect(await registry.metrics()).toContain('perf_ring_records_total{pod="a"} 210');
  });

  it('survives a merge of registries', async () => {
    const other = new Registry();
    new Counter({ name: 'other_total', help: 'Other.', registers: [other] }).inc();
    const text = await Registry.merge([bridged(), other]).metrics();
    expect(text).toContain('other_total 1');
    expect(text).toContain('perf_ring_records_total 210');
  });

  it('adds up over a cluster what has a sum, and leaves out what has none', async () => {
    const workers = await Promise.all([bridged(), bridged()].map((registry) => registry.getMetricsAsJSON()));
    const text = await AggregatorRegistry.aggregate(structuredClone(workers)).metrics();
    expect(text).toContain('perf_ring_records_total 420');
    expect(text).toContain('perf_event_duration_seconds_bucket{le="0.005",event="order_execution"} 2\n');
    expect(text).toContain('perf_sla_threshold_seconds{event="order_execution"} 0.005\n');
    expect(text).toContain('perf_sampling_ratio 1\n');
    expect(text).not.toContain('perf_event_window_seconds');
    expect(text).not.toContain('perf_sla_compliance_ratio');
  });

  it('says which name is taken, and registers nothing then', async () => {
    const registry = new Registry();
    new Counter({ name: 'perf_ring_records_total', help: 'Mine.', registers: [registry] });
    expect(() => bridgeToPromClient(registry, collect())).toThrow(
      expect.objectContaining({
        code: 'PERF_STATE',
        message: expect.stringContaining('perf_ring_records_total'),
      }),
    );
    expect(registry.getMetricsAsArray()).toHaveLength(1);
    const twice = bridged();
    expect(() => bridgeToPromClient(twice, collect())).toThrow(/already holds/);
  });
});
