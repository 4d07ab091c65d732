import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort, startProgram } from '../support/programs.ts';
import { toolPath } from '../support/tools.ts';

/** The part of Prometheus' syntax tree that says where labels come from and go to. */
export interface Expression {
  readonly type: string;
  readonly name?: string;
  readonly matchers?: readonly { readonly name: string; readonly type: string; readonly value: string }[];
  readonly op?: string;
  readonly expr?: Expression;
  readonly lhs?: Expression;
  readonly rhs?: Expression;
  readonly args?: readonly Expression[];
  readonly func?: { readonly name: string };
  readonly without?: boolean;
  readonly grouping?: readonly string[];
  readonly matching?: {
    readonly card: string;
    readonly labels: readonly string[];
    readonly on: boolean;
    readonly include: readonly string[];
  } | null;
}

/** Parses as Prometheus does: by asking one, which scrapes nothing, evaluates the rule files and tells nobody. */
export interface Parser {
  parse(promql: string): Promise<Expression>;
  /** Names of the metrics that Prometheus exposes about itself. */
  ownMetrics(): Promise<ReadonlySet<string>>;
  stop(): Promise<void>;
}

export async function startParser(ruleFiles: readonly string[]): Promise<Parser> {
  const directory = await mkdtemp(join(tmpdir(), 'perf-metrics-promql-'));
  const configuration = {
    rule_files: ruleFiles,
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${await freePort()}`] }] }] },
  };
  await writeFile(join(directory, 'prometheus.yaml'), JSON.stringify(configuration));
  const url = `http://127.0.0.1:${await freePort()}`;
  const prometheus = startProgram(toolPath('prometheus'), [
    `--config.file=${join(directory, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=${new URL(url).host}`,
  ]);
  await eventually('a Prometheus that parses', async () => (await fetch(`${url}/-/ready`)).ok || undefined);
  return {
    async parse(promql) {
      const response = await fetch(`${url}/api/v1/parse_query?${new URLSearchParams({ query: promql })}`);
      const answer = (await response.json()) as { data?: Expression; error?: string };
      if (answer.data === undefined) throw new Error(`${promql}: ${answer.error}`);
      return answer.data;
    },
    async ownMetrics() {
      await eventually('a Prometheus that counts for its Alertmanager, too', async () => {
        const { data } = (await (await fetch(`${url}/api/v1/alertmanagers`)).json()) as {
          data: { activeAlertmanagers: unknown[] };
        };
        return data.activeAlertmanagers.length > 0 || undefined;
      });
      const text = await (await fetch(`${url}/metrics`)).text();
      return new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name));
    },
    async stop() {
      await prometheus.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const SELECTORS = ['vectorSelector', 'matrixSelector'];

/** Every selector in it. */
export function selectorsOf(expression: Expression): Expression[] {
  if (SELECTORS.includes(expression.type)) return [expression];
  const { expr, lhs, rhs, args = [] } = expression;
  return [expr, lhs, rhs, ...args].flatMap((part) => (part ? selectorsOf(part) : []));
}

/** Names of the metrics that it reads; throws at a selector without one. */
export function metricNames(expression: Expression): string[] {
  return selectorsOf(expression).map(({ name }) => {
    if (!name) throw new Error('a selector without a metric name');
    return name;
  });
}

/** Functions whose result has no label of their argument. */
const LABELLESS = ['absent', 'absent_over_time', 'scalar', 'time', 'vector'];
const SET_OPERATIONS = ['and', 'unless', 'or'];
const SCALARS = ['numberLiteral', 'stringLiteral'];

/** Whether the result may carry `label`, if `hasLabel` says so of the metrics by name. */
export function keepsLabel(
  expression: Expression,
  label: string,
  hasLabel: (metric: string, label: string) => boolean,
): boolean {
  const keeps = (part: Expression | undefined): boolean =>
    part !== undefined && keepsLabel(part, label, hasLabel);
  const {
    type,
    name = '',
    expr,
    lhs,
    rhs,
    args = [],
    func,
    grouping = [],
    without,
    op = '',
    matching,
  } = expression;
  switch (type) {
    case 'vectorSelector':
    case 'matrixSelector':
      return hasLabel(name, label);
    case 'call':
      return !LABELLESS.includes(func?.name ?? '') && args.some(keeps);
    case 'aggregation':
      if (['topk', 'bottomk', 'limitk'].includes(op)) return keeps(expr);
      return grouping.includes(label) !== (without === true) && keeps(expr);
    case 'binaryExpr': {
      if (op === 'or') return keeps(lhs) && keeps(rhs);
      if (SET_OPERATIONS.includes(op)) return keeps(lhs);
      if (!matching || isScalar(lhs) || isScalar(rhs)) return keeps(lhs) || keeps(rhs);
      const { card, labels, on, include } = matching;
      if (card === 'many-to-one') return keeps(lhs) || include.includes(label);
      if (card === 'one-to-many') return keeps(rhs) || include.includes(label);
      return labels.includes(label) === on && keeps(lhs);
    }
    default:
      return keeps(expr);
  }
}

function isScalar(expression: Expression | undefined): boolean {
  if (expression?.type === 'parenExpr' || expression?.type === 'unaryExpr') return isScalar(expression.expr);
  return (
    SCALARS.includes(expression?.type ?? '') || ['time', 'scalar'].includes(expression?.func?.name ?? '')
  );
}
