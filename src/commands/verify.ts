import { parseArgs } from 'node:util';
import { thrownText } from '../contract/errors.ts';
import { parseDuration } from '../rollout/plan/durations.ts';
import { AlertCheck, TEST_LABEL } from '../verify/alert-check.ts';
import type { Check } from '../verify/check.ts';
import { DashboardCheck } from '../verify/dashboard-check.ts';
import { FleetCheck } from '../verify/fleet-check.ts';
import { HttpServer } from '../verify/http.ts';
import { RuleCheck } from '../verify/rule-check.ts';
import { type CheckResult, runChecks } from '../verify/run-checks.ts';
import { TargetCheck } from '../verify/target-check.ts';
import { WatchdogCheck } from '../verify/watchdog-check.ts';
import { WebhookReceiver } from '../verify/webhook-receiver.ts';
import { UsageError } from './usage.ts';

export interface VerifyOutput {
  /** The results. */
  print(text: string): void;
  /** How far it has come. */
  warn(message: string): void;
}

const OPTIONS = {
  prometheus: { type: 'string' },
  'expect-job': { type: 'string', multiple: true },
  rules: { type: 'string', multiple: true },
  dashboards: { type: 'string', multiple: true },
  'allow-empty': { type: 'boolean' },
  alertmanager: { type: 'string' },
  'receiver-port': { type: 'string' },
  'receiver-host': { type: 'string' },
  fleet: { type: 'string' },
  timeout: { type: 'string' },
} as const;

type Values = ReturnType<typeof parse>;

/** Which flag is about what another one names. */
const NEEDS: readonly (readonly [flag: keyof Values, needed: keyof Values])[] = [
  ['expect-job', 'prometheus'],
  ['rules', 'prometheus'],
  ['dashboards', 'prometheus'],
  ['allow-empty', 'dashboards'],
  ['receiver-port', 'alertmanager'],
  ['receiver-host', 'receiver-port'],
];

const DEFAULT_TIMEOUT = '60s';
const MAX_TIMEOUT_SECONDS = 3600;
const MAX_DETAILS = 20;
const RESOLVE_MILLIS = 5000;

/**
 * `perf-metrics verify`: whether an installation does what it is for. Asks until everything holds or the time is up, and
 * then prints a line a check.
 *
 * @returns whether everything holds.
 * @throws UsageError what the caller can put right.
 */
export async function runVerify(args: string[], io: VerifyOutput): Promise<boolean> {
  const values = parse(args);
  for (const [flag, needed] of NEEDS)
    if (values[flag] !== undefined && values[needed] === undefined)
      throw new UsageError(`verify: --${flag} needs --${needed}`);
  const seconds = secondsOf(values.timeout);
  const checks = await checksOf(values);
  const alert = await alertCheckOf(values, seconds);
  if (alert !== null) checks.push(alert.check);
  try {
    const results = await runChecks(checks, seconds * 1000, (waiting, passed) =>
      io.warn(`waiting for ${waiting.join(', ')} (${passed.toFixed(0)} s of ${seconds} s)`),
    );
    for (const result of results) io.print(rendered(result));
    return results.every(({ isOk }) => isOk);
  } finally {
    await alert?.close();
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(`verify: ${(error as Error).message.split('. ')[0]}; see perf-metrics --help`);
  }
}

async function checksOf(values: Values): Promise<Check[]> {
  const prometheus = serverOf('prometheus', 'Prometheus', values);
  const alertmanager = serverOf('alertmanager', 'Alertmanager', values);
  const fleet = serverOf('fleet', 'the aggregation worker', values);
  const { 'expect-job': jobs = [], rules = [], dashboards = [], 'allow-empty': allowEmpty = false } = values;
  const checks: Check[] = [];
  if (fleet !== null) checks.push(new FleetCheck(fleet));
  try {
    if (prometheus !== null) {
      checks.push(new TargetCheck(prometheus, jobs), await RuleCheck.create(prometheus, rules));
      if (dashboards.length > 0) checks.push(await DashboardCheck.create(prometheus, dashboards, allowEmpty));
    }
  } catch (error) {
    throw new UsageError(`verify: ${thrownText(error)}`);
  }
  if (prometheus !== null && alertmanager !== null) checks.push(new WatchdogCheck(prometheus, alertmanager));
  if (checks.length === 0 && values['receiver-port'] === undefined)
    throw new UsageError(
      'verify: say what to look at: --prometheus URL, --alertmanager URL with --prometheus URL or --receiver-port PORT, --fleet URL',
    );
  return checks;
}

interface RunningAlertCheck {
  readonly check: Check;
  /** Ends the alert and the receiver. */
  close(): Promise<void>;
}

async function alertCheckOf(values: Values, seconds: number): Promise<RunningAlertCheck | null> {
  const alertmanager = serverOf('alertmanager', 'Alertmanager', values);
  if (alertmanager === null || values['receiver-port'] === undefined) return null;
  const receiver = await listen(values['receiver-host'] ?? '127.0.0.1', portOf(values['receiver-port']));
  const check = new AlertCheck(alertmanager, receiver, seconds * 1000);
  return {
    check,
    async close() {
      // Without it the alert ends by itself, later.
      await check.resolve(AbortSignal.timeout(RESOLVE_MILLIS)).catch(() => undefined);
      await receiver.close();
    },
  };
}

async function listen(host: string, port: number): Promise<WebhookReceiver> {
  try {
    return await WebhookReceiver.listen(host, port, TEST_LABEL);
  } catch (error) {
    throw new UsageError(
      `verify: --receiver-host and --receiver-port name no address to listen on: ${thrownText(error)}`,
    );
  }
}

function serverOf(
  flag: 'prometheus' | 'alertmanager' | 'fleet',
  name: string,
  { [flag]: url }: Values,
): HttpServer | null {
  if (url === undefined) return null;
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url))
    throw new UsageError(
      `verify: --${flag} takes a URL with http:// or https://, got ${JSON.stringify(url)}`,
    );
  return new HttpServer(name, url);
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port === 0 || port > 65_535)
    throw new UsageError(`verify: --receiver-port takes a port from 1 to 65535, got ${JSON.stringify(text)}`);
  return port;
}

function secondsOf(text = DEFAULT_TIMEOUT): number {
  const seconds = parseDuration(text);
  // NaN is neither.
  if (!(seconds >= 1 && seconds <= MAX_TIMEOUT_SECONDS))
    throw new UsageError(
      `verify: --timeout takes a duration from 1s to 1h such as 90s, got ${JSON.stringify(text)}`,
    );
  return seconds;
}

function rendered({ name, isOk, summary, details }: CheckResult): string {
  const shown = details.slice(0, MAX_DETAILS);
  if (details.length > shown.length) shown.push(`and ${details.length - shown.length} more`);
  const lines = [`${name}: ${summary}`, ...shown.map((detail) => `  ${detail}`)];
  return lines.map((line, i) => `${i > 0 ? '    ' : isOk ? 'ok  ' : 'FAIL'}  ${line}\n`).join('');
}
