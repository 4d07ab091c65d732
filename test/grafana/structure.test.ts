import { existsSync } from 'node:fs';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { describe, expect, it } from 'vitest';
import { committedDashboards, elementsOf, expressionsOf, panelsOf, targetsOf } from './dashboard-files.ts';

const REPOSITORY = 'https://github.com/perf-metrics/perf-metrics/blob/main';
const GRID_WIDTH = 24;
/** Of Grafana's, those that are not deprecated and that we use. */
const PANEL_TYPES = ['heatmap', 'row', 'stat', 'state-timeline', 'table', 'timeseries'];
const VARIABLES = ['datasource', 'namespace', 'service', 'instance', 'event'];
/** What Grafana itself fills in. */
const BUILT_IN = /^__(all|rate_interval|range|url_time_range|data)$/;

const dashboards = committedDashboards();
const uids = dashboards.map(({ uid }) => uid);

/** What is wrong with a dashboard, a sentence each. */
function faults(dashboard: Dashboard): string[] {
  const panels = elementsOf(dashboard);
  const ids = panels.map(({ id }) => id);
  return [
    ...panels
      .filter(({ type }) => !PANEL_TYPES.includes(type))
      .map(({ id, type }) => `panel ${id} is a ${type}`),
    ...ids
      .filter((id, i) => id === undefined || ids.indexOf(id) !== i)
      .map((id) => `id ${id} is not its own`),
    ...panelsOf(dashboard).flatMap((panel) =>
      panelFaults(panel).map((fault) => `panel ${panel.id}: ${fault}`),
    ),
    ...overlaps(dashboard),
    ...gaps(dashboard),
    ...undeclared(dashboard).map((name) => `variable ${name} is not declared`),
    ...urlsOf(dashboard).flatMap((url) => linkFault(url)),
  ];
}

function panelFaults(panel: Panel): string[] {
  const { title = '', description = '', fieldConfig, datasource, gridPos } = panel;
  const targets = targetsOf(panel);
  const { unit = '' } = fieldConfig?.defaults ?? {};
  const references = targets.map(({ refId }) => refId);
  const columns = overriddenNames(panel).filter((name) => !columnNames(panel).includes(name));
  return [
    ...(title === '' ? ['it has no title'] : []),
    ...(/\S{3,}.*[.:?]/.test(description) && description.length > 60
      ? []
      : ['its description says too little']),
    ...(Object.values<unknown>(units).includes(unit) ? [] : [`Grafana has no unit "${unit}"`]),
    ...[datasource, ...targets.map((target) => target.datasource)]
      .filter((source) => source?.uid !== `$\{datasource}`)
      .map(() => 'it does not ask the data source that was chosen'),
    ...(targets.length === 0 ? ['it asks for nothing'] : []),
    ...(new Set(references).size === targets.length ? [] : ['two of its queries have one name']),
    ...(gridPos === undefined || gridPos.x + gridPos.w > GRID_WIDTH ? ['it is not on the grid'] : []),
    ...columns.map((name) => `there is no column "${name}"`),
  ];
}

/** Columns that are formatted by name; a mistyped name formats nothing. */
function overriddenNames({ type, fieldConfig, options }: Panel): string[] {
  if (type !== 'table') return [];
  const overridden = (fieldConfig?.overrides ?? []).map(({ matcher }) => String(matcher.options));
  return [...overridden, ...options.sortBy.map((by: { displayName: string }) => by.displayName)];
}

function columnNames({ transformations = [] }: Panel): unknown[] {
  return transformations.flatMap(({ options }) => Object.values(options.renameByName ?? {}));
}

function cells({ gridPos }: Panel): string[] {
  const { x, y, w, h } = gridPos ?? { x: 0, y: 0, w: 0, h: 0 };
  return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
}

function overlaps(dashboard: Dashboard): string[] {
  const taken = new Map<string, number | undefined>();
  const found = new Set<string>();
  for (const panel of elementsOf(dashboard) as Panel[]) {
    for (const cell of cells(panel)) {
      if (taken.has(cell)) found.add(`panel ${panel.id} lies over ${taken.get(cell)}`);
      taken.set(cell, panel.id);
    }
  }
  return [...found];
}

/** Lines of the grid that are not full: a hole in the page. A repeated panel fills its line by itself. */
function gaps(dashboard: Dashboard): string[] {
  const panels = elementsOf(dashboard) as Panel[];
  const widths = new Map<number, number>();
  for (const panel of panels) {
    const { y, w, h } = panel.gridPos ?? { y: 0, w: 0, h: 0 };
    const width = panel.type !== 'row' && panel.repeat !== undefined ? GRID_WIDTH : w;
    for (let line = y; line < y + h; line++) widths.set(line, (widths.get(line) ?? 0) + width);
  }
  return [...widths].filter(([, width]) => width !== GRID_WIDTH).map(([line]) => `line ${line} is not full`);
}

/** Variables that are named somewhere in the dashboard and that nobody declares. */
function undeclared(dashboard: Dashboard): string[] {
  const declared = (dashboard.templating.list ?? []).map(({ name }) => name);
  const text = JSON.stringify({ ...dashboard, links: [] });
  const named = [...text.matchAll(/\$(\w+)|\$\{(\w+)/g)].map((match) => match[1] ?? match[2]);
  return [...new Set(named)].filter((name) => !declared.includes(name) && !BUILT_IN.test(name));
}

function urlsOf(dashboard: Dashboard): string[] {
  return [...JSON.stringify(dashboard).matchAll(/"url":"([^"]*)/g)].map((match) => match[1]);
}

function linkFault(url: string): string[] {
  if (url.startsWith('https://')) return pageFault(url);
  const [, uid = '', , query = ''] = /^\/d\/([^?]+)(\?(.*))?$/.exec(url) ?? [];
  const strange = [...query.matchAll(/var-(\w+)=/g)].map((match) => match[1]);
  return [
    ...(uids.includes(uid) ? [] : [`${url} leads nowhere`]),
    ...strange.filter((name) => !VARIABLES.includes(name)).map((name) => `${url} sets no variable ${name}`),
  ];
}

/** Of pages in this repository: what stands before the row's own part must be there. */
function pageFault(url: string): string[] {
  const page = url.startsWith(REPOSITORY) ? url.slice(REPOSITORY.length).split('$')[0] : 'nowhere';
  return existsSync(new URL(`../..${page}`, import.meta.url)) ? [] : [`${url} leads nowhere`];
}

describe.each(dashboards.map((dashboard) => [dashboard.title, dashboard] as const))(
  '%s',
  (_title, dashboard) => {
    it('is sound: panels, grid, units, variables, links', () => {
      expect(faults(dashboard)).toEqual([]);
    });

    it('has the variables, each narrowed by those before it', () => {
      const list = dashboard.templating.list ?? [];
      expect(list.map(({ name }) => name)).toEqual(VARIABLES);
      for (const [i, { query, includeAll, multi, allValue, refresh }] of list.slice(1).entries()) {
        expect({ includeAll, multi, allValue, refresh }).toEqual({
          includeAll: true,
          multi: true,
          allValue: '.*',
          refresh: 2,
        });
        const named = [...JSON.stringify(query).matchAll(/\$(\w+)/g)].map((match) => match[1]);
        expect(named).toEqual(VARIABLES.slice(1, i + 1));
      }
    });

    it('leads to the other three, with variables and time', () => {
      const links = dashboard.links ?? [];
      expect(links.map(({ url }) => url).sort()).toEqual(
        uids
          .filter((uid) => uid !== dashboard.uid)
          .map((uid) => `/d/${uid}`)
          .sort(),
      );
      expect(
        links.every(
          ({ includeVars, keepTime, placement }) => includeVars && keepTime && placement === undefined,
        ),
      ).toBe(true);
    });

    it('marks alerts and rollout steps', () => {
      const shown = (dashboard.annotations.list ?? []).filter(
        ({ builtIn, enable }) => builtIn !== 1 && enable,
      );
      expect(shown.map(({ name }) => name)).toEqual(['Alerts', 'Rollout steps']);
    });

    it('narrows every query of the measured services by the variables', () => {
      const bare = expressionsOf(dashboard).filter(
        ({ text }) => /\bperf_(?!fleet_|rollout_)/.test(text) && !text.includes('namespace=~"$namespace"'),
      );
      expect(bare).toEqual([]);
    });
  },
);

describe('the dashboards', () => {
  it('are the four, by uids that do not change', () => {
    expect([...uids].sort()).toEqual(
      ['health', 'measuring', 'promises', 'time'].map((name) => `perf-metrics-${name}`),
    );
    expect(dashboards.every(({ title = '' }) => title.endsWith('?'))).toBe(true);
  });

  it('ask for traces wherever a panel shows a native histogram', () => {
    const queries = dashboards
      .flatMap(panelsOf)
      .flatMap((panel) => targetsOf(panel).map((target) => ({ ...target, type: panel.type })));
    const histograms = queries.filter(
      ({ expr = '', type }) => type === 'heatmap' || expr.includes('histogram_quantile'),
    );
    expect(histograms.length).toBeGreaterThan(5);
    expect(histograms.filter(({ exemplar }) => exemplar !== true)).toEqual([]);
  });
});

describe('the check of a dashboard', () => {
  const broken = (change: (dashboard: Dashboard, panel: Panel) => void): string[] => {
    const dashboard = structuredClone(dashboards[0]) as Dashboard;
    change(dashboard, panelsOf(dashboard)[1] as Panel);
    return faults(dashboard);
  };

  it.each<[string, (dashboard: Dashboard, panel: Panel) => void, RegExp]>([
    [
      'an id given twice',
      (dashboard, panel) => Object.assign(panel, { id: panelsOf(dashboard)[0]?.id }),
      /not its own/,
    ],
    ['a deprecated panel', (_, panel) => Object.assign(panel, { type: 'graph' }), /is a graph/],
    ['a missing description', (_, panel) => Object.assign(panel, { description: '' }), /too little/],
    [
      'a strange unit',
      (_, panel) => Object.assign(panel.fieldConfig?.defaults ?? {}, { unit: 'secs' }),
      /no unit/,
    ],
    [
      'a data source of its own',
      (_, panel) => Object.assign(panel, { datasource: { uid: 'x' } }),
      /was chosen/,
    ],
    ['panels over each other', (_, { gridPos }) => Object.assign(gridPos ?? {}, { w: 5 }), /lies over/],
    ['a hole', (_, { gridPos }) => Object.assign(gridPos ?? {}, { w: 3 }), /not full/],
    ['a variable that is not there', (_, panel) => Object.assign(panel, { title: '$pod' }), /variable pod/],
    [
      'a link into the void',
      (_, panel) => Object.assign(panel, { links: [{ url: '/d/gone' }] }),
      /leads nowhere/,
    ],
    [
      'a runbook that is not there',
      (_, panel) => Object.assign(panel, { links: [{ url: `${REPOSITORY}/docs/runbook/x.md` }] }),
      /leads nowhere/,
    ],
  ])('finds %s', (_what, change, fault) => {
    expect(broken(change).join('\n')).toMatch(fault);
  });
});
