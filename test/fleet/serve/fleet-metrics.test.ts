import { Gauge, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { FleetStatistics } from '../../../src/contract/fleet.ts';
import { FLEET_FAMILIES } from '../../../src/contract/fleet-families.ts';
import { expositionOf, FleetMetrics } from '../../../src/fleet/serve/fleet-metrics.ts';
import { fleetFixture } from './fixture.ts';

const FAMILIES = Object.values(FLEET_FAMILIES);
const DUMPS = { written: 5, failed: 1 };

function metricsOf(statistics: FleetStatistics | null, registry = new Registry()): FleetMetrics {
  return new FleetMetrics(registry, () => ({ statistics, clients: 3, dumps: DUMPS }));
}

async function textOf(statistics: FleetStatistics | null): Promise<string> {
  return (await metricsOf(statistics).render('text')).text;
}

/** Samples by their name and labels. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

describe('/metrics of the fleet', () => {
  it.each(FAMILIES)(
    'exposes $name with its type, its help and its labels',
    async ({ name, type, help, labels }) => {
      const text = await textOf(fleetFixture());
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
      const samples = [...samplesOf(text).keys()].filter((key) => key.split('{', 1)[0] === name);
      expect(samples.length).toBeGreaterThan(0);
      for (const sample of samples) {
        expect([...sample.matchAll(/(\w+)="/g)].map(([, label]) => label)).toEqual(labels);
      }
    },
  );

  it('exposes nothing that the contract does not name', async () => {
    const names = new Set(
      [...samplesOf(await textOf(fleetFixture())).keys()].map((key) => key.split('{', 1)[0]),
    );
    expect([...names].toSorted()).toEqual(FAMILIES.map(({ name }) => name).toSorted());
  });

  it('says what the statistics say', async () => {
    const statistics = fleetFixture();
    const samples = samplesOf(await textOf(statistics));
    const [signals] = statistics.services[0]?.events ?? [];
    const of = 'service="pricing",event="signal_generation"';
    expect(Object.fromEntries(samples)).toMatchObject({
      'perf_fleet_targets{state="merged"}': 11,
      'perf_fleet_targets{state="set_aside"}': 1,
      'perf_fleet_set_aside_total{reason="timeout"}': 42,
      'perf_fleet_set_aside_total{reason="version"}': 0,
      perf_fleet_rounds_total: 300,
      perf_fleet_late_rounds_total: 1,
      perf_fleet_round_seconds: 0.0184,
      perf_fleet_last_round_timestamp_seconds: statistics.at / 1e3,
      [`perf_fleet_events_total{${of},outcome="ok"}`]: 299_400,
      [`perf_fleet_events_total{${of},outcome="error"}`]: 600,
      [`perf_fleet_event_quantile_seconds{${of},quantile="0.999"}`]: signals?.quantiles?.p999,
      [`perf_fleet_event_window_seconds{${of},window="1s",quantile="0.5"}`]:
        signals?.windows['1s'].quantiles?.p50,
      [`perf_fleet_event_window_events{${of},window="1m"}`]: 60_000,
      [`perf_fleet_sla_threshold_seconds{${of}}`]: 0.01,
      [`perf_fleet_slo_objective_ratio{${of}}`]: 0.99,
      [`perf_fleet_sla_breaches_total{${of}}`]: 6600,
      [`perf_fleet_sla_compliance_ratio{${of},window="5s"}`]: 0.978,
      [`perf_fleet_sla_broken{${of},window="1s"}`]: 0,
      [`perf_fleet_sla_broken{${of},window="5s"}`]: 1,
      'perf_fleet_event_value_quantile{service="trading",event="slippage",unit="basis_points",quantile="0.99"}': 1.9,
      'perf_fleet_overwritten_total{service="trading"}': 128,
      'perf_fleet_records_total{service=""}': statistics.overall.recorded,
      perf_fleet_stream_clients: 3,
      'perf_fleet_dumps_total{result="written"}': 5,
      'perf_fleet_dumps_total{result="failed"}': 1,
    });
    expect(samples.get('perf_fleet_overhead_ratio{service="trading"}')).toBeCloseTo(0.0036, 10);
    expect(samples.get('perf_fleet_overhead_ratio{service=""}')).toBeCloseTo(0.0036, 10);
  });

  it('holds no series of what is gone', async () => {
    let statistics = fleetFixture();
    const metrics = new FleetMetrics(new Registry(), () => ({ statistics, clients: 0, dumps: DUMPS }));
    expect((await metrics.render('text')).text).toContain('service="pricing"');
    statistics = { ...statistics, services: statistics.services.slice(1), pods: [] };
    const later = (await metrics.render('text')).text;
    expect(later).not.toContain('service="pricing"');
    expect(later).toContain('service="trading"');
  });

  it('gives no figure that nobody measured', async () => {
    const before = samplesOf(await textOf(null));
    expect([...before.keys()]).toEqual([
      'perf_fleet_rounds_total',
      'perf_fleet_late_rounds_total',
      'perf_fleet_stream_clients',
      'perf_fleet_dumps_total{result="written"}',
      'perf_fleet_dumps_total{result="failed"}',
    ]);
    const empty = { ...fleetFixture().overall, events: [] };
    const nobody = samplesOf(await textOf({ ...fleetFixture(), overall: empty, services: [], pods: [] }));
    expect([...nobody.keys()].some((key) => key.includes('quantile') || key.includes('overhead'))).toBe(
      false,
    );
  });

  it('escapes what a label holds', async () => {
    const fleet = fleetFixture();
    const service = 'a"b\\c\nd{}';
    const named = { ...fleet, services: fleet.services.slice(0, 1).map((one) => ({ ...one, service })) };
    for (const exposition of ['text', 'openmetrics'] as const) {
      const { text } = await metricsOf(named).render(exposition);
      expect(text).toContain('perf_fleet_records_total{service="a\\"b\\\\c\\nd{}"} ');
    }
  });

  it('is OpenMetrics where that is asked for, and text again after it', async () => {
    const registry = new Registry();
    registry.registerMetric(new Gauge({ name: 'perf_rollout_step', help: 'Of the rollout.', registers: [] }));
    const metrics = metricsOf(fleetFixture(), registry);
    const before = await metrics.render('text');
    const [openmetrics, text, again] = await Promise.all([
      metrics.render('openmetrics'),
      metrics.render('text'),
      metrics.render('openmetrics'),
    ]);
    expect(openmetrics.type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(openmetrics.text).toMatch(/# EOF\n$/);
    expect(openmetrics.text).toContain('# TYPE perf_fleet_rounds counter\nperf_fleet_rounds_total 300\n');
    expect(openmetrics.text).toContain('perf_rollout_step 0\n');
    expect(text).toEqual(before);
    expect(again).toEqual(openmetrics);
    expect(samplesOf(openmetrics.text)).toEqual(samplesOf(text.text));
  });

  it.each([
    [undefined, 'text'],
    ['*/*', 'text'],
    ['text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.1', 'text'],
    [
      'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'openmetrics',
    ],
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,application/openmetrics-text;version=1.0.0;q=0.6,text/plain;q=0.2',
      'openmetrics',
    ],
    ['application/openmetrics-text;version=0.0.1', 'text'],
  ])('answers %s with %s', (accept, exposition) => {
    expect(expositionOf(accept)).toBe(exposition);
  });
});
