import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Statistics } from '../../src/contract/statistics.ts';
import { eventually, freePort, type Program, startProgram } from '../support/programs.ts';
import { toolPath } from '../support/tools.ts';

const DEMO = fileURLToPath(new URL('../../dist/demo/main.js', import.meta.url));
const PROTOCOLS = {
  text: 'PrometheusText0.0.4',
  openmetrics: 'OpenMetricsText1.0.0',
  protobuf: 'PrometheusProto',
};
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0';

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

interface ExemplarSeries {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

/** A real Prometheus that scrapes the real demo, in each of the three formats as a job of its own. */
describe('a Prometheus that scrapes the demo', () => {
  let demo: Program;
  let prometheus: Program;
  let directory: string;
  let demoUrl: string;
  let prometheusUrl: string;

  beforeAll(async () => {
    const [demoPort, prometheusPort] = [await freePort(), await freePort()];
    demoUrl = `http://127.0.0.1:${demoPort}`;
    prometheusUrl = `http://127.0.0.1:${prometheusPort}`;
    directory = await mkdtemp(join(tmpdir(), 'perf-metrics-prometheus-'));
    await writeFile(join(directory, 'prometheus.yaml'), configuration(demoPort));
    demo = startProgram(process.execPath, [DEMO], {
      PERF_PORT: String(demoPort),
      DEMO_SECONDS: '100',
      DEMO_RATE: '100',
    });
    prometheus = startProgram(toolPath('prometheus'), [
      `--config.file=${join(directory, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
      '--enable-feature=exemplar-storage',
    ]);
    await eventually('ten scrapes in every format', async () => {
      const counts = await query('count_over_time(up[5m])');
      return counts.length === 3 && counts.every(({ value }) => Number(value[1]) >= 10) ? true : undefined;
    });
  });

  afterAll(async () => {
    await Promise.all([demo.stop(), prometheus.stop()]);
    await rm(directory, { recursive: true, force: true });
  });

  async function query(expression: string): Promise<Series[]> {
    const response = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const answer = (await response.json()) as { status: string; error?: string; data: { result: Series[] } };
    if (answer.status !== 'success') throw new Error(answer.error);
    return answer.data.result;
  }

  async function value(expression: string): Promise<number> {
    const [series, ...more] = await query(expression);
    if (series === undefined || more.length > 0)
      throw new Error(`${expression} gave ${more.length} series too many, or none`);
    return Number(series.value[1]);
  }

  it('accepts all three formats, every scrape of them', async () => {
    const scrapes = await query('min_over_time(up[5m])');

    expect(scrapes.map(({ metric }) => metric.job).sort()).toEqual(Object.keys(PROTOCOLS).sort());
    expect(scrapes.map((series) => series.value[1])).toEqual(['1', '1', '1']);
  });

  it('reads the same families from each format', async () => {
    const names = async (job: string): Promise<string[]> => {
      const series = await query(`group by (__name__) ({job="${job}", __name__=~"perf_.+"})`);
      return series.map(({ metric }) => metric.__name__ ?? '').sort();
    };
    const classicOnly = (all: readonly string[]): string[] =>
      all.filter((name) => !/_(bucket|sum|count)$/.test(name));
    const histograms = ['perf_event_duration_seconds', 'perf_event_value'];

    const [text, openmetrics, protobuf] = await Promise.all([
      names('text'),
      names('openmetrics'),
      names('protobuf'),
    ]);

    expect(text.length).toBeGreaterThan(30);
    // OpenMetrics allows no sum (and so no count) beside buckets for negative values, which slippage may have.
    expect(openmetrics).toEqual(text.filter((name) => !/^perf_event_value_(sum|count)$/.test(name)));
    expect(classicOnly(protobuf).filter((name) => !histograms.includes(name))).toEqual(classicOnly(text));
    expect(protobuf).toEqual(expect.arrayContaining(histograms));
  });

  it.each([
    ['p50', 0.5],
    ['p95', 0.95],
    ['p99', 0.99],
  ] as const)("finds the digest's %s in the native histogram, within a bucket", async (name, quantile) => {
    const statistics = (await (await fetch(`${demoUrl}/stats.json`)).json()) as Statistics;
    const digest =
      statistics.events.find(({ event }) => event === 'signal_generation')?.quantiles?.[name] ?? Number.NaN;

    const native = await value(
      `histogram_quantile(${quantile}, perf_event_duration_seconds{job="protobuf", event="signal_generation"})`,
    );

    // A bucket is at most 2^(1/8) = 9 % wide; the rest is what a second of new events moves the quantile by.
    expect(Math.abs(Math.log(native / digest))).toBeLessThan(Math.log(1.09 * 1.06));
  });

  it.each([
    ['openmetrics', 'perf_event_duration_seconds_bucket'],
    ['protobuf', 'perf_event_duration_seconds'],
  ])('sees in %s exemplars of every event that has some', async (job, name) => {
    const exposed = await (await fetch(`${demoUrl}/metrics`, { headers: { accept: OPENMETRICS } })).text();
    const traced = new Set([...exposed.matchAll(/event="(\w+)".* # \{trace_id=/g)].map(([, event]) => event));
    expect(traced.size).toBeGreaterThan(2);
    const range = `start=${Date.now() / 1e3 - 300}&end=${Date.now() / 1e3}`;

    const seen = await eventually('exemplars of all', async () => {
      const response = await fetch(
        `${prometheusUrl}/api/v1/query_exemplars?query=${name}{job="${job}"}&${range}`,
      );
      const { data } = (await response.json()) as { data: ExemplarSeries[] };
      const events = new Set(data.map(({ seriesLabels }) => seriesLabels.event));
      if (traced.size === events.size) return data;
      throw new Error(`only of ${[...events].join(', ')}`);
    });

    const traces = seen.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
    expect(traces).toEqual(traces.map(() => expect.stringMatching(/^[0-9a-f]{32}$/)));
  });

  it.each([
    ['text', (selector: string) => `perf_event_duration_seconds_count${selector}`],
    ['openmetrics', (selector: string) => `perf_event_duration_seconds_count${selector}`],
    ['protobuf', (selector: string) => `histogram_count(perf_event_duration_seconds${selector})`],
  ])('counts every event once: counter and histogram of a %s scrape agree', async (job, histogram) => {
    const selector = `{job="${job}", event="candle_processing"}`;
    const counted = `sum(perf_events_total${selector})`;

    expect(await value(`sum(${histogram(selector)}) - ${counted}`)).toBe(0);
    expect(await value(counted)).toBeGreaterThan(300);
  });

  it('counts no event more often than the service itself', async () => {
    const counted = await value('sum(perf_events_total{job="text", event="candle_processing"})');
    const statistics = (await (await fetch(`${demoUrl}/stats.json`)).json()) as Statistics;
    const own = statistics.events.find(({ event }) => event === 'candle_processing')?.count ?? 0;

    // What was scraped is older than what the service says now: by a second or two of a hundred events each.
    expect(counted).toBeLessThanOrEqual(own);
    expect(counted).toBeGreaterThan(own / 2);
  });

  function configuration(port: number): string {
    const jobs = Object.entries(PROTOCOLS).map(
      ([job, protocol]) => `
  - job_name: ${job}
    scrape_protocols: [${protocol}]
    scrape_native_histograms: ${job === 'protobuf'}
    static_configs: [{targets: ['127.0.0.1:${port}']}]`,
    );
    return `global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:${jobs.join('')}\n`;
  }
});
