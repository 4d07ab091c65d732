/** An application whose main thread stands still now and then, with the library and a bare node:http worker beside it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { library } from '../library.ts';
import { drawWorkload, WORKLOAD } from '../workload.ts';
import { answer, input, tell } from './channel.ts';

export interface BlockedAppInput {
  readonly blocks: number;
  readonly blockSeconds: number;
  /** Between two blocks, and before the first. */
  readonly pauseSeconds: number;
}

/** Told first. */
export interface BlockedAppPorts {
  readonly library: number;
  readonly bare: number;
}

/** Answered last: when the thread stood still, in milliseconds of the machine's monotonic clock. */
export type Blocks = readonly { readonly from: number; readonly to: number }[];

const EVENTS_PER_SECOND = 10_000;
const TURN_MILLIS = 10;
const BARE = `import { parentPort } from "node:worker_threads"; import { createServer } from "node:http";
  const body = "x".repeat(20_000);
  createServer((_, response) => response.end(body)).listen(0, "127.0.0.1", function () {
    parentPort.postMessage(this.address().port);
  });`;

const { blocks, blockSeconds, pauseSeconds } = input<BlockedAppInput>();
const { MetricsAggregator, MetricsCollector, monotonicMillis } = await library();
const collector = new MetricsCollector({ seed: 1 });
const aggregator = new MetricsAggregator(collector, { port: 0, adaptiveSampling: false });
const workload = drawWorkload();
const trace = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const listening = new Promise<{ port: number }>((resolve) => aggregator.once('listening', resolve));
aggregator.start();
const bare = new Worker(new URL(`data:text/javascript,${encodeURIComponent(BARE)}`), { execArgv: [] });
const barePort = await new Promise<number>((resolve) => bare.once('message', resolve));
await tell({ library: (await listening).port, bare: barePort } satisfies BlockedAppPorts);

let handled = 0;
const timer = setInterval(() => {
  for (let i = 0; i < (EVENTS_PER_SECOND * TURN_MILLIS) / 1e3; i++) record(handled++ & (WORKLOAD - 1));
}, TURN_MILLIS);

const result = [];
for (let block = 0; block < blocks; block++) {
  await sleep(pauseSeconds * 1e3);
  const from = monotonicMillis();
  // Busy, not asleep: it holds a core as a runaway loop does.
  while (monotonicMillis() < from + blockSeconds * 1e3);
  result.push({ from, to: monotonicMillis() });
}
await sleep(pauseSeconds * 1e3);
clearInterval(timer);
await answer(result satisfies Blocks);

function record(next: number): void {
  const event = workload.events[next];
  const start = collector.recordStart(event) - workload.seconds[next] * 1e3;
  collector.recordEnd(event, start, 0, 0, next % 16 === 0 ? trace : undefined);
}
