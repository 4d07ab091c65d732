import type { FamilySpec } from '../src/contract/families.ts';
import { QUANTILES, type WindowName } from '../src/contract/statistics.ts';

/** A label and the value it must have. */
type Matchers = Readonly<Record<string, string>>;

/** Labels that Prometheus gives to every target, each with a variable of the same name. */
const TARGET_LABELS = ['namespace', 'service', 'instance'] as const;

/** What SLAs, and whatever is told by event, are told by. */
export const BY_EVENT = 'namespace, service, event';
export const BY_INSTANCE = 'namespace, service, instance';
/** Legend of what is told by event. */
export const EVENT_LEGEND = '{{service}} {{event}}';

/** The window of the service's own digests that panels of the present show. */
export const MINUTE = { window: '1m' } as const satisfies { window: WindowName };
/** Matchers of the quantiles that the digests tell. */
export const [P50, P95, P99, P999] = QUANTILES.map((quantile) => ({ quantile: String(quantile) }));

/** Series of the measured services that the variables choose. */
export function measured(family: FamilySpec, matchers: Matchers = {}): string {
  const labels = [...TARGET_LABELS, ...family.labels.filter((label) => label === 'event')];
  return selector(family, labels.map(chosen), matchers);
}

/**
 * Series that the aggregation worker tells of the services it merges. It need not live in the namespace of the services,
 * so `$namespace` does not choose among them. Its totals over all services are left out.
 */
export function merged(family: FamilySpec, matchers: Matchers = {}): string {
  const labels = family.labels.filter((label) => label === 'service' || label === 'event').map(chosen);
  return selector(family, [...labels, 'service!=""'], matchers);
}

/** Series of the aggregation worker itself, and of the rollout: every one that this Prometheus scrapes. */
export function worker(family: FamilySpec, matchers: Matchers = {}): string {
  return selector(family, [], matchers);
}

/** What the chart's rules record of a family by event, over all instances: `operation` is the last part of the name. */
export function recorded(family: FamilySpec, operation: string): string {
  const name = `namespace_service_event:${family.name.replace(/_total$/, '')}:${operation}`;
  return `${name}{${['namespace', 'service', 'event'].map(chosen).join(', ')}}`;
}

export function chosen(label: string): string {
  return `${label}=~"$${label}"`;
}

function selector(family: FamilySpec, choices: readonly string[], matchers: Matchers): string {
  const unknown = Object.keys(matchers).filter((label) => !family.labels.includes(label));
  if (unknown.length > 0) throw new Error(`${family.name} has no label ${unknown.join(', ')}`);
  const all = [...choices, ...Object.entries(matchers).map(([label, value]) => `${label}="${value}"`)];
  return all.length === 0 ? family.name : `${family.name}{${all.join(', ')}}`;
}

/** Per second, over a span that always holds four scrapes. */
export function rate(series: string): string {
  return `rate(${series}[$__rate_interval])`;
}

/** Over all of the time that the dashboard shows. */
export function increase(series: string): string {
  return `increase(${series}[$__range])`;
}

/** What a histogram adds up, per second; of a native one, and of one that has classic buckets alone. */
export function rateOfSum(family: FamilySpec): string {
  const classic = measured({ ...family, name: `${family.name}_sum` });
  return `(${rate(classic)} or histogram_sum(${rate(measured(family))}))`;
}
