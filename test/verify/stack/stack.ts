import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runVerify } from '../../../src/commands/verify.ts';
import { eventually, freePort, type Program, startProgram } from '../../support/programs.ts';
import { toolPath } from '../../support/tools.ts';

const DEMO = fileURLToPath(new URL('../../../dist/demo/main.js', import.meta.url));
const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

export interface Verdict {
  readonly holds: boolean;
  /** What was printed. */
  readonly text: string;
  /** Its lines by the name of the check: whether it held, and the whole of what is said. */
  readonly checks: Readonly<Record<string, { readonly isOk: boolean; readonly text: string }>>;
}

const WATCHDOG = { alert: 'Watchdog', expr: 'vector(1)', labels: { severity: 'none' } };

/** A real Prometheus, Alertmanager, aggregation worker and demo, as the chart sets them up, in a directory of their own. */
export class Stack implements AsyncDisposable {
  readonly directory: string;
  private readonly ports: Ports;
  private readonly programs: Record<string, Program> = {};

  private constructor(directory: string, ports: Ports) {
    this.directory = directory;
    this.ports = ports;
  }

  static async start(): Promise<Stack> {
    const ports = {
      demo: await freePort(),
      fleet: await freePort(),
      prometheus: await freePort(),
      alertmanager: await freePort(),
      receiver: await freePort(),
    };
    const stack = new Stack(await mkdtemp(join(tmpdir(), 'verify-')), ports);
    await stack.writeRoute('test');
    await stack.writeRules('promises', [{ record: 'job:up:sum', expr: 'sum by (job) (up)' }, WATCHDOG]);
    await stack.writePrometheus();
    stack.startServices();
    stack.startAlertmanager();
    stack.startPrometheus();
    return stack;
  }

  url(program: keyof Ports): string {
    return `http://127.0.0.1:${this.ports[program]}`;
  }

  async stop(program: string): Promise<void> {
    await this.programs[program]?.stop('SIGKILL');
  }

  /** What `perf-metrics verify` finds of the whole stack; `more` are further arguments. */
  async verify(seconds: number, ...more: string[]): Promise<Verdict> {
    const { receiver } = this.ports;
    const jobs = ['--expect-job', 'perf-metrics', '--expect-job', 'perf-metrics-fleet'];
    const alerts = ['--alertmanager', this.url('alertmanager'), '--receiver-port', String(receiver)];
    return await verify(
      ...['--timeout', `${seconds}s`, '--prometheus', this.url('prometheus'), ...jobs],
      ...['--fleet', this.url('fleet'), ...alerts, ...more],
    );
  }

  /** Writes a file of rules; `group` is its name, and the group's. */
  async writeRules(group: string, rules: readonly object[], folder = 'rules'): Promise<string> {
    const directory = join(this.directory, folder);
    await mkdir(directory, { recursive: true });
    const text = JSON.stringify({ groups: [{ name: group, interval: '1s', rules }] });
    await writeFile(join(directory, `${group}.yaml`), text);
    return directory;
  }

  async removeRules(group: string): Promise<void> {
    await rm(join(this.directory, 'rules', `${group}.yaml`));
  }

  /** Writes a dashboard with a panel for each expression, into a folder of its own. */
  async writeDashboard(folder: string, panels: Readonly<Record<string, string>>): Promise<string> {
    const directory = join(this.directory, folder);
    await mkdir(directory, { recursive: true });
    const dashboard = {
      title: 'Promises',
      panels: Object.entries(panels).map(([title, expr]) => ({ title, targets: [{ refId: 'A', expr }] })),
      templating: {
        list: [{ name: 'event', type: 'query', query: 'label_values(perf_events_total, event)' }],
      },
      annotations: { list: [{ name: 'Alerts', expr: 'ALERTS{alertname="NeverFires"}' }] },
    };
    await writeFile(join(directory, 'promises.json'), JSON.stringify(dashboard));
    return directory;
  }

  async reload(program: 'prometheus' | 'alertmanager'): Promise<void> {
    const response = await fetch(`${this.url(program)}/-/reload`, { method: 'POST' });
    if (!response.ok) throw new Error(`${program} refused its configuration: ${await response.text()}`);
  }

  /** Until Prometheus knows so many Alertmanagers: it takes up what its configuration says of them every five seconds. */
  async alertmanagersKnown(count: number): Promise<void> {
    await eventually(`Prometheus to know ${count} Alertmanagers`, async () => {
      const response = await fetch(`${this.url('prometheus')}/api/v1/alertmanagers`);
      const { data } = (await response.json()) as { data: { activeAlertmanagers: unknown[] } };
      return data.activeAlertmanagers.length === count || undefined;
    });
  }

  /** Where Alertmanager sends the test alert. */
  async writeRoute(receiver: 'test' | 'nobody'): Promise<void> {
    const webhook = { url: `http://127.0.0.1:${this.ports.receiver}/`, send_resolved: false };
    const configuration = {
      route: {
        receiver: 'nobody',
        routes: [{ matchers: ['alertname = PerfTest'], receiver, group_by: ['...'], group_wait: '0s' }],
      },
      receivers: [{ name: 'nobody' }, { name: 'test', webhook_configs: [webhook] }],
    };
    await writeFile(join(this.directory, 'alertmanager.yaml'), JSON.stringify(configuration));
  }

  /** `alerting`: what differs from Prometheus's usual way to Alertmanager. */
  async writePrometheus(alerting: object = {}): Promise<void> {
    const { demo, fleet, alertmanager } = this.ports;
    const targets = (port: number) => [{ targets: [`127.0.0.1:${port}`] }];
    const job = (name: string, port: number) => ({
      job_name: name,
      honor_labels: true,
      static_configs: targets(port),
    });
    const configuration = {
      global: { scrape_interval: '1s', evaluation_interval: '1s', scrape_native_histograms: true },
      rule_files: [join(this.directory, 'rules', '*.yaml')],
      alerting: { alertmanagers: [{ static_configs: targets(alertmanager) }], ...alerting },
      scrape_configs: [job('perf-metrics', demo), job('perf-metrics-fleet', fleet)],
    };
    await writeFile(join(this.directory, 'prometheus.yaml'), JSON.stringify(configuration));
  }

  startAlertmanager(): void {
    this.programs.alertmanager = startProgram(toolPath('alertmanager'), [
      `--config.file=${join(this.directory, 'alertmanager.yaml')}`,
      `--storage.path=${join(this.directory, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${this.ports.alertmanager}`,
      '--cluster.listen-address=',
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Object.values(this.programs).map((program) => program.stop()));
    await rm(this.directory, { recursive: true, force: true });
  }

  private startServices(): void {
    const { ports, programs } = this;
    programs.demo = startProgram(process.execPath, [DEMO], {
      PERF_PORT: String(ports.demo),
      PERF_INSTANCE: 'trader-1',
    });
    const target = `trading=http://127.0.0.1:${ports.demo}`;
    const args = [CLI, 'fleet', '--port', String(ports.fleet), '--target', target];
    programs.fleet = startProgram(process.execPath, args);
  }

  private startPrometheus(): void {
    this.programs.prometheus = startProgram(toolPath('prometheus'), [
      `--config.file=${join(this.directory, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(this.directory, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${this.ports.prometheus}`,
      '--web.enable-lifecycle',
    ]);
  }
}

interface Ports {
  readonly demo: number;
  readonly fleet: number;
  readonly prometheus: number;
  readonly alertmanager: number;
  readonly receiver: number;
}

/** What `perf-metrics verify` finds. */
export async function verify(...args: string[]): Promise<Verdict> {
  let text = '';
  const print = (part: string): void => {
    text += part;
  };
  const holds = await runVerify(args, { print, warn: () => undefined });
  const entries = text.split(/^(?=ok|FAIL)/m).map((part) => {
    const [, verdict = '', name = ''] = /^(ok|FAIL) +([^:]+):/.exec(part) ?? [];
    return [name, { isOk: verdict === 'ok', text: part }] as const;
  });
  return { holds, text, checks: Object.fromEntries(entries) };
}
