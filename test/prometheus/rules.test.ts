import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAMILIES } from '../../src/contract/families.ts';
import { FLEET_FAMILIES, ROLLOUT_FAMILIES } from '../../src/contract/fleet-families.ts';
import { toolPath } from '../support/tools.ts';
import { type Expression, keepsLabel, metricNames, type Parser, startParser } from './promql.ts';
import {
  type AlertTest,
  filesOf,
  RULE_TESTS,
  RULES,
  RUNBOOKS,
  readAlertTests,
  readRules,
} from './rule-files.ts';

const RUNBOOK_URL = 'https://github.com/perf-metrics/perf-metrics/blob/main/docs/runbooks';
const SEVERITIES = ['critical', 'warning', 'info'];
const TARGET_LABELS = ['job', 'namespace', 'service', 'instance', 'pod'];

/** What Prometheus makes itself, and Alertmanager exposes; what Prometheus exposes, it is asked for. */
const FOREIGN = [
  'ALERTS',
  'up',
  'alertmanager_config_last_reload_success_timestamp_seconds',
  'alertmanager_config_last_reload_successful',
  'alertmanager_notifications_failed_total',
  'alertmanager_notifications_total',
];

/** Labels by metric. */
const OURS = new Map(
  [...Object.values(FAMILIES), ...Object.values(FLEET_FAMILIES), ...Object.values(ROLLOUT_FAMILIES)].flatMap(
    ({ name, type, labels }) => {
      const names =
        type === 'histogram' ? ['', '_bucket', '_count', '_sum'].map((end) => name + end) : [name];
      return names.map((each) => [each, labels as readonly string[]] as const);
    },
  ),
);

const rules = readRules();
const recorded = new Map(rules.filter(({ isAlert }) => !isAlert).map((rule) => [rule.name, rule]));
const alerts = rules.filter(({ isAlert }) => isAlert);
const alertTests = readAlertTests();
const trees = new Map<string, Expression>();
let parser: Parser;
let prometheusMetrics: ReadonlySet<string>;

beforeAll(async () => {
  parser = await startParser(filesOf(RULES, '.yaml'));
  prometheusMetrics = await parser.ownMetrics();
  await Promise.all(
    rules.map(async ({ expr }) => {
      trees.set(expr, await parser.parse(expr));
    }),
  );
});

afterAll(async () => {
  await parser?.stop();
});

function promtool(args: readonly string[], input = ''): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(toolPath('promtool'), args, { encoding: 'utf8', input });
  return { status, output: `${stdout}${stderr}` };
}

function treeOf(expr: string): Expression {
  const tree = trees.get(expr);
  if (tree === undefined) throw new Error(`not parsed: ${expr}`);
  return tree;
}

function isOurs(metric: string): boolean {
  return OURS.has(metric) || recorded.has(metric);
}

function hasLabel(metric: string, label: string): boolean {
  const rule = recorded.get(metric);
  if (rule !== undefined) return label in rule.labels || keepsLabel(treeOf(rule.expr), label, hasLabel);
  const labels = OURS.get(metric);
  // What labels the metrics of others have is not ours to know.
  return labels === undefined || labels.includes(label) || TARGET_LABELS.includes(label);
}

describe('the rule files', () => {
  it('pass every check of promtool, linter included', () => {
    const { status, output } = promtool([
      'check',
      'rules',
      '--lint=all',
      '--lint-fatal',
      ...filesOf(RULES, '.yaml'),
    ]);
    expect(status, output).toBe(0);
  });

  it('would not pass with a rule written twice', () => {
    const rule = { record: 'a:b:c', expr: 'up' };
    const input = JSON.stringify({ groups: [{ name: 'twice', rules: [rule, rule] }] });
    expect(promtool(['check', 'rules', '--lint=all', '--lint-fatal'], input).status).not.toBe(0);
  });

  it.each(rules)('$file: $name reads metrics that there are', ({ expr }) => {
    const unknown = metricNames(treeOf(expr)).filter(
      (name) =>
        !OURS.has(name) && !recorded.has(name) && !FOREIGN.includes(name) && !prometheusMetrics.has(name),
    );
    expect(unknown).toEqual([]);
  });

  it('use every metric that is recorded for them under the name level:metric:operations', () => {
    for (const { name, expr } of recorded.values()) {
      const [level = '', metric = '', operations] = name.split(':');
      expect(operations, name).toMatch(/^[a-z0-9_]+$/);
      expect(OURS.has(metric) || OURS.has(`${metric}_total`), name).toBe(true);
      for (const label of ['namespace', 'service', 'instance', 'event'])
        expect(keepsLabel(treeOf(expr), label, hasLabel), `${name}: ${label}`).toBe(
          level.split('_').includes(label),
        );
    }
  });

  it('name each alert once', () => {
    const names = alerts.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe.each(alerts.filter(({ name }) => name !== 'Watchdog'))('$file: $name', (alert) => {
  const { name, expr, labels, annotations, intervalSeconds } = alert;
  const texts = `${annotations.summary} ${annotations.description}`;
  const tests = alertTests.filter((test) => test.alert === name);

  it('says how bad it is, what happened, where, and what to do', () => {
    expect(name).toMatch(/^Perf[A-Z]/);
    expect(SEVERITIES).toContain(labels.severity);
    expect(Object.keys(annotations).sort()).toEqual(['description', 'runbook_url', 'summary']);
    expect(annotations.runbook_url).toBe(`${RUNBOOK_URL}/${name}.md`);
    expect(annotations.summary).toMatch(/\{\{.*\$labels\.(instance|service|namespace)/);
    expect(annotations.description?.length).toBeGreaterThan(100);
  });

  it('has the labels that its texts use, and names the event of what it is about', () => {
    const tree = treeOf(expr);
    // `or $labels.instance "…"` says what it is without one.
    const needed = texts.replaceAll(/\bor \$labels\.\w+ "/g, '');
    for (const [, label = ''] of needed.matchAll(/\$labels\.(\w+)/g)) {
      expect(label in labels || keepsLabel(tree, label, hasLabel), label).toBe(true);
    }
    if (metricNames(tree).some((metric) => isOurs(metric) && hasLabel(metric, 'event')))
      expect(annotations.summary).toContain('$labels.event');
    if (keepsLabel(tree, 'instance', hasLabel)) expect(annotations.summary).toContain('$labels.instance');
  });

  it('has a runbook', () => {
    const path = join(RUNBOOKS, `${name}.md`);
    expect(existsSync(path), path).toBe(true);
    const text = readFileSync(path, 'utf8');
    expect(text.split('\n')[0]).toBe(`# ${name}`);
    expect(text.match(/^## (Meaning|Impact|Diagnosis|Mitigation)$/gm)).toEqual([
      '## Meaning',
      '## Impact',
      '## Diagnosis',
      '## Mitigation',
    ]);
    expect(readFileSync(join(RUNBOOKS, 'README.md'), 'utf8')).toContain(
      `| [${name}](${name}.md) | ${labels.severity} |`,
    );
  });

  it('is tested on both sides of its `for`, through its end, and where it must be silent', () => {
    expect(tests.filter((test) => firesBetween(test, intervalSeconds)).map(({ test }) => test)).not.toEqual(
      [],
    );
    expect(tests.filter(ends).map(({ test }) => test)).not.toEqual([]);
    expect(tests.filter(isSilent).map(({ test }) => test)).not.toEqual([]);
  });
});

/** Silent at one evaluation, firing at the next. */
function firesBetween({ checks }: AlertTest, intervalSeconds: number): boolean {
  return checks.some(({ seconds, isFiring }, i) => {
    const before = checks[i - 1];
    return isFiring && before?.isFiring === false && seconds - before.seconds <= intervalSeconds;
  });
}

function ends({ checks }: AlertTest): boolean {
  return checks.some(({ isFiring }, i) => !isFiring && checks[i - 1]?.isFiring === true);
}

function isSilent({ checks }: AlertTest): boolean {
  return checks.every(({ isFiring }) => !isFiring);
}

describe('the tests of the rules', () => {
  it.each(filesOf(RULE_TESTS, '.test.yaml').map((path) => ({ file: basename(path), path })))(
    '$file passes',
    ({ path }) => {
      const { status, output } = promtool(['test', 'rules', path]);
      expect(status, output).toBe(0);
    },
  );

  it('test no alert that there is not', () => {
    const names = alerts.map(({ name }) => name);
    expect(alertTests.map(({ alert }) => alert).filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('the runbooks', () => {
  it('are about alerts that there are', () => {
    const names = alerts.map(({ name }) => `${name}.md`);
    const pages = filesOf(RUNBOOKS, '.md').map((path) => basename(path));
    expect(pages.filter((page) => page !== 'README.md' && !names.includes(page))).toEqual([]);
  });
});

describe('the check of labels', () => {
  it.each([
    ['sum by (event) (up)', 'event', true],
    ['sum by (event) (up)', 'instance', false],
    ['sum without (event) (rate(up[5m]))', 'event', false],
    ['sum without (event) (rate(up[5m]))', 'instance', true],
    ['up / on (event) up', 'instance', false],
    ['up / ignoring (event) up', 'instance', true],
    ['up * on (service) group_left (event) perf_up', 'event', true],
    ['sum by (service) (up) and on (service) up', 'instance', false],
    ['up or sum by (service) (up)', 'instance', false],
    ['2 * up > 1', 'instance', true],
    ['time() - up', 'instance', true],
    ['absent(up)', 'instance', false],
    ['histogram_quantile(0.99, sum by (event, le) (rate(up[5m])))', 'event', true],
    ['topk(3, up)', 'instance', true],
  ])('%s: %s %s', async (promql, label, isKept) => {
    expect(keepsLabel(await parser.parse(promql), label, () => true)).toBe(isKept);
  });
});
