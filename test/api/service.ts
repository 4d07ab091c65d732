import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { expect } from 'vitest';
import { RingReader } from '../../src/aggregate/ring-reader.ts';
import { RECORD_BYTES } from '../../src/contract/record.ts';
import {
  type AggregatorWarning,
  type CollectorOptions,
  type EventStatistics,
  MetricsAggregator,
  MetricsCollector,
  MetricsExporter,
  type Statistics,
} from '../../src/index.ts';

/** A service as a user has it: collector, aggregator with its real worker thread, endpoint on a free port. */
export class Service implements AsyncDisposable {
  readonly collector: MetricsCollector;
  readonly aggregator: MetricsAggregator;
  readonly exporter: MetricsExporter;
  readonly warnings: AggregatorWarning[] = [];
  /** Worker threads that this process has started since, oldest first; the last may have died. */
  readonly workers: Worker[] = [];
  private readonly remember = (worker: Worker): void => {
    this.workers.push(worker);
  };

  constructor(options: CollectorOptions = {}) {
    process.on('worker', this.remember);
    this.collector = new MetricsCollector({ adaptiveSampling: false, port: 0, ...options });
    this.aggregator = new MetricsAggregator(this.collector);
    this.exporter = new MetricsExporter(this.aggregator);
    this.aggregator.on('warning', (warning) => this.warnings.push(warning));
  }

  /** Resolves once the worker thread aggregates and the endpoint listens. */
  static async start(options: CollectorOptions = {}): Promise<Service> {
    const service = new Service(options);
    const listening = once(service.aggregator, 'listening');
    service.aggregator.start();
    await listening;
    return service;
  }

  get statistics(): Statistics {
    return this.aggregator.getStatistics();
  }

  of(event: number): EventStatistics {
    return this.statistics.events[event];
  }

  /** Records `count` values of an event, each of `value` in its unit. */
  record(event: number, count: number, value = 0.001): void {
    for (let n = 0; n < count; n++) this.collector.recordValue(event, value);
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const { address } = this.aggregator;
    return fetch(`http://${address?.host}:${address?.port}${path}`, init);
  }

  async scrape(): Promise<Map<string, number>> {
    const response = await this.fetch('/metrics');
    expect(response.status).toBe(200);
    return samplesOf(await response.text());
  }

  /**
   * Stops, and asserts the law of conservation with the ring's own count of what was written: every record was
   * aggregated or overwritten and counted, and no event of `events` is missing unless it was overwritten.
   */
  async stopAndCheck(event: number, events: number): Promise<Statistics> {
    await this.aggregator.stop();
    const { statistics } = this;
    const { recorded, aggregated, overwritten } = statistics.ring;
    const written = new RingReader(this.collector.buffer.shared, new Uint8Array(RECORD_BYTES)).head;
    expect([recorded, aggregated + overwritten]).toEqual([written, written]);
    const { count } = statistics.events[event];
    expect(count).toBeLessThanOrEqual(Math.min(events, aggregated));
    expect(count + overwritten).toBeGreaterThanOrEqual(events);
    if (overwritten === 0) expect(count).toBe(events);
    return statistics;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.aggregator.stop();
    process.off('worker', this.remember);
  }
}

/** Samples of a Prometheus text exposition, by name and labels as they stand in it. */
export function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
