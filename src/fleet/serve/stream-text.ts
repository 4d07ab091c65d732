import type { FleetStatistics } from '../../contract/fleet.ts';
import type { RolloutStatus } from '../../contract/rollout.ts';
import { podDeviations } from './outliers.ts';

export const MOST_PODS_STREAMED = 100;

/** What `/stats.json` answers. */
export interface FleetStats extends FleetStatistics {
  /** Null where there is no rollout, and until its status is known. */
  readonly rollout: RolloutStatus | null;
}

/** What an event of `/events` holds: not all pods, where there are many. */
export interface StreamedStats extends FleetStats {
  readonly podsTotal: number;
}

/** All pods that are set aside, as far as there is room, after those furthest from their service's P99. */
export function streamedStats(stats: FleetStats): StreamedStats {
  const podsTotal = stats.pods.length;
  if (podsTotal <= MOST_PODS_STREAMED) return { ...stats, podsTotal };
  const setAside = stats.pods.filter(({ state }) => state === 'set_aside').slice(0, MOST_PODS_STREAMED);
  const outliers = podDeviations(stats).slice(0, MOST_PODS_STREAMED - setAside.length);
  return { ...stats, pods: [...outliers.map(({ pod }) => pod), ...setAside], podsTotal };
}
