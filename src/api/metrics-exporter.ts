import { collectFamilies } from '../export/families.ts';
import { bridgeToPromClient, type PromClientRegistry } from '../export/prom-client-bridge.ts';
import { renderReport } from '../export/report.ts';
import { renderText } from '../export/text.ts';
import { readStatistics } from '../state/statistics.ts';
import type { StatisticsSource } from '../state/statistics-source.ts';
import type { MetricsAggregator } from './metrics-aggregator.ts';

/** What the endpoint serves, for code of this process: synchronous, from the state in shared memory. */
export class MetricsExporter {
  private readonly aggregator: { readonly source: StatisticsSource };

  constructor(aggregator: MetricsAggregator) {
    this.aggregator = aggregator;
  }

  /** Prometheus text exposition, version 0.0.4. */
  exportPrometheus(): string {
    return renderText(collectFamilies(this.aggregator.source));
  }

  /** The summary report, for a terminal of 100 columns. */
  exportSummaryReport(): string {
    return renderReport(readStatistics(this.aggregator.source));
  }

  /** What `/stats.json` serves. */
  exportJson(): string {
    return JSON.stringify(readStatistics(this.aggregator.source));
  }

  /**
   * Puts every family on an existing prom-client registry, read anew at each scrape of it.
   *
   * @throws PerfMetricsError when the registry already holds a metric of one of the names.
   */
  bridge(registry: PromClientRegistry): void {
    bridgeToPromClient(registry, () => collectFamilies(this.aggregator.source));
  }
}
