import type { FleetEventStatistics, FleetSlaChange } from '../../contract/fleet.ts';
import type { WindowName } from '../../contract/statistics.ts';

/** Widest first: what lasts is told before what may be a moment. */
export const WINDOWS_BY_WIDTH = ['1m', '5s', '1s'] as const satisfies readonly WindowName[];

/**
 * Since when the window breaks the SLA, as far as the log of changes, newest first, reaches back; null before that.
 */
function brokenSince(
  changes: readonly FleetSlaChange[],
  service: string,
  event: string,
  window: WindowName,
): number | null {
  const latest = changes.find(
    (change) => change.service === service && change.event === event && change.window === window,
  );
  return latest?.kind === 'violation' ? latest.at : null;
}

export interface Breakage {
  /** The widest window that breaks the SLA. */
  readonly window: WindowName;
  /** The first of the windows that break it to have done so; null when that is longer ago than is known. */
  readonly since: number | null;
}

/** Null while the SLA is kept. */
export function breakageOf(
  changes: readonly FleetSlaChange[],
  service: string,
  { event, sla }: FleetEventStatistics,
): Breakage | null {
  const broken = WINDOWS_BY_WIDTH.filter((window) => sla?.broken.includes(window));
  const [window] = broken;
  if (window === undefined) return null;
  const starts = broken.map((each) => brokenSince(changes, service, event, each));
  const known = starts.filter((at) => at !== null);
  return { window, since: known.length < starts.length ? null : Math.min(...known) };
}
