import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { renderedAlertmanager } from '../chart/rendered-alertmanager.ts';
import { eventually, freePort, type Program, startProgram } from '../support/programs.ts';
import { toolPath } from '../support/tools.ts';
import { HttpListener, MailListener } from './listeners.ts';

export type Labels = Readonly<Record<string, string>>;

/** An alert as Alertmanager's API and webhooks have it. */
export interface Alert {
  readonly labels: Labels;
  readonly annotations: Labels;
}

interface StoredAlert extends Alert {
  readonly status: { readonly state: 'active' | 'suppressed' | 'unprocessed' };
}

/** What is posted to a webhook. */
export interface Notification {
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly (Alert & { readonly status: 'firing' | 'resolved' })[];
}

/** A real Alertmanager with the chart's configuration, and all whom it tells, on the loopback interface. */
export class RunningAlertmanager implements AsyncDisposable {
  readonly listener: HttpListener;
  readonly mail: MailListener;
  private readonly directory: string;
  private readonly port: number;
  private readonly posted = new Map<string, object>();
  private program: Program | undefined;

  private constructor(directory: string, port: number, listener: HttpListener, mail: MailListener) {
    this.directory = directory;
    this.port = port;
    this.listener = listener;
    this.mail = mail;
  }

  /** @param values of `alertmanager` in the chart, such as its times. */
  static async start(values: object = {}): Promise<RunningAlertmanager> {
    const directory = await mkdtemp(join(tmpdir(), 'alertmanager-'));
    const [listener, mail] = [await HttpListener.listen(), await MailListener.listen()];
    const running = new RunningAlertmanager(directory, await freePort(), listener, mail);
    await running.configure(values);
    await running.launch();
    return running;
  }

  /** Tells Alertmanager of alerts that fire, as Prometheus does. */
  async fire(...alerts: readonly (Labels | Alert)[]): Promise<void> {
    const startsAt = new Date().toISOString();
    const endsAt = new Date(Date.now() + 3600e3).toISOString();
    const bodies = alerts.map((alert) => {
      const { labels, annotations } = isAlert(alert) ? alert : { labels: alert, annotations: {} };
      return { labels, annotations, startsAt, endsAt };
    });
    for (const body of bodies) this.posted.set(JSON.stringify(body.labels), body);
    await this.api('alerts', bodies);
  }

  async resolve(...alerts: readonly Labels[]): Promise<void> {
    const endsAt = new Date().toISOString();
    const bodies = alerts.map((labels) => ({ ...this.posted.get(JSON.stringify(labels)), labels, endsAt }));
    await this.api('alerts', bodies);
  }

  async silence(labels: Labels): Promise<void> {
    const matchers = Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false }));
    const [startsAt, endsAt] = [Date.now(), Date.now() + 3600e3].map((time) => new Date(time).toISOString());
    await this.api('silences', { matchers, startsAt, endsAt, createdBy: 'a test', comment: 'a test' });
  }

  /** Alerts with these labels, among others, and whether they are told. */
  async alerts(labels: Labels): Promise<StoredAlert[]> {
    const filters = new URLSearchParams();
    for (const [name, value] of Object.entries(labels)) filters.append('filter', `${name}="${value}"`);
    return (await this.api(`alerts?${filters}`)) as StoredAlert[];
  }

  /** What the webhook was told of alerts with these labels. */
  notifications(labels: Labels): Notification[] {
    return this.listener
      .bodies<Notification>('webhook')
      .filter(({ alerts }) => alerts.some((alert) => has(alert, labels)));
  }

  /** As a pod is replaced: its volume stays. */
  async restart(): Promise<void> {
    await this.program?.stop();
    await this.launch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program?.stop();
    await this.listener[Symbol.asyncDispose]();
    await this.mail[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true });
  }

  private async launch(): Promise<void> {
    const program = startProgram(toolPath('alertmanager'), [
      `--config.file=${join(this.directory, 'alertmanager.yaml')}`,
      `--storage.path=${join(this.directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${this.port}`,
      '--web.external-url=https://alerts.example.com/',
      '--cluster.listen-address=',
    ]);
    this.program = program;
    await eventually('Alertmanager to be ready', async () => {
      if (program.process.exitCode !== null) throw new Error(program.output());
      return (await fetch(`http://127.0.0.1:${this.port}/-/ready`)).ok || undefined;
    });
  }

  /** The chart's files, with its paths and addresses led here. */
  private async configure(values: object): Promise<void> {
    const secret = { enabled: true, existingSecret: 'oncall' };
    const email = {
      ...{ enabled: true, to: 'oncall@example.com', from: 'alerts@example.com', requireTls: false },
      smarthost: this.mail.address,
    };
    const alertmanager = {
      receivers: { slack: secret, pagerduty: secret, webhook: secret, email },
      deadMansSwitch: { existingSecret: 'oncall' },
      ...values,
    };
    const { configuration, templates } = renderedAlertmanager({ alertmanager });
    const text = configuration
      .replaceAll('/etc/alertmanager', this.directory)
      .replaceAll('http://perf-metrics-test:8080/', this.listener.url('test'));
    const global = { pagerduty_url: this.listener.url('pagerduty') };
    await mkdir(join(this.directory, 'config'));
    await mkdir(join(this.directory, 'secrets'));
    await writeFile(
      join(this.directory, 'alertmanager.yaml'),
      JSON.stringify({ global, ...(parse(text) as object) }),
    );
    await writeFile(join(this.directory, 'config', 'notifications.tmpl'), templates);
    for (const name of ['slack', 'webhook', 'dead-mans-switch'])
      await writeFile(join(this.directory, 'secrets', name), `${this.listener.url(name)}\n`);
    await writeFile(join(this.directory, 'secrets', 'pagerduty'), 'a-routing-key\n');
  }

  private async api(path: string, body?: object): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.port}/api/v2/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Alertmanager answered ${path} with ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}

function isAlert(alert: Labels | Alert): alert is Alert {
  return typeof alert.labels === 'object';
}

export function has({ labels }: Alert, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}
