import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, freePort, type Program, startProgram } from '../support/programs.ts';
import { toolPath } from '../support/tools.ts';
import { RULES } from './rule-files.ts';

const DEMO = fileURLToPath(new URL('../../dist/demo/main.js', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

interface EvaluatedRule {
  readonly name: string;
  readonly health: 'unknown' | 'ok' | 'err';
  readonly alerts: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** The rules of the aggregation worker, of the rollout and of measuring, over what real ones expose. */
describe('a Prometheus with our rules that scrapes a service and an aggregation worker', () => {
  const programs: Program[] = [];
  let directory: string;
  let prometheusUrl: string;

  beforeAll(async () => {
    const [demo, fleet, prometheus] = [await freePort(), await freePort(), await freePort()];
    prometheusUrl = `http://127.0.0.1:${prometheus}`;
    directory = await mkdtemp(join(tmpdir(), 'perf-metrics-fleet-rules-'));
    await writeFile(join(directory, 'prometheus.yaml'), configuration(demo, fleet));
    // Every instance is up, so that the gate fails at the first step.
    const gate = { name: 'up', prometheus: prometheusUrl, query: 'max(up)', max: 0 };
    await writeFile(
      join(directory, 'spec.yaml'),
      JSON.stringify({
        baseline: { hold: '2s' },
        steps: [{ samplingRate: 0.5, hold: '1h' }],
        control: { ratio: 0 },
        gates: { maxOverheadRatio: 1, queries: [gate] },
      }),
    );
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
    start(process.execPath, [
      ...[CLI, 'fleet', '--port', String(fleet), '--target', `trading=http://127.0.0.1:${demo}`],
      ...['--rollout', 'directory', '--rollout-directory', directory],
    ]);
  });

  afterAll(async () => {
    await Promise.all(programs.map((program) => program.stop()));
    await rm(directory, { recursive: true, force: true });
  });

  function configuration(demo: number, fleet: number): string {
    const job = (name: string, port: number, labels: object) => ({
      job_name: name,
      honor_labels: name === 'perf-metrics-fleet',
      static_configs: [{ targets: [`127.0.0.1:${port}`], labels: { namespace: 'trading', ...labels } }],
    });
    return JSON.stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      rule_files: ['fleet', 'measuring', 'health'].map((file) => join(RULES, `${file}.yaml`)),
      scrape_configs: [
        job('perf-metrics', demo, { service: 'paper-trading', instance: 'trader-1' }),
        job('perf-metrics-fleet', fleet, { service: 'perf-metrics', instance: 'fleet-1' }),
      ],
    });
  }

  async function rules(): Promise<readonly EvaluatedRule[]> {
    const answer = await (await fetch(`${prometheusUrl}/api/v1/rules`)).json();
    const { groups } = (answer as { data: { groups: { rules: EvaluatedRule[] }[] } }).data;
    return groups.flatMap((group) => group.rules);
  }

  it('tells of a rollout that went back, with its labels, and of nothing else', async () => {
    const all = await eventually('the rollout that failed', async () => {
      const now = await rules();
      return now.some(({ name, alerts }) => name === 'PerfRolloutFailed' && alerts.length > 0)
        ? now
        : undefined;
    });
    const raised = all.filter(({ alerts }) => alerts.length > 0);
    expect(raised.map(({ name }) => name)).toEqual(['PerfRolloutFailed']);
    const [alert, ...more] = raised[0]?.alerts ?? [];
    expect(more).toEqual([]);
    expect(alert?.labels).toEqual({
      alertname: 'PerfRolloutFailed',
      severity: 'warning',
      job: 'perf-metrics-fleet',
      namespace: 'trading',
      service: 'perf-metrics',
    });
    expect(alert?.annotations.description).toContain('measure 0% of their events');
    expect(all.filter(({ health }) => health === 'err')).toEqual([]);
  });
});
