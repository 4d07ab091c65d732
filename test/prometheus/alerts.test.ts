import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, freePort, type Program, startProgram } from '../support/programs.ts';
import { toolPath } from '../support/tools.ts';
import { RULES } from './rule-files.ts';

const DEMO = fileURLToPath(new URL('../../dist/demo/main.js', import.meta.url));
const TARGET = { namespace: 'trading', service: 'engine', instance: 'engine-0', pod: 'engine-0' };
/** Which an instance is given before its SLA is judged. */
const WARM_UP_SECONDS = 90;

interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}

interface RuleGroup {
  readonly rules: readonly { readonly name: string; readonly health: string; readonly lastError?: string }[];
}

/** The rules in a real Prometheus, set up as the chart does, that scrapes the real demo. */
describe('a Prometheus with the rules', () => {
  let demo: Program;
  let prometheus: Program;
  let directory: string;
  let demoUrl: string;
  let prometheusUrl: string;

  beforeAll(async () => {
    const [demoPort, prometheusPort] = [await freePort(), await freePort()];
    demoUrl = `http://127.0.0.1:${demoPort}`;
    prometheusUrl = `http://127.0.0.1:${prometheusPort}`;
    directory = await mkdtemp(join(tmpdir(), 'perf-metrics-alerts-'));
    await writeFile(join(directory, 'prometheus.yaml'), JSON.stringify(configuration(demoPort)));
    demo = startProgram(process.execPath, [DEMO], {
      PERF_PORT: String(demoPort),
      DEMO_FAULTS: '1',
      DEMO_RATE: '20',
    });
    prometheus = startProgram(toolPath('prometheus'), [
      `--config.file=${join(directory, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
    ]);
    await eventually('a scrape', async () => {
      const { result } = await ask<{ result: unknown[] }>('query?query=perf_start_time_seconds');
      return result.length === 1 || undefined;
    });
  });

  afterAll(async () => {
    await Promise.all([demo?.stop(), prometheus?.stop()]);
    await rm(directory, { recursive: true, force: true });
  });

  async function ask<T>(path: string): Promise<T> {
    const response = await fetch(`${prometheusUrl}/api/v1/${path}`);
    const answer = (await response.json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success') throw new Error(answer.error);
    return answer.data;
  }

  /** The alert about candles, while it fires. */
  async function broken(): Promise<FiringAlert | undefined> {
    const { alerts } = await ask<{ alerts: FiringAlert[] }>('alerts');
    return alerts.find(
      ({ state, labels }) =>
        state === 'firing' && labels.alertname === 'PerfSlaBroken' && labels.event === 'candle_processing',
    );
  }

  async function delayCandles(delayMillis: number): Promise<void> {
    const response = await fetch(`${demoUrl}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ event: 'candle_processing', delay_ms: delayMillis }),
    });
    expect(response.status).toBe(200);
  }

  it('evaluates every rule without an error', async () => {
    const rules = await eventually(
      'every rule to be evaluated',
      async () => {
        const { groups } = await ask<{ groups: RuleGroup[] }>('rules');
        const all = groups.flatMap((group) => group.rules);
        return all.every(({ health }) => health !== 'unknown') ? all : undefined;
      },
      180,
    );
    expect(rules.length).toBeGreaterThan(30);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  }, 200_000);

  it('tells that candles have become slow, and afterwards that they are fast again', async () => {
    await eventually(
      'the end of the warm-up',
      async () => {
        const { result } = await ask<{ result: unknown[] }>(
          `query?query=${encodeURIComponent(`time() - perf_start_time_seconds > ${WARM_UP_SECONDS}`)}`,
        );
        return result.length === 1 || undefined;
      },
      180,
    );
    await eventually(
      'candles that keep their SLA',
      async () => (await broken()) === undefined || undefined,
      120,
    );

    const slowAt = Date.now();
    await delayCandles(200);
    const alert = await eventually('the alert', broken, 90);
    const seconds = (Date.now() - slowAt) / 1e3;
    console.log(
      `firing ${seconds.toFixed(1)} s after candles became slow: ${alert.annotations.summary}\n${alert.annotations.description}`,
    );

    expect(alert.labels).toMatchObject({ ...TARGET, event: 'candle_processing', severity: 'critical' });
    expect(alert.annotations.summary).toBe('candle_processing breaks its SLA in engine engine-0');
    expect(alert.annotations.description).toContain('SLA of 50ms; its objective allows 1%');

    const fastAt = Date.now();
    await delayCandles(0);
    await eventually('its end', async () => (await broken()) === undefined || undefined, 240);
    console.log(`resolved ${((Date.now() - fastAt) / 1e3).toFixed(0)} s after candles were fast again`);
  }, 600_000);

  function configuration(port: number): object {
    return {
      global: { scrape_interval: '5s', evaluation_interval: '5s', scrape_native_histograms: true },
      rule_files: ['recording', 'sla', 'burn', 'health', 'measuring', 'fleet'].map((name) =>
        join(RULES, `${name}.yaml`),
      ),
      scrape_configs: [
        { job_name: 'perf-metrics', static_configs: [{ targets: [`127.0.0.1:${port}`], labels: TARGET }] },
      ],
    };
  }
});
