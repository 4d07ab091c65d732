import type { FleetEventStatistics, FleetStatistics, ServiceStatistics } from '../../contract/fleet.ts';
import type { RolloutStatus } from '../../contract/rollout.ts';

/** What `/events` sends once a second. */
export interface FleetNews extends FleetStatistics {
  readonly rollout: RolloutStatus | null;
  /** `pods` holds at most 100 of them, outliers first. */
  readonly podsTotal: number;
}

export function isFleetNews(value: unknown): value is FleetNews {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['overall', 'services', 'pods', 'slaChanges', 'round'].every((key) => Object.hasOwn(value, key))
  );
}

/** What the name `''` stands for. */
const ALL_SERVICES = 'all services';

export function serviceLabel(service: string): string {
  return service === '' ? ALL_SERVICES : service;
}

/** All services together first; left out where there is but one. */
export function servicesOf({ overall, services }: FleetNews): readonly ServiceStatistics[] {
  return services.length === 1 ? services : [overall, ...services];
}

/** An event of a service. */
export interface Measurement {
  readonly service: string;
  readonly event: FleetEventStatistics;
}

/** Those of each service, then those of all services together. */
export function measurementsOf(news: FleetNews): readonly Measurement[] {
  const [first, ...rest] = servicesOf(news);
  const ordered = first === undefined ? [] : [...rest, first];
  return ordered.flatMap(({ service, events }) => events.map((event) => ({ service, event })));
}

export function isBroken({ sla }: FleetEventStatistics): boolean {
  return sla !== null && sla.broken.length > 0;
}
