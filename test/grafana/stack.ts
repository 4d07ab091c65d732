import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FAMILIES } from '../../src/contract/families.ts';
import { freePort, type Program, startProgram } from '../support/programs.ts';
import { toolPath } from '../support/tools.ts';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const DEMO = fromRoot('dist/demo/main.js');
const CLI = fromRoot('dist/cli.js');
const RULES = fromRoot('helm/perf-metrics/files/rules');

export const NAMESPACE = 'trading';
export const SERVICE = 'paper-trading';
export const INSTANCES = ['trader-1', 'trader-2'] as const;

const BROKEN = `${FAMILIES.slaBroken.name}{window="1m"} == 1`;

/** Two processes are no cohorts; every other gate judges. */
const ROLLOUT_SPEC = {
  baseline: { hold: '5s' },
  steps: [
    { samplingRate: 0.5, hold: '10s' },
    { samplingRate: 1, hold: '1h' },
  ],
  control: { ratio: 0 },
  gates: { maxOverheadRatio: 1, maxComplianceDrop: 1, maxErrorIncrease: 1, maxRecordsLost: 1_000_000 },
  limits: { minEvents: 1 },
};

interface Labels {
  readonly job: string;
  readonly service: string;
  readonly instance: string;
}

/** Real programs, in a directory of their own. Every target has the labels that the chart gives. */
export class Stack implements AsyncDisposable {
  private readonly directory: string;
  private readonly programs: Program[] = [];
  private readonly scrapeConfigs: object[] = [];
  private prometheusPort = 0;
  private readonly demoPorts: number[] = [];

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** One service that nobody uses, and a Prometheus that scrapes it. */
  static async idle(): Promise<Stack> {
    const stack = new Stack(await newDirectory());
    await stack.startDemo(INSTANCES[0], { DEMO_RATE: '0' });
    await stack.startPrometheus();
    return stack;
  }

  /**
   * Two demos, an aggregation worker with a rollout, and a Prometheus that scrapes all of them and has loaded the chart's
   * rules. Of the second demo it takes classic histograms for native ones, as the chart has it beside a Prometheus Operator.
   */
  static async whole(): Promise<Stack> {
    const stack = new Stack(await newDirectory());
    const options = { PERF_OPTIONS_FILE: join(stack.directory, 'options.yaml'), PERF_ENABLED: 'false' };
    await writeFile(join(stack.directory, 'spec.yaml'), JSON.stringify(ROLLOUT_SPEC));
    // What is said of the slowest 0.1 % of an event takes a thousand of them.
    const busy = { DEMO_RATE: '100', DEMO_FAULTS: '1', DEMO_SEED: '1' };
    await stack.startDemo(INSTANCES[0], { ...options, ...busy });
    await stack.startDemo(
      INSTANCES[1],
      { ...options, DEMO_FAULTS: '1', DEMO_SEED: '2' },
      { convert_classic_histograms_to_nhcb: true },
    );
    await stack.startFleet();
    await stack.writeRules();
    await stack.startPrometheus();
    return stack;
  }

  get prometheusUrl(): string {
    return `http://127.0.0.1:${this.prometheusPort}`;
  }

  /** Makes an event of a demo take that much longer. */
  async slowDown(instance: (typeof INSTANCES)[number], event: string, millis: number): Promise<boolean> {
    const response = await fetch(`http://127.0.0.1:${this.demoPorts[INSTANCES.indexOf(instance)]}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ event, delay_ms: millis }),
    });
    return response.ok;
  }

  /** What Prometheus counts of exemplars: sent, stored, refused. */
  async exemplarFigures(): Promise<string> {
    const text = await (await fetch(`${this.prometheusUrl}/metrics`)).text();
    return (text.match(/^prometheus_\w*exemplar\w*(?:\{.*\})? .*$/gm) ?? []).join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.programs.map((program) => program.stop()));
    await rm(this.directory, { recursive: true });
  }

  private async startDemo(instance: string, environment: NodeJS.ProcessEnv, scrape = {}): Promise<void> {
    const port = await freePort();
    this.demoPorts.push(port);
    this.start(process.execPath, [DEMO], {
      ...environment,
      PERF_INSTANCE: instance,
      PERF_PORT: String(port),
    });
    this.scrape(port, { job: 'perf-metrics', service: SERVICE, instance }, scrape);
  }

  private async startFleet(): Promise<void> {
    const port = await freePort();
    this.start(process.execPath, [
      ...[CLI, 'fleet', '--port', String(port)],
      ...this.demoPorts.flatMap((demo) => ['--target', `${SERVICE}=http://127.0.0.1:${demo}`]),
      ...['--rollout', 'directory', '--rollout-directory', this.directory],
      ...['--history-directory', join(this.directory, 'history')],
    ]);
    const labels = { job: 'perf-metrics-fleet', service: 'perf-metrics', instance: 'fleet-1' };
    this.scrape(port, labels, { honor_labels: true });
  }

  /** The chart's rules, evaluated each second, since a test has no minutes; and an alert that does not wait either. */
  private async writeRules(): Promise<void> {
    for (const name of await readdir(RULES)) {
      const text = await readFile(join(RULES, name), 'utf8');
      const quick = text.replace(/^( *interval:).*/gm, '$1 1s');
      await writeFile(join(this.directory, `${name}.rules`), quick);
    }
    const alert = { alert: 'PerfTest', expr: BROKEN, labels: { severity: 'critical' } };
    const groups = [{ name: 'test', rules: [alert] }];
    await writeFile(join(this.directory, 'test.rules'), JSON.stringify({ groups }));
  }

  private async startPrometheus(): Promise<void> {
    this.prometheusPort = await freePort();
    const configuration = {
      global: { scrape_interval: '1s', evaluation_interval: '1s', scrape_native_histograms: true },
      rule_files: [join(this.directory, '*.rules')],
      scrape_configs: this.scrapeConfigs,
    };
    const file = join(this.directory, 'prometheus.json');
    await writeFile(file, JSON.stringify(configuration));
    this.start(toolPath('prometheus'), [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(this.directory, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${this.prometheusPort}`,
      '--enable-feature=exemplar-storage',
    ]);
  }

  private start(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): void {
    this.programs.push(startProgram(command, args, environment));
  }

  private scrape(port: number, labels: Labels, more: object): void {
    const all = { ...labels, namespace: NAMESPACE, pod: labels.instance };
    this.scrapeConfigs.push({
      job_name: labels.instance,
      static_configs: [{ targets: [`127.0.0.1:${port}`], labels: all }],
      ...more,
    });
  }
}

async function newDirectory(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'perf-metrics-grafana-'));
}
