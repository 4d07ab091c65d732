import type { FleetEventStatistics, ServiceStatistics } from '../../contract/fleet.ts';
import { WINDOW_NAMES } from '../../contract/statistics.ts';
import { distributionOf } from './distribution.ts';
import type { MergedEvent } from './merged-event.ts';
import type { MergedService } from './merged-service.ts';

export function serviceStatistics(service: MergedService): ServiceStatistics {
  return {
    service: service.service,
    pods: service.pods,
    events: Array.from(service.events.values(), eventStatistics),
    recorded: service.recorded,
    overwritten: service.overwritten,
  };
}

function eventStatistics(merged: MergedEvent): FleetEventStatistics {
  const { event, unit, terms, windows, broken } = merged;
  const { threshold, objective, isMixed } = terms;
  const hasSla = threshold !== null;
  return {
    ...distributionOf(merged, merged.total, hasSla),
    event,
    unit,
    sla: hasSla
      ? { threshold, objective, isMixed, broken: WINDOW_NAMES.filter((_, i) => (broken & (1 << i)) !== 0) }
      : null,
    windows: {
      '1s': distributionOf(windows[0], windows[0].digest, hasSla),
      '5s': distributionOf(windows[1], windows[1].digest, hasSla),
      '1m': distributionOf(windows[2], windows[2].digest, hasSla),
    },
  };
}
