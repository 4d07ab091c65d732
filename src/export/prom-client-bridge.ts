import { PerfMetricsError } from '../contract/errors.ts';
import { FAMILIES, type FamilySpec, type MetricFamily, type Sample } from '../contract/families.ts';
import { wholeBuckets } from './text.ts';

/** What is used of prom-client's `Registry` (14 and 15). */
export interface PromClientRegistry {
  getSingleMetric(name: string): unknown;
  registerMetric(metric: object): void;
}

/** How prom-client's `AggregatorRegistry` makes one value of a cluster's. */
type Aggregator = 'sum' | 'first' | 'min' | 'max' | 'average' | 'omit';

type FamilyKey = keyof typeof FAMILIES;

/** Quantiles and ratios of several processes have no sum: what cannot be told from them is left out. Default: the sum. */
const AGGREGATORS: Partial<Record<FamilyKey, Aggregator>> = {
  eventQuantile: 'omit',
  eventValueQuantile: 'omit',
  eventWindow: 'omit',
  eventWindowValue: 'omit',
  slaCompliance: 'omit',
  tailGcRatio: 'omit',
  slaThreshold: 'first',
  sloObjective: 'first',
  slaBroken: 'max',
  enabled: 'max',
  samplingRatio: 'average',
  samplingTarget: 'average',
  configGeneration: 'min',
  configFileOk: 'min',
  overheadRatio: 'max',
  slowestSymbol: 'max',
  stall: 'max',
  drain: 'max',
  startTime: 'min',
};

interface Value {
  readonly value: number;
  readonly labels: Record<string, string>;
  readonly metricName?: string;
  readonly exemplar?: {
    readonly labelSet: Readonly<Record<string, string>>;
    readonly value: number;
    readonly timestamp: number;
  };
}

/**
 * Puts every family on an existing prom-client registry, in whichever of its content types, and in `merge` and cluster
 * aggregation too. Each scrape of the registry calls `collect` once.
 *
 * @throws PerfMetricsError `PERF_STATE` when the registry already holds one of the names; nothing is registered then.
 */
export function bridgeToPromClient(
  registry: PromClientRegistry,
  collect: () => readonly MetricFamily[],
): void {
  for (const { name } of Object.values(FAMILIES)) {
    if (registry.getSingleMetric(name) === undefined) continue;
    throw new PerfMetricsError(
      'PERF_STATE',
      `the registry already holds a metric ${name}: bridge to it once, or remove that metric first`,
    );
  }
  const scrape = new SharedScrape(collect);
  for (const key of Object.keys(FAMILIES) as FamilyKey[]) {
    registry.registerMetric(new BridgedMetric(FAMILIES[key], AGGREGATORS[key] ?? 'sum', scrape));
  }
}

/** A scrape asks all metrics in one turn: they share one collection, which the turn's end drops. */
class SharedScrape {
  private readonly collect: () => readonly MetricFamily[];
  private families: ReadonlyMap<string, MetricFamily> | undefined;

  constructor(collect: () => readonly MetricFamily[]) {
    this.collect = collect;
  }

  samples(name: string): readonly Sample[] {
    if (this.families === undefined) {
      this.families = new Map(this.collect().map((family) => [family.spec.name, family]));
      queueMicrotask(() => {
        this.families = undefined;
      });
    }
    return this.families.get(name)?.samples ?? [];
  }
}

/** One family in the shape of prom-client's metrics. */
class BridgedMetric {
  /** The registry renames counters (without `_total`) when it renders OpenMetrics, and expects `get` to follow. */
  name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: Aggregator;
  private readonly spec: FamilySpec;
  private readonly scrape: SharedScrape;

  constructor(spec: FamilySpec, aggregator: Aggregator, scrape: SharedScrape) {
    this.name = spec.name;
    this.help = spec.help;
    this.type = spec.type;
    this.aggregator = aggregator;
    this.spec = spec;
    this.scrape = scrape;
  }

  async get(): Promise<{
    name: string;
    help: string;
    type: string;
    values: Value[];
    aggregator: Aggregator;
  }> {
    const { name, help, type, aggregator, spec } = this;
    const values = this.scrape.samples(spec.name).flatMap((sample) => valuesOf(spec, sample));
    return { name, help, type, values, aggregator };
  }

  /** The totals are not the registry's to reset. */
  reset(): void {}
}

function valuesOf(spec: FamilySpec, { labels, value, histogram }: Sample): Value[] {
  const named = Object.fromEntries(spec.labels.map((label, i) => [label, labels[i]]));
  if (histogram === undefined) return [{ labels: named, value }];
  const buckets = wholeBuckets(histogram).map(({ le, count }, i) => {
    const bucket = { labels: { le, ...named }, value: count, metricName: `${spec.name}_bucket` };
    const exemplar = histogram.exemplars?.[i] ?? null;
    if (exemplar === null) return bucket;
    const { traceId, value: seen, timestampSeconds } = exemplar;
    return {
      ...bucket,
      exemplar: { labelSet: { trace_id: traceId }, value: seen, timestamp: timestampSeconds },
    };
  });
  return [
    ...buckets,
    { labels: named, value, metricName: `${spec.name}_sum` },
    { labels: named, value: Math.round(histogram.count), metricName: `${spec.name}_count` },
  ];
}
