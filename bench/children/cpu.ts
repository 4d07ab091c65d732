/** A process that handles events at a steady rate, with the library, with the library idle, or without it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { library } from '../library.ts';
import { drawWorkload, WORKLOAD } from '../workload.ts';
import { answer, input } from './channel.ts';

export interface CpuInput {
  readonly subject: 'library' | 'library idle' | 'control';
  readonly eventsPerSecond: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** Shares of one core, one figure a second. */
export interface CpuResult {
  /** All threads of the process. */
  readonly process: readonly number[];
  /** The worker thread, as the operating system counts it. */
  readonly worker: readonly number[];
  /** The worker thread, as the library reports it. */
  readonly reported: number | null;
  readonly recorded: number;
  /** CPU seconds of the process over the whole run, start included. */
  readonly total: number;
}

const TURN_MILLIS = 10;
const { subject, eventsPerSecond, warmUpSeconds, seconds } = input<CpuInput>();
const { MetricsAggregator, MetricsCollector, monotonicMillis } = await library();
const workload = drawWorkload();
const collector = new MetricsCollector({ seed: 1 });
const aggregator = new MetricsAggregator(collector, { port: 0, adaptiveSampling: false });
const worker = subject === 'control' ? undefined : await started();

const begun = monotonicMillis();
let handled = 0;
let sum = 0;
const handle = subject === 'library' ? record : ignore;
const timer = setInterval(() => {
  const due = ((monotonicMillis() - begun) / 1e3) * eventsPerSecond;
  while (handled < due) handle(handled++ & (WORKLOAD - 1));
}, TURN_MILLIS);

await sleep(warmUpSeconds * 1e3);
const perSecond = { process: [] as number[], worker: [] as number[] };
const reportedBefore = reportedSeconds();
const measuredFrom = monotonicMillis();
for (let second = 0; second < seconds; second++) {
  const from = monotonicMillis();
  const before = process.cpuUsage();
  const workerBefore = await worker?.cpuUsage();
  await sleep(1000);
  const { user, system } = process.cpuUsage(before);
  const workerUsed = workerBefore === undefined ? undefined : await worker?.cpuUsage(workerBefore);
  const micros = (monotonicMillis() - from) * 1e3;
  perSecond.process.push((user + system) / micros);
  if (workerUsed !== undefined) perSecond.worker.push((workerUsed.user + workerUsed.system) / micros);
}
const reported = reportedSeconds();
clearInterval(timer);
const total = process.cpuUsage();
await answer({
  ...perSecond,
  reported:
    worker === undefined ? null : ((reported - reportedBefore) * 1e3) / (monotonicMillis() - measuredFrom),
  recorded: aggregator.getStatistics().ring.recorded,
  total: (total.user + total.system) / 1e6 + sum * 0,
} satisfies CpuResult);

async function started(): Promise<Worker> {
  const worker = new Promise<Worker>((resolve) => process.once('worker', resolve));
  aggregator.start();
  return worker;
}

function reportedSeconds(): number {
  return aggregator.getStatistics().overhead.aggregateSeconds;
}

function record(next: number): void {
  const event = workload.events[next];
  collector.recordEnd(event, collector.recordStart(event) - workload.seconds[next] * 1e3);
}

function ignore(next: number): void {
  sum += workload.seconds[next];
}
