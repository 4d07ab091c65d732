import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetStatistics } from '../../src/contract/fleet.ts';
import { FLEET_FAMILIES, ROLLOUT_FAMILIES } from '../../src/contract/fleet-families.ts';
import type { RolloutStatus } from '../../src/contract/rollout.ts';
import { eventually, freePort, type Program, startProgram } from '../support/programs.ts';
import { toolPath } from '../support/tools.ts';

const DEMO = fileURLToPath(new URL('../../dist/demo/main.js', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** A real Prometheus, which scrapes the aggregation worker and is asked by the gates of its rollout. */
describe('a Prometheus beside the aggregation worker', () => {
  const programs: Program[] = [];
  let directory: string;
  let fleetUrl: string;
  let prometheusUrl: string;

  beforeAll(async () => {
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    const [demo, fleet, prometheus] = ports;
    fleetUrl = `http://127.0.0.1:${fleet}`;
    prometheusUrl = `http://127.0.0.1:${prometheus}`;
    directory = await mkdtemp(join(tmpdir(), 'perf-metrics-fleet-'));
    await writeFile(join(directory, 'prometheus.yaml'), configuration({ demo, fleet }));
    await writeFile(join(directory, 'spec.yaml'), JSON.stringify(spec()));
    const start = (path: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void =>
      void programs.push(startProgram(path, args, env));
    start(toolPath('prometheus'), [
      `--config.file=${join(directory, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${prometheus}`,
    ]);
    start(process.execPath, [DEMO], {
      PERF_INSTANCE: 'trader-1',
      PERF_PORT: String(demo),
      PERF_ENABLED: 'false',
      PERF_OPTIONS_FILE: join(directory, 'options.yaml'),
    });
    const rollout = ['--rollout', 'directory', '--rollout-directory', directory];
    const target = ['--target', `trading=http://127.0.0.1:${demo}`];
    start(process.execPath, [CLI, 'fleet', '--port', String(fleet), ...target, ...rollout]);
  });

  afterAll(async () => {
    await Promise.all(programs.map((program) => program.stop()));
    await rm(directory, { recursive: true });
  });

  function configuration({ demo, fleet }: { demo: number; fleet: number }): string {
    const job = (name: string, port: number, labels: object) => ({
      job_name: name,
      static_configs: [{ targets: [`127.0.0.1:${port}`], labels }],
    });
    return JSON.stringify({
      global: { scrape_interval: '1s' },
      scrape_configs: [job('demo', demo, { pod: 'trader-1' }), job('fleet', fleet, {})],
    });
  }

  function spec(): object {
    const gate = (name: string, query: string, max: number) => ({
      name,
      prometheus: prometheusUrl,
      query,
      max,
    });
    const queries = [
      gate('within', 'max(perf_enabled{pod=~"$measured"})', 1),
      gate('beyond', 'max_over_time(up{pod=~"$measured"}[$step])', 0.5),
      gate('empty', 'max(up{pod=~"$control"}) and on() vector(0) > 1', 1),
      gate('broken', 'sum(up', 1),
    ];
    return {
      baseline: { hold: '2s' },
      steps: [{ samplingRate: 0.5, hold: '1h' }],
      control: { ratio: 0 },
      gates: { maxOverheadRatio: 1, queries },
    };
  }

  async function status(): Promise<RolloutStatus | null> {
    const answer = await (await fetch(`${fleetUrl}/stats.json`)).json();
    return (answer as FleetStatistics & { rollout: RolloutStatus | null }).rollout;
  }

  async function samples(expression: string): Promise<number> {
    const response = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`);
    return ((await response.json()) as { data: { result: unknown[] } }).data.result.length;
  }

  it('answers the gates: what is beyond its limit takes the rollout back, in words that name it', async () => {
    const { phase, step, decisions } = await eventually('the way back', async () => {
      const now = await status();
      return now?.phase === 'failed' ? now : undefined;
    });
    expect([phase, step]).toEqual(['failed', -1]);
    expect(decisions[0]).toMatchObject({ decision: 'roll_back', from: 0, to: -1 });
    expect(decisions[0]?.reason).toMatch(/query_beyond/);
    expect(decisions[0]?.reason).not.toMatch(/within|empty|broken/);
  });

  it('scrapes every family of fleet and rollout that has a sample', async () => {
    const text = await (await fetch(`${fleetUrl}/metrics`)).text();
    const families = [...Object.values(FLEET_FAMILIES), ...Object.values(ROLLOUT_FAMILIES)];
    const sampled = families.filter(({ name }) => new RegExp(`^${name}[ {]`, 'm').test(text));
    expect(sampled.length).toBeGreaterThan(25);
    for (const { name } of sampled)
      await eventually(name, async () => ((await samples(name)) > 0 ? true : undefined), 10);
  });

  it('finds nothing to say against the exposition, but for the label that quantiles need', async () => {
    const input = await (await fetch(`${fleetUrl}/metrics`)).text();
    let complaints = '';
    try {
      execFileSync(toolPath('promtool'), ['check', 'metrics'], { input, stdio: ['pipe', 'pipe', 'pipe'] });
    } catch (error) {
      complaints = String((error as { stderr: Buffer }).stderr);
    }
    const lines = complaints.split('\n').filter((line) => line !== '' && !line.includes('"quantile" label'));
    expect(lines).toEqual([]);
  });
});
