import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';

/** The folder that people look in, which is a link into the chart. */
const DIRECTORY = fileURLToPath(new URL('../../grafana/dashboards', import.meta.url));

/** The committed dashboards, as Grafana reads them. */
export function committedDashboards(): Dashboard[] {
  return readdirSync(DIRECTORY)
    .sort()
    .map((name) => JSON.parse(readFileSync(join(DIRECTORY, name), 'utf8')));
}

/** Rows and panels. */
export function elementsOf(dashboard: Dashboard): (Panel | RowPanel)[] {
  return dashboard.panels ?? [];
}

/** Those that show something. */
export function panelsOf(dashboard: Dashboard): Panel[] {
  return elementsOf(dashboard).filter((panel): panel is Panel => panel.type !== 'row');
}

export function targetsOf(panel: Panel): Dataquery[] {
  return (panel.targets ?? []) as Dataquery[];
}

/** Every expression with its place: of panels and annotations. */
export function expressionsOf(dashboard: Dashboard): { readonly place: string; readonly text: string }[] {
  return [
    ...panelsOf(dashboard).flatMap((panel) =>
      targetsOf(panel).map(({ expr = '' }) => ({ place: `${dashboard.uid} ${panel.id}`, text: expr })),
    ),
    ...(dashboard.annotations.list ?? []).flatMap(({ name, target }) => {
      const { expr } = (target ?? {}) as Dataquery;
      return expr === undefined ? [] : [{ place: `${dashboard.uid} ${name}`, text: expr }];
    }),
  ];
}
