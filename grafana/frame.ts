import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { FAMILIES } from '../src/contract/families.ts';
import { ROLLOUT_FAMILIES } from '../src/contract/fleet-families.ts';
import { DASHBOARDS, type DashboardName } from './catalogue.ts';
import { DATASOURCE } from './panel-text.ts';
import { rangeQuery } from './queries.ts';
import { chosen } from './series.ts';

/** Panels under a heading, placed from left to right in the order given. */
export interface Section {
  /** Of the row, as a panel's. */
  readonly id: number;
  readonly title: string;
  /** Draws the section once for each value that is chosen of the variable. */
  readonly repeat?: 'event';
  readonly panels: readonly Builder<Panel>[];
}

/** What is the same in all dashboards: variables, links, annotations, time range. */
export function frame(name: DashboardName, description: string, sections: readonly Section[]): Dashboard {
  const { uid, title } = DASHBOARDS[name];
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['perf-metrics'])
    .timezone('browser')
    .time({ from: 'now-1h', to: 'now' })
    .refresh('10s')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .variables(variables())
    .annotations([builtInAnnotation(), alertAnnotation(), rolloutAnnotation()])
    .links(linksFrom(name));
  for (const section of sections) {
    const row = new RowBuilder(section.title).id(section.id);
    builder.withRow(section.repeat === undefined ? row : row.repeat(section.repeat));
    for (const panel of section.panels) builder.withPanel(panel);
  }
  return inSight(builder.build());
}

/** The SDK puts links and annotations into a menu, where nobody finds them. */
function inSight(dashboard: Dashboard): Dashboard {
  const list = dashboard.annotations.list ?? [];
  for (const control of [...list, ...(dashboard.links ?? [])]) delete control.placement;
  return dashboard;
}

/** Each narrows those after it. `.*` for all of them: series without the label are meant as well. */
function variables(): Builder<NonNullable<Dashboard['templating']['list']>[number]>[] {
  return [
    new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    queryVariable('namespace', 'Namespace', FAMILIES.startTime.name, []),
    queryVariable('service', 'Service', FAMILIES.startTime.name, ['namespace']),
    queryVariable('instance', 'Instance', FAMILIES.startTime.name, ['namespace', 'service']),
    queryVariable('event', 'Event', FAMILIES.events.name, ['namespace', 'service', 'instance']),
  ];
}

function queryVariable(
  name: string,
  label: string,
  family: string,
  narrowedBy: readonly string[],
): QueryVariableBuilder {
  const selector = narrowedBy.length === 0 ? family : `${family}{${narrowedBy.map(chosen).join(', ')}}`;
  const query = `label_values(${selector}, ${name})`;
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ query, refId: name, qryType: 1 })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'] });
}

function linksFrom(name: DashboardName): DashboardLinkBuilder[] {
  const others = (Object.keys(DASHBOARDS) as DashboardName[]).filter((other) => other !== name);
  return others.map((other) =>
    new DashboardLinkBuilder(DASHBOARDS[other].title)
      .type(DashboardLinkType.Link)
      .icon('dashboard')
      .url(`/d/${DASHBOARDS[other].uid}`)
      .includeVars(true)
      .keepTime(true),
  );
}

/** What people mark in Grafana by hand. */
function builtInAnnotation(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Annotations & Alerts')
    .datasource({ type: 'grafana', uid: '-- Grafana --' })
    .builtIn(1)
    .enable(true)
    .hide(true)
    .iconColor('rgba(0, 211, 255, 1)')
    .type('dashboard');
}

function alertAnnotation(): AnnotationQueryBuilder {
  return annotation('Alerts', 'red', firingAlerts())
    .titleFormat('{{alertname}}')
    .textFormat('{{severity}} {{event}} {{instance}}')
    .tagKeys('severity,service,event');
}

/** This chart's alerts of what the variables choose. Those of a whole service have no instance, those of an instance no event. */
export function firingAlerts(): string {
  const choices = ['namespace', 'service', 'instance', 'event'].map((label) => `${label}=~"$${label}|"`);
  return `ALERTS{alertname=~"Perf.+", alertstate="firing", severity!="none", ${choices.join(', ')}}`;
}

/** At the minute in which a rollout went to another sampling rate; not where nobody had scraped it before. */
function rolloutAnnotation(): AnnotationQueryBuilder {
  const ratio = (offset = ''): string =>
    `count_values by (namespace) ("ratio", max by (namespace) (${ROLLOUT_FAMILIES.rate.name}${offset}))`;
  const before = ratio(' offset 1m');
  return annotation('Rollout steps', 'purple', `(${ratio()} unless ${before}) and on (namespace) ${before}`)
    .titleFormat('Rollout step')
    .textFormat('Sampling ratio {{ratio}} ({{namespace}})');
}

function annotation(name: string, color: string, expr: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor(color)
    .target(rangeQuery({ expr, legend: '' }))
    .step('1m');
}
