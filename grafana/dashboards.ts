import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { health } from './health.ts';
import { measuring } from './measuring.ts';
import { promises } from './promises.ts';
import { time } from './time.ts';

/** What the files hold, by their names. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  const dashboards: Dashboard[] = [promises(), time(), health(), measuring()];
  return new Map(
    dashboards.map((dashboard) => [`${dashboard.uid}.json`, `${JSON.stringify(dashboard, null, 2)}\n`]),
  );
}
