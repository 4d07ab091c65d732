import { TableCellDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import { type DashboardLink, DashboardLinkBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { DASHBOARDS, type DashboardName } from './catalogue.ts';
import { described, type Limit, type PanelText, type State, stateMapping } from './panel-text.ts';
import { refId, tableQuery } from './queries.ts';

/** A column of figures: one instant query. */
interface Figure {
  readonly name: string;
  readonly expr: string;
  readonly unit: string;
  readonly decimals?: number;
  /** Colours the cells. */
  readonly steps?: readonly Limit[];
  readonly states?: readonly State[];
  /** Hidden, but there to sort by or for links. */
  readonly isHidden?: boolean;
}

/** A column of names: a label that every query returns. */
interface Name {
  readonly label: string;
  readonly name: string;
  readonly links?: readonly DashboardLink[];
}

interface TableText extends Omit<PanelText, 'unit'> {
  readonly names: readonly Name[];
  readonly figures: readonly Figure[];
  /** Name of the column to sort by. */
  readonly sort: { readonly by: string; readonly isDescending: boolean };
}

/** One row for each combination of labels; the figures of several queries are joined by them. */
export function table(text: TableText): PanelBuilder {
  const { names, figures, sort } = text;
  const fieldOf = (i: number): string => (figures.length === 1 ? 'Value' : `Value #${refId(i)}`);
  const columns = [
    ...names.map(({ label, name }) => [label, name] as const),
    ...figures.map(({ name }, i) => [fieldOf(i), name] as const),
  ];
  const hidden = figures.flatMap(({ isHidden = false }, i) => (isHidden ? fieldOf(i) : []));
  const builder = described(new PanelBuilder(), { ...text, unit: figures[0]?.unit ?? 'none' })
    .targets(figures.map(({ expr }, i) => tableQuery(expr, i)))
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: Object.fromEntries(['Time', ...hidden].map((field) => [field, true])),
        includeByName: {},
        indexByName: Object.fromEntries(columns.map(([field], i) => [field, i])),
        renameByName: Object.fromEntries(columns),
      },
    })
    .sortBy([{ build: () => ({ displayName: sort.by, desc: sort.isDescending }) }]);
  for (const figure of figures) builder.overrideByName(figure.name, figureProperties(figure));
  for (const { name, links } of names)
    if (links !== undefined) builder.overrideByName(name, [{ id: 'links', value: links }]);
  return builder;
}

function figureProperties({ unit, decimals, steps, states }: Figure) {
  const isColored = steps !== undefined || states !== undefined;
  return [
    { id: 'unit', value: unit },
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(steps === undefined ? [] : [{ id: 'thresholds', value: { mode: 'absolute', steps } }]),
    ...(states === undefined ? [] : [{ id: 'mappings', value: [stateMapping(states)] }]),
    ...(isColored ? [{ id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } }] : []),
  ];
}

/** Variables of the event and of the instance that a row tells of, with their columns. */
export const EVENT_COLUMNS = { namespace: 'Namespace', service: 'Service', event: 'Event' };
export const INSTANCE_COLUMNS = { namespace: 'Namespace', service: 'Service', instance: 'Instance' };

/**
 * Opens a dashboard for what a row tells of; each pair is a variable and the column with its value. The namespace stays as
 * it was chosen where the row does not tell it.
 */
export function rowLink(
  dashboard: DashboardName,
  variables: Readonly<Record<string, string>>,
): DashboardLink {
  const { uid, title } = DASHBOARDS[dashboard];
  const values = Object.entries(variables).map(
    ([variable, column]) => `var-${variable}=$\{__data.fields["${column}"]:percentencode}`,
  );
  const kept = 'namespace' in variables ? [] : [`$\{namespace:queryparam}`];
  const parameters = [`$\{datasource:queryparam}`, `$\{__url_time_range}`, ...kept, ...values];
  return new DashboardLinkBuilder(title).url(`/d/${uid}?${parameters.join('&')}`).build();
}

/** Opens the runbook of the alert in the column named. */
export function runbookLink(column: string): DashboardLink {
  const page = `$\{__data.fields["${column}"]}`;
  return new DashboardLinkBuilder('Runbook')
    .url(`https://github.com/perf-metrics/perf-metrics/blob/main/docs/runbooks/${page}.md`)
    .targetBlank(true)
    .build();
}

/** Columns of one row for each event of each instance. */
export const EVENT_OF_INSTANCE: readonly Name[] = [
  { label: 'instance', name: 'Instance', links: [rowLink('health', INSTANCE_COLUMNS)] },
  { label: 'namespace', name: 'Namespace' },
  { label: 'service', name: 'Service' },
  { label: 'event', name: 'Event', links: [rowLink('time', { ...EVENT_COLUMNS, instance: 'Instance' })] },
];
