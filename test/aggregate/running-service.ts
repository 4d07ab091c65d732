import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { RingReader } from '../../src/aggregate/ring-reader.ts';
import { RECORD_BYTES } from '../../src/contract/record.ts';
import {
  type AggregatorWarning,
  type CollectorOptions,
  MetricsAggregator,
  MetricsCollector,
  type Options,
  setDefaultCollector,
} from '../../src/index.ts';

/** A collector of this thread with its aggregator, the real worker thread and a port of its own. */
export class RunningService implements AsyncDisposable {
  readonly collector: MetricsCollector;
  readonly aggregator: MetricsAggregator;
  readonly warnings: AggregatorWarning[] = [];
  /** Worker threads that the process has started since, oldest first. */
  readonly workers: Worker[] = [];
  private readonly remember = (worker: Worker): void => {
    this.workers.push(worker);
  };

  private constructor(collecting: CollectorOptions, aggregating: Partial<Options>) {
    setDefaultCollector(undefined);
    process.on('worker', this.remember);
    this.collector = new MetricsCollector({ adaptiveSampling: false, ...collecting });
    this.aggregator = new MetricsAggregator(this.collector, { port: 0, ...aggregating });
    this.aggregator.on('warning', (warning) => this.warnings.push(warning));
  }

  /** Resolves once the worker thread aggregates and the endpoint listens. */
  static async start(
    collecting: CollectorOptions = {},
    aggregating: Partial<Options> = {},
  ): Promise<RunningService> {
    const service = new RunningService(collecting, aggregating);
    const ready = once(service.aggregator, 'ready');
    const listening = once(service.aggregator, 'listening');
    service.aggregator.start();
    await Promise.all([ready, listening]);
    return service;
  }

  /** Records written to the ring of this thread, by the ring's own count. */
  get recorded(): number {
    return new RingReader(this.collector.buffer.shared, new Uint8Array(RECORD_BYTES)).head;
  }

  get url(): string {
    const { address } = this.aggregator;
    return `http://${address?.host}:${address?.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('worker', this.remember);
    await this.aggregator.stop();
    setDefaultCollector(undefined);
  }
}
