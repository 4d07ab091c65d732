import { Counter, Gauge, Registry, type RegistryContentType } from 'prom-client';
import type { FamilySpec, Sample } from '../../contract/families.ts';
import { FLEET_FAMILIES } from '../../contract/fleet-families.ts';
import { negotiateExposition } from '../../export/negotiate.ts';
import { type FleetFamilyKey, type FleetPicture, fleetSamples } from './fleet-samples.ts';

export type Exposition = 'text' | 'openmetrics';

const CONTENT_TYPES: Readonly<Record<Exposition, RegistryContentType>> = {
  text: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
};
const KEYS = Object.keys(FLEET_FAMILIES) as FleetFamilyKey[];

/** Of those that prom-client has: a client that likes protobuf best gets what it likes second. */
export function expositionOf(accept: string | undefined): Exposition {
  const known = accept?.split(',').filter((range) => !range.includes('protobuf'));
  const { format, ...rest } = negotiateExposition(known?.join(','));
  return format === 'openmetrics' && 'version' in rest && rest.version === '1.0.0' ? format : 'text';
}

/** The families of the aggregation worker on a registry that may hold others. */
export class FleetMetrics {
  private readonly registry: Registry<RegistryContentType>;
  private readonly picture: () => FleetPicture;
  private readonly metrics: readonly [key: FleetFamilyKey, metric: Metric][];
  private last: Promise<unknown> = Promise.resolve();

  /** @throws Error when the registry holds one of the names already. */
  constructor(registry: Registry, picture: () => FleetPicture) {
    this.registry = registry as Registry<RegistryContentType>;
    this.picture = picture;
    this.metrics = KEYS.map((key) => [key, new Metric(FLEET_FAMILIES[key], registry)]);
  }

  /** One at a time: the registry's content type is a state of it, which it reads also after it has awaited something. */
  render(exposition: Exposition): Promise<{ type: string; text: string }> {
    const rendered = this.last.then(() => this.renderNow(exposition));
    this.last = rendered.catch(() => undefined);
    return rendered;
  }

  private async renderNow(exposition: Exposition): Promise<{ type: string; text: string }> {
    const { registry } = this;
    const type = CONTENT_TYPES[exposition];
    const samples = fleetSamples(this.picture());
    for (const [key, metric] of this.metrics) metric.write(samples[key]);
    // For OpenMetrics prom-client cuts `_total` off the names of counters, and leaves them so.
    const names = registry.getMetricsAsArray().map((metric) => ({ metric, name: metric.name }));
    registry.setContentType(type);
    try {
      return { type, text: await registry.metrics() };
    } finally {
      registry.setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
      for (const { metric, name } of names) metric.name = name;
    }
  }
}

/** One family. Its values are absolute: the aggregation worker keeps the totals, prom-client only renders them. */
class Metric {
  private readonly spec: FamilySpec;
  private readonly metric: Counter | Gauge;

  constructor(spec: FamilySpec, registry: Registry) {
    this.spec = spec;
    const { name, help, labels } = spec;
    const configuration = { name, help, labelNames: labels, registers: [registry] };
    this.metric = spec.type === 'counter' ? new Counter(configuration) : new Gauge(configuration);
  }

  write(samples: readonly Sample[]): void {
    const { metric, spec } = this;
    metric.reset();
    // Without labels a reset leaves a 0 behind, which nobody measured.
    if (spec.labels.length === 0) metric.remove();
    for (const { labels, value } of samples) {
      const named = Object.fromEntries(spec.labels.map((label, i) => [label, labels[i]]));
      if (metric instanceof Counter) metric.inc(named, value);
      else metric.set(named, value);
    }
  }
}
