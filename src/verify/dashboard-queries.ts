import { fillVariables, type VariableValues, variableValues } from './grafana-variables.ts';

export interface DashboardQuery {
  /** The dashboard's title. */
  readonly dashboard: string;
  /** The panel's title with the letter of the query where it has several, or the name of the variable or annotation. */
  readonly panel: string;
  readonly kind: 'panel' | 'variable' | 'annotation';
  /** PromQL without Grafana's variables. */
  readonly expression: string;
  /** Asked over a time range; else at one time. */
  readonly isRange: boolean;
  /** An answer without data is no fault: of an annotation, or of a panel that says what its emptiness means (`noValue`). */
  readonly mayBeEmpty: boolean;
  /** Variables that the query names and the dashboard does not have. */
  readonly undeclared: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Every PromQL query of a Grafana dashboard (the JSON that Grafana exports, `panels` at its top), with Grafana's variables
 * filled in. The query of a variable becomes one that finds series when the variable has something to offer.
 *
 * @throws Error when it is no such dashboard.
 */
export function dashboardQueries(dashboard: unknown): DashboardQuery[] {
  const fields = fieldsOf(dashboard);
  if (!Array.isArray(fields.panels))
    throw new Error('it is no dashboard of Grafana: it has no list `panels`');
  const title = String(fields.title ?? '');
  const variables = listOf(fieldsOf(fields.templating).list);
  const values = variableValues(variables);
  const annotations = listOf(fieldsOf(fields.annotations).list);
  return [
    ...listOf(fields.panels).flatMap((panel) => panelQueries(panel, values)),
    ...variables.flatMap((variable) => variableQuery(variable, values)),
    ...annotations.flatMap((annotation) => annotationQuery(annotation, values)),
  ].map((query) => ({ dashboard: title, ...query }));
}

type Query = Omit<DashboardQuery, 'dashboard'>;

/** A row that is folded up holds its panels itself. */
function panelQueries(panel: Fields, values: VariableValues): Query[] {
  const title = String(panel.title ?? `panel ${panel.id}`);
  const { noValue } = fieldsOf(fieldsOf(panel.fieldConfig).defaults);
  const targets = listOf(panel.targets).filter(({ expr }) => typeof expr === 'string');
  const queries = targets.map(({ expr, refId, instant, range }): Query => {
    const { text, undeclared } = fillVariables(String(expr), values);
    return {
      panel: targets.length > 1 ? `${title} (${refId})` : title,
      kind: 'panel',
      expression: text,
      isRange: range === true || instant !== true,
      mayBeEmpty: typeof noValue === 'string' && noValue !== '',
      undeclared,
    };
  });
  return [...queries, ...listOf(panel.panels).flatMap((inner) => panelQueries(inner, values))];
}

function variableQuery(variable: Fields, values: VariableValues): Query[] {
  const { query, type, name } = variable;
  const written = typeof query === 'string' ? query : fieldsOf(query).query;
  if (type !== 'query' || typeof written !== 'string') return [];
  const { text, undeclared } = fillVariables(written, values);
  return [
    {
      panel: String(name),
      kind: 'variable',
      expression: seriesQuery(text),
      isRange: false,
      mayBeEmpty: false,
      undeclared,
    },
  ];
}

/** What has not happened yet draws nothing: an annotation may be empty. */
function annotationQuery(annotation: Fields, values: VariableValues): Query[] {
  const expression = fieldsOf(annotation.target).expr ?? annotation.expr;
  if (typeof expression !== 'string') return [];
  const { text, undeclared } = fillVariables(expression, values);
  return [
    {
      panel: String(annotation.name),
      kind: 'annotation',
      expression: text,
      isRange: true,
      mayBeEmpty: true,
      undeclared,
    },
  ];
}

/** PromQL for what Grafana's functions of variables ask: grafana.com, Prometheus template variables. */
function seriesQuery(query: string): string {
  const [, called = '', inner = ''] = /^\s*(\w+)\((.*)\)\s*$/s.exec(query) ?? [];
  if (called === 'query_result') return inner;
  if (called === 'label_names') return 'group({__name__!=""})';
  if (called === 'metrics') return `group by (__name__) ({__name__=~"${inner.trim()}"})`;
  if (called !== 'label_values') return query;
  const [, selector = '', label = ''] = /^(?:(.*),)?\s*(\w+)\s*$/s.exec(inner) ?? [];
  return `group by (${label}) (${withLabel(selector.trim(), label)})`;
}

/** The selector, of series that have the label. */
function withLabel(selector: string, label: string): string {
  const matcher = `${label}!=""`;
  if (!selector.endsWith('}')) return `${selector}{${matcher}}`;
  const open = selector.slice(0, -1).trimEnd();
  return /[{,]$/.test(open) ? `${open}${matcher}}` : `${open},${matcher}}`;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}
