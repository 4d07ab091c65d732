/** The dashboards by name: what links, tests and people's bookmarks hold on to. The title is the question answered. */
export const DASHBOARDS = {
  promises: { uid: 'perf-metrics-promises', title: 'Are we keeping our promises?' },
  time: { uid: 'perf-metrics-time', title: 'Where does the time go?' },
  health: { uid: 'perf-metrics-health', title: 'Is the service healthy?' },
  measuring: { uid: 'perf-metrics-measuring', title: 'Is measuring safe?' },
} as const satisfies Record<string, { readonly uid: string; readonly title: string }>;

export type DashboardName = keyof typeof DASHBOARDS;
