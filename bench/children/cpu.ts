/** A process that handles events at a steady rate: with the library, with the library idle, or without it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { library } from '../library.ts';
import { drawWorkload, WORKLOAD } from '../workload.ts';
import { answer, input } from './channel.ts';

export interface CpuInput {
  /** `timer`: without the library, beside a worker thread that does nothing ten times a second. */
  readonly subject: 'library' | 'library idle' | 'timer' | 'control';
  readonly eventsPerSecond: number;
  /** Events in a burst at first, so that the code is as optimised as after minutes. */
  readonly warmUpEvents: number;
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
const WARM_UP_TURN_EVENTS = 20_000;
const SETTLE_MILLIS = 2000;
const TIMER = 'data:text/javascript,setInterval(() => {}, 100)';
const { subject, eventsPerSecond, warmUpEvents, seconds } = input<CpuInput>();
const { MetricsAggregator, MetricsCollector, monotonicMillis } = await library();
const workload = drawWorkload();
const collector = new MetricsCollector({ seed: 1 });
const aggregator = new MetricsAggregator(collector, { port: 0, adaptiveSampling: false });
const worker = subject === 'control' ? undefined : await started();

let sum = 0;
let handled = 0;
const handle = subject === 'library' ? record : ignore;
while (handled < warmUpEvents) {
  for (let i = 0; i < WARM_UP_TURN_EVENTS; i++) handle(handled++ & (WORKLOAD - 1));
  await sleep(TURN_MILLIS);
}

const begun = monotonicMillis();
handled = 0;
const timer = setInterval(() => {
  const due = ((monotonicMillis() - begun) / 1e3) * eventsPerSecond;
  while (handled < due) handle(handled++ & (WORKLOAD - 1));
}, TURN_MILLIS);

await sleep(SETTLE_MILLIS);
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
    subject !== 'library' ? null : ((reported - reportedBefore) * 1e3) / (monotonicMillis() - measuredFrom),
  recorded: aggregator.getStatistics().ring.recorded,
  total: (total.user + total.system) / 1e6 + sum * 0,
} satisfies CpuResult);

async function started(): Promise<Worker> {
  if (subject === 'timer') return new Worker(new URL(TIMER), { execArgv: [] });
  const worker = new Promise<Worker>((resolve) => process.once('worker', resolve));
  const ready = new Promise((resolve) => aggregator.once('ready', () => resolve(undefined)));
  aggregator.start();
  await ready;
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
