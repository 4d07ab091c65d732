import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, freePort, type Program, startProgram } from '../support/programs.ts';
import { toolPath } from '../support/tools.ts';
import { filesOf, RULES, readRules } from './rule-files.ts';

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

interface EvaluatedRule {
  readonly name: string;
  readonly health: 'unknown' | 'ok' | 'err';
  readonly lastError?: string;
  readonly state: 'inactive' | 'pending' | 'firing';
}

const STACK = filesOf(RULES, '.yaml').filter((path) => basename(path).startsWith('stack'));
const expressions = readRules()
  .filter(({ file }) => STACK.includes(join(RULES, file)))
  .map(({ expr }) => expr);
const metrics = [
  ...new Set(expressions.flatMap((expr) => expr.match(/\b(prometheus|alertmanager)_\w+/g) ?? [])),
].sort();

/** What the rules ask of Prometheus and Alertmanager is asked of the versions that are installed. */
describe('a Prometheus with the rules of the stack, and an Alertmanager', () => {
  const programs: Program[] = [];
  let directory: string;
  let prometheusUrl: string;

  beforeAll(async () => {
    const [prometheus, alertmanager] = [await freePort(), await freePort()];
    prometheusUrl = `http://127.0.0.1:${prometheus}`;
    directory = await mkdtemp(join(tmpdir(), 'perf-metrics-stack-'));
    await writeFile(join(directory, 'prometheus.yaml'), configuration(prometheus, alertmanager));
    await writeFile(
      join(directory, 'alertmanager.yaml'),
      JSON.stringify({ route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] }),
    );
    programs.push(
      startProgram(toolPath('alertmanager'), [
        `--config.file=${join(directory, 'alertmanager.yaml')}`,
        `--storage.path=${join(directory, 'alertmanager')}`,
        `--web.listen-address=127.0.0.1:${alertmanager}`,
        '--cluster.listen-address=',
      ]),
      startProgram(toolPath('prometheus'), [
        `--config.file=${join(directory, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${join(directory, 'prometheus')}`,
        `--web.listen-address=127.0.0.1:${prometheus}`,
        '--storage.tsdb.retention.time=30d',
        '--storage.tsdb.retention.size=40GB',
      ]),
    );
    // The counts of what was sent exist from the first alert on, which is the Watchdog, even where nobody takes it yet.
    await eventually('the first alert, and a scrape of both', async () => {
      const ended = programs.find(({ process }) => process.exitCode !== null);
      if (ended !== undefined) throw new Error(ended.output());
      const isSent = (await query('prometheus_notifications_sent_total > 0')).length > 0;
      const isScraped = (await query('count(up == 1) == 2')).length > 0;
      return (isSent && isScraped) || undefined;
    });
  });

  afterAll(async () => {
    await Promise.all(programs.map((program) => program.stop()));
    await rm(directory, { recursive: true, force: true });
  });

  function configuration(prometheus: number, alertmanager: number): string {
    const job = (name: string, port: number) => ({
      job_name: `perf-metrics-${name}`,
      static_configs: [
        { targets: [`127.0.0.1:${port}`], labels: { namespace: 'metrics', service: 'perf-metrics' } },
      ],
    });
    return JSON.stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      rule_files: STACK,
      alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanager}`] }] }] },
      scrape_configs: [job('prometheus', prometheus), job('alertmanager', alertmanager)],
    });
  }

  async function ask<T>(path: string): Promise<T> {
    const answer = (await (await fetch(`${prometheusUrl}/api/v1/${path}`)).json()) as {
      error?: string;
      data: T;
    };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.data;
  }

  async function query(expression: string): Promise<readonly Series[]> {
    const { result } = await ask<{ result: Series[] }>(`query?query=${encodeURIComponent(expression)}`);
    return result;
  }

  it.each(metrics)('exposes %s under the job that the rules name', async (metric) => {
    const job = `perf-metrics-${metric.split('_')[0]}`;
    const jobs = await query(`group by (job) (last_over_time(${metric}[1m]))`);
    expect(jobs.map((series) => series.metric.job)).toEqual([job]);
  });

  it.each([
    'sum without (reason) (alertmanager_notifications_failed_total) / alertmanager_notifications_total',
    'prometheus_tsdb_storage_blocks_bytes / (prometheus_tsdb_retention_limit_bytes > 0)',
    'prometheus_tsdb_lowest_timestamp_seconds / prometheus_tsdb_retention_limit_seconds',
    'prometheus_tsdb_storage_blocks_bytes + prometheus_tsdb_wal_storage_size_bytes',
    'prometheus_tsdb_wal_writes_failed_total + prometheus_tsdb_compactions_failed_total',
    'prometheus_config_last_reload_success_timestamp_seconds and prometheus_config_last_reload_successful',
  ])('joins by the labels that both sides have: %s', async (expression) => {
    expect(await query(expression)).not.toEqual([]);
  });

  it('evaluates every rule, and finds nothing to alert of in what has just started', async () => {
    const rules = await eventually('the first evaluation of each', async () => {
      const { groups } = await ask<{ groups: { rules: EvaluatedRule[] }[] }>('rules');
      const all = groups.flatMap((group) => group.rules);
      return all.length > 0 && all.every(({ health }) => health !== 'unknown') ? all : undefined;
    });
    expect(rules).toHaveLength(expressions.length);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(rules.filter(({ state }) => state !== 'inactive').map(({ name }) => name)).toEqual(['Watchdog']);
  });
});
