/** One thread records at a steady rate, or as fast as it can, into the real worker thread. */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { library } from '../library.ts';
import { drawWorkload, WORKLOAD } from '../workload.ts';
import { answer, input } from './channel.ts';

export interface ThroughputInput {
  /** Events a second; null: as fast as this thread can. */
  readonly rate: number | null;
  readonly seconds: number;
  /** `record`: recordStart and recordEnd with their clock reads. `write`: LockFreeRingBuffer.write alone. */
  readonly path: 'record' | 'write';
}

export interface ThroughputResult {
  readonly written: number;
  readonly seconds: number;
  /** From the statistics, after the end: records of this library's own (GC, stalls) included. */
  readonly recorded: number;
  readonly aggregated: number;
  readonly overwritten: number;
  readonly isConserved: boolean;
  /** Cores that the worker thread took, and that other processes took meanwhile. */
  readonly workerCores: number;
  readonly otherCores: number;
  /** Events aggregated, second by second. */
  readonly aggregatedPerSecond: readonly number[];
}

const BATCH = 256;
const TURN_MILLIS = 5;
const MASK = WORKLOAD - 1;

const { rate, seconds, path } = input<ThroughputInput>();
const { MetricsAggregator, MetricsCollector, monotonicMillis } = await library();
const collector = new MetricsCollector({ seed: 1 });
const { buffer } = collector;
const aggregator = new MetricsAggregator(collector, { port: 0, adaptiveSampling: false });
const workload = drawWorkload();
const started = new Promise<Worker>((resolve) => process.once('worker', resolve));
aggregator.start();
const worker = await started;
await new Promise((resolve) => aggregator.once('ready', () => resolve(undefined)));

let written = 0;
const emit = path === 'record' ? emitRecords : emitWrites;
// The worker's code is warm, and every start lies after the collector's own.
await produce(Math.min(rate ?? 1e6, 1e6), 1.5);
await sleep(300);
const before = aggregator.getStatistics().ring;
written = 0;
const perSecond: number[] = [];
const ownBefore = process.cpuUsage();
const workerBefore = await workerMicros(worker);
const machineBefore = machineSeconds();
const took = await produce(rate, seconds, perSecond);
const machineUsed = machineSeconds() - machineBefore;
const own = process.cpuUsage(ownBefore);
const workerUsed = (await workerMicros(worker)) - workerBefore;
await sleep(300);
await aggregator.stop();
const after = aggregator.getStatistics().ring;
await answer({
  written,
  seconds: took,
  recorded: after.recorded - before.recorded,
  aggregated: after.aggregated - before.aggregated,
  overwritten: after.overwritten - before.overwritten,
  isConserved: after.recorded === after.aggregated + after.overwritten,
  workerCores: workerUsed / 1e6 / took,
  otherCores: Math.max(0, machineUsed - (own.user + own.system) / 1e6) / took,
  aggregatedPerSecond: perSecond,
} satisfies ThroughputResult);

/** NaN where the worker has been started anew meanwhile. */
async function workerMicros(worker: Worker): Promise<number> {
  try {
    const { user, system } = await worker.cpuUsage();
    return user + system;
  } catch {
    return Number.NaN;
  }
}

/** CPU time of all processes so far. */
function machineSeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1e3;
}

/** Returns the seconds it took. */
async function produce(perSecondWanted: number | null, length: number, samples?: number[]): Promise<number> {
  const begun = monotonicMillis();
  const end = begun + length * 1e3;
  const from = written;
  let turnAt = begun + TURN_MILLIS;
  let sampleAt = begun + 1e3;
  let aggregated = aggregator.getStatistics().ring.aggregated;
  for (let now = begun; now < end; now = monotonicMillis()) {
    const due = perSecondWanted === null ? Infinity : ((now - begun) / 1e3) * perSecondWanted;
    if (written - from < due) emit(BATCH);
    if (now >= sampleAt && samples !== undefined) {
      const total = aggregator.getStatistics().ring.aggregated;
      samples.push(((total - aggregated) * 1e3) / (now - sampleAt + 1e3));
      aggregated = total;
      sampleAt = now + 1e3;
    }
    if (now < turnAt) continue;
    // Heartbeat and GC observer have their turn: this thread is busy, not stalled.
    await new Promise((turn) => setImmediate(turn));
    turnAt = monotonicMillis() + TURN_MILLIS;
  }
  return (monotonicMillis() - begun) / 1e3;
}

function emitRecords(count: number): void {
  for (let i = 0; i < count; i++) {
    const next = written++ & MASK;
    const event = workload.events[next];
    collector.recordEnd(event, collector.recordStart(event) - workload.seconds[next] * 1e3);
  }
}

function emitWrites(count: number): void {
  const now = monotonicMillis();
  for (let i = 0; i < count; i++) {
    const next = written++ & MASK;
    buffer.write(now - workload.seconds[next] * 1e3, workload.seconds[next], workload.events[next]);
  }
}
