// An application with everything on: gauges, a route, a thread's handle. It waits for the endpoint, and
// its last statement is the last thing it does.
import { once } from 'node:events';
import { EventID, MetricsAggregator, MetricsCollector } from '../../src/index.ts';

const collector = new MetricsCollector({ port: 0 });
const aggregator = new MetricsAggregator(collector);
const listening = once(aggregator, 'listening');
aggregator.registerQueue('orders', () => 3);
aggregator.registerMemory('book', () => 4096);
aggregator.route('/hello', () => ({ status: 200, body: 'hello' }));
aggregator.threadHandle('unused');
aggregator.start();
const [address] = await listening;
collector.recordValue(EventID.ORDER_EXECUTION, 0.001);
const { status } = await fetch(`http://${address.host}:${address.port}/metrics`, {
  headers: { connection: 'close' },
});
process.stdout.write(JSON.stringify({ status }));
