// Run by each supported Node.js against dist/: the whole way of a record, and the figures it ends in, as one JSON line.
import { once } from 'node:events';
import {
  EventID,
  MetricsAggregator,
  MetricsCollector,
  MetricsExporter,
  measure,
  measureAsync,
  measureSync,
} from '../../dist/index.js';

const EVENTS = 40_000;
const collector = new MetricsCollector();
const aggregator = new MetricsAggregator(collector.buffer, { port: 0 });
const listening = once(aggregator, 'listening');
aggregator.start();
const [address] = await listening;

for (let i = 0; i < EVENTS; i++) {
  const start = collector.recordStart(EventID.ORDER_EXECUTION);
  collector.recordEnd(EventID.ORDER_EXECUTION, start);
}
measureSync(EventID.SIGNAL_GENERATION)(() => 1)();
await measureAsync(EventID.CANDLE_PROCESSING)(async () => 1)();
const span = measure(EventID.EVENT_BUS_PUBLISH);
span[Symbol.dispose]();

const response = await fetch(`http://${address.host}:${address.port}/metrics`);
const metrics = await response.text();
await aggregator.stop();
const { events, ring } = aggregator.getStatistics();
console.log(
  JSON.stringify({
    version: process.version,
    status: response.status,
    families: metrics.split('\n').filter((line) => line.startsWith('# TYPE')).length,
    counts: Object.fromEntries(events.map(({ event, count }) => [event, count])),
    hasQuantiles: events.filter(({ quantiles }) => quantiles !== null).length,
    conserved: ring.recorded === ring.aggregated + ring.overwritten,
    overwritten: ring.overwritten,
    reportLines: new MetricsExporter(aggregator).exportSummaryReport().split('\n').length,
  }),
);
