import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FAMILIES, type FamilySpec } from '../../src/contract/families.ts';
import { FLEET_FAMILIES, ROLLOUT_FAMILIES } from '../../src/contract/fleet-families.ts';
import { typescriptFiles } from '../architecture/files.ts';
import { committedDashboards, expressionsOf, panelsOf, targetsOf } from './dashboard-files.ts';

const RULES = fileURLToPath(new URL('../../helm/perf-metrics/files/rules', import.meta.url));
const families: FamilySpec[] = [FAMILIES, FLEET_FAMILIES, ROLLOUT_FAMILIES].flatMap((group) =>
  Object.values<FamilySpec>(group),
);

const NAMES = new Set([
  'ALERTS',
  ...families.flatMap(({ name, type }) =>
    type === 'histogram' ? [name, `${name}_sum`, `${name}_count`] : [name],
  ),
  ...recordedNames(),
]);
const LABELS = new Set([
  ...['namespace', 'service', 'instance', 'alertname', 'severity', 'alertstate'],
  ...families.flatMap(({ labels }) => labels),
  // Made by the query itself.
  'ratio',
]);

function recordedNames(): string[] {
  return readdirSync(RULES).flatMap((file) => {
    const { groups } = parse(readFileSync(join(RULES, file), 'utf8')) as {
      groups: { rules: { record?: string }[] }[];
    };
    return groups.flatMap(({ rules }) => rules.flatMap(({ record }) => record ?? []));
  });
}

const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const KEYWORDS = new Set(['or', 'and', 'unless', 'bool', 'offset']);

/** The names of series in a PromQL expression: what is neither a function nor a label, a string, a span or a keyword. */
function seriesNames(expression: string): string[] {
  const bare = expression
    .replace(/"[^"]*"/g, '""')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\boffset \w+/g, '')
    .replace(GROUPING, ' ');
  const words = [...bare.matchAll(/(?<![\w.:])([a-zA-Z_][\w:]*)(?!\s*\()(?![\w:])/g)].map(
    (match) => match[1],
  );
  return words.filter((word) => !KEYWORDS.has(word) && !/^(sum|min|max|avg|count|topk)$/.test(word));
}

/** Labels that an expression matches or groups by. */
function labelNames(expression: string): string[] {
  const grouped = [...expression.matchAll(GROUPING)].flatMap((match) => match[1].split(','));
  const matched = [...expression.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map((match) => match[1]);
  return [...grouped, ...matched].map((name) => name.trim()).filter((name) => name !== '');
}

describe('queries of dashboards', () => {
  const expressions = committedDashboards().flatMap(expressionsOf);

  it('name only families of the contract and series of the rules', () => {
    const unknown = expressions.flatMap(({ place, text }) =>
      seriesNames(text)
        .filter((name) => !NAMES.has(name))
        .map((name) => `${place}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('name only labels that there are, in expressions and in legends', () => {
    const legends = committedDashboards()
      .flatMap(panelsOf)
      .flatMap((panel) => targetsOf(panel).map(({ legendFormat = '' }) => legendFormat))
      .flatMap((legend) => [...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1]));
    const labels = [...expressions.flatMap(({ text }) => labelNames(text)), ...legends];
    expect([...new Set(labels)].filter((label) => !LABELS.has(label))).toEqual([]);
  });

  it('show every family of the service, but for what another tells better', () => {
    const shown = new Set(expressions.flatMap(({ text }) => seriesNames(text)));
    const hidden = Object.values<FamilySpec>(FAMILIES).filter(
      ({ name }) => !shown.has(name) && !shown.has(`${name}_sum`),
    );
    expect(hidden).toEqual([
      // Since start: the windows tell of the present, the histograms of any time.
      ...[FAMILIES.eventValue, FAMILIES.eventQuantile, FAMILIES.eventValueQuantile],
      // The rate of all events.
      FAMILIES.eventWindowEvents,
      // Records less those overwritten.
      FAMILIES.ringAggregated,
    ]);
  });
});

describe('the sources of the dashboards', () => {
  it('take every name of a family from the contract', () => {
    const written = Object.entries(typescriptFiles('grafana')).flatMap(([path, source]) =>
      [...source.matchAll(/\bperf_\w+/g)].map(([name]) => `${path}: ${name}`),
    );
    expect(written).toEqual([]);
  });
});

describe('the names in an expression', () => {
  it('are those of series', () => {
    const text =
      'topk(20, sum by (event) (rate(a_total{x="y z"}[5m])) / on (event) group_left (b) (ns:c:rate5m offset 1m > 0)) or vector(1e3)';
    expect(seriesNames(text)).toEqual(['a_total', 'ns:c:rate5m']);
    expect(labelNames(text).sort()).toEqual(['b', 'event', 'event', 'x']);
  });
});
