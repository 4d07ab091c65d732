import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, type Program, startProgram } from '../support/programs.ts';
import { toolPath } from '../support/tools.ts';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const DEMO = fromRoot('dist/demo/main.js');
const CLI = fromRoot('dist/cli.js');
const RULES = fromRoot('helm/perf-metrics/files/rules');

export const NAMESPACE = 'trading';
export const SERVICE = 'paper-trading';
export const INSTANCES = ['trader-1', 'trader-2'] as const;

export interface Stack {
  readonly prometheusUrl: string;
  /** Of the demo that can be slowed down. */
  readonly faultsUrl: string;
  stop(): Promise<void>;
}

/**
 * Two demos, one that can be slowed down, an aggregation worker with a rollout, and a Prometheus that scrapes all of them
 * with the labels that the chart gives, and has loaded the chart's rules. It takes classic histograms of the second demo for
 * native ones.
 */
export async function startStack(): Promise<Stack> {
  const directory = await mkdtemp(join(tmpdir(), 'perf-metrics-grafana-'));
  const [first, second, fleet, prometheus] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ] as const;
  const demos = [first, second] as const;
  await writeFile(join(directory, 'prometheus.json'), JSON.stringify(configuration(demos, fleet)));
  await writeFile(join(directory, 'spec.yaml'), JSON.stringify(SPEC));
  const programs: Program[] = [];
  const start = (path: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void =>
    void programs.push(startProgram(path, args, env));
  for (const [i, port] of demos.entries())
    start(process.execPath, [DEMO], {
      PERF_INSTANCE: INSTANCES[i],
      PERF_PORT: String(port),
      PERF_OPTIONS_FILE: join(directory, 'options.yaml'),
      PERF_ENABLED: 'false',
      DEMO_FAULTS: '1',
      DEMO_SEED: String(i + 1),
    });
  start(process.execPath, [
    CLI,
    'fleet',
    ...['--port', String(fleet)],
    ...demos.flatMap((port) => ['--target', `${SERVICE}=http://127.0.0.1:${port}`]),
    ...['--rollout', 'directory', '--rollout-directory', directory],
    ...['--history-directory', join(directory, 'history')],
  ]);
  start(toolPath('prometheus'), [
    `--config.file=${join(directory, 'prometheus.json')}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${prometheus}`,
    '--enable-feature=exemplar-storage',
  ]);
  return {
    prometheusUrl: `http://127.0.0.1:${prometheus}`,
    faultsUrl: `http://127.0.0.1:${first}/faults`,
    async stop() {
      await Promise.all(programs.map((program) => program.stop()));
      await rm(directory, { recursive: true });
    },
  };
}

/** Two processes are no cohorts; every other gate judges. */
const SPEC = {
  baseline: { hold: '5s' },
  steps: [
    { samplingRate: 0.5, hold: '10s' },
    { samplingRate: 1, hold: '1h' },
  ],
  control: { ratio: 0 },
  gates: { maxOverheadRatio: 1, maxComplianceDrop: 1, maxErrorIncrease: 1, maxRecordsLost: 1_000_000 },
  limits: { minEvents: 1 },
};

function configuration(demos: readonly number[], fleet: number): object {
  const job = (name: string, port: number, instance: string, more: object) => ({
    job_name: name,
    static_configs: [
      { targets: [`127.0.0.1:${port}`], labels: { namespace: NAMESPACE, instance, pod: instance, ...more } },
    ],
  });
  const [first, second] = demos.map((port, i) =>
    job(`perf-metrics-${i}`, port, INSTANCES[i] ?? '', { job: 'perf-metrics', service: SERVICE }),
  );
  return {
    global: { scrape_interval: '1s', evaluation_interval: '1s', scrape_native_histograms: true },
    rule_files: [join(RULES, '*.yaml')],
    scrape_configs: [
      first,
      // As the chart has it beside a Prometheus Operator.
      { ...second, convert_classic_histograms_to_nhcb: true },
      { ...job('perf-metrics-fleet', fleet, 'fleet-1', { service: 'perf-metrics' }), honor_labels: true },
    ],
  };
}
