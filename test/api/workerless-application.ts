// An application whose worker thread cannot be started, at first or ever. Arguments: the library's entry, and how many
// starts must have failed before it says so. It prints what it has seen, a JSON line at each stage.
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Statistics } from '../../src/index.ts';

export interface Sight {
  readonly warnings: readonly { readonly code: string }[];
  /** Written to the ring, by the collector's account. */
  readonly backlog: number;
  readonly statistics: Statistics;
  readonly lines: number;
}

const [, , library = '', failures = '1'] = process.argv;
const { EventID, MetricsAggregator, MetricsCollector, MetricsExporter }: typeof import('../../src/index.ts') =
  await import(library);
const collector = new MetricsCollector({ port: 0, capacityRecords: 1024, adaptiveSampling: false });
const aggregator = new MetricsAggregator(collector);
const exporter = new MetricsExporter(aggregator);
const warnings: { readonly code: string }[] = [];
aggregator.on('warning', (warning) => warnings.push(warning));

function print(): void {
  const backlog = collector.buffer.backlogRecords;
  const lines = exporter.exportPrometheus().split('\n').length;
  const sight: Sight = { warnings, backlog, statistics: aggregator.getStatistics(), lines };
  process.stdout.write(`${JSON.stringify(sight)}\n`);
}

const ready = once(aggregator, 'ready');
aggregator.start();
while (aggregator.getStatistics().health.workerRestarts < Number(failures)) await delay(10);
for (let n = 0; n < 5000; n++) {
  collector.recordEnd(EventID.ORDER_EXECUTION, collector.recordStart(EventID.ORDER_EXECUTION));
}
print();
if (process.argv[4] === 'wait') {
  // As a server of the application would, keeps the process alive.
  const work = setInterval(() => undefined, 1000);
  await ready;
  clearInterval(work);
}
await aggregator.stop();
print();
