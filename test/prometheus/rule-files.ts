import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../architecture/files.ts';

export const RULES = join(ROOT, 'prometheus', 'rules');
export const RULE_TESTS = join(ROOT, 'prometheus', 'tests');
export const RUNBOOKS = join(ROOT, 'docs', 'runbooks');

interface RuleOfFile {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Rule {
  readonly file: string;
  /** Of the group, in seconds. */
  readonly intervalSeconds: number;
  readonly name: string;
  readonly isAlert: boolean;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What one test of a file asserts of one alert. */
export interface AlertTest {
  readonly alert: string;
  readonly test: string;
  readonly checks: readonly { readonly seconds: number; readonly isFiring: boolean }[];
}

export function filesOf(directory: string, suffix: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(directory, name));
}

export function readRules(): Rule[] {
  return filesOf(RULES, '.yaml').flatMap((path) => {
    const { groups } = parse(readFileSync(path, 'utf8')) as {
      groups: { interval: string; rules: RuleOfFile[] }[];
    };
    return groups.flatMap(({ interval, rules }) =>
      rules.map(({ alert, record, expr, labels = {}, annotations = {} }) => ({
        file: basename(path),
        intervalSeconds: secondsOf(interval),
        name: alert ?? record ?? '',
        isAlert: alert !== undefined,
        expr,
        labels,
        annotations,
      })),
    );
  });
}

export function readAlertTests(): AlertTest[] {
  return filesOf(RULE_TESTS, '.test.yaml').flatMap((path) => {
    const { tests } = parse(readFileSync(path, 'utf8')) as {
      tests: {
        name?: string;
        alert_rule_test?: { eval_time: string; alertname: string; exp_alerts?: unknown[] | null }[];
      }[];
    };
    return tests.flatMap(({ name = '', alert_rule_test: checks = [] }) =>
      [...new Set(checks.map(({ alertname }) => alertname))].map((alert) => ({
        alert,
        test: `${basename(path)}: ${name}`,
        checks: checks
          .filter(({ alertname }) => alertname === alert)
          .map(({ eval_time, exp_alerts }) => ({
            seconds: secondsOf(eval_time),
            isFiring: (exp_alerts ?? []).length > 0,
          }))
          .sort((a, b) => a.seconds - b.seconds),
      })),
    );
  });
}

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/** Of a duration as Prometheus writes it, such as `1h30m`. */
export function secondsOf(duration: string): number {
  if (!/^(\d+(ms|[smhdw]))+$/.test(duration) && duration !== '0')
    throw new Error(`${JSON.stringify(duration)} is no duration of Prometheus`);
  return [...duration.matchAll(/(\d+)(ms|[smhdw])/g)].reduce(
    (sum, [, count, unit = 's']) => sum + Number(count) * (UNIT_SECONDS[unit] ?? Number.NaN),
    0,
  );
}
