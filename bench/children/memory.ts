/** A process with the library at work, or with an empty worker thread in its place: what each holds in memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { library } from '../library.ts';
import { drawWorkload, WORKLOAD } from '../workload.ts';
import { answer, input } from './channel.ts';

export interface MemoryInput {
  readonly subject: 'library' | 'empty worker' | 'no worker';
  readonly seconds: number;
}

/** Bytes. */
export interface MemoryResult {
  /** Shared between the threads: rings and state. */
  readonly shared: number;
  readonly ring: number;
  readonly state: number;
  /** This thread's heap, after a collection. */
  readonly mainHeap: number;
  /** The worker thread's heap and what it holds outside, after a collection. */
  readonly workerHeap: number;
  readonly workerExternal: number;
  /** Pages that V8 holds for the worker thread's heap, before the collection. */
  readonly workerHeapPages: number;
  readonly resident: number;
}

const EVENTS_PER_TURN = 1000;
const { subject, seconds } = input<MemoryInput>();
const worker = await start();
if (worker !== undefined) worker.worker.unref();
await sleep(500);
globalThis.gc?.();
globalThis.gc?.();
await sleep(200);
const resident = process.memoryUsage.rss();
const mainHeap = process.memoryUsage().heapUsed;
const { worker: thread, ring = 0, state = 0 } = worker ?? {};
const pages = (await thread?.getHeapStatistics())?.total_physical_size ?? 0;
await collectIn(thread);
const heap = await thread?.getHeapStatistics();
await answer({
  shared: ring + state,
  ring,
  state,
  mainHeap,
  workerHeap: heap?.used_heap_size ?? 0,
  workerExternal: heap?.external_memory ?? 0,
  workerHeapPages: pages,
  resident,
} satisfies MemoryResult);

async function start(): Promise<{ worker: Worker; ring?: number; state?: number } | undefined> {
  if (subject === 'library') return work();
  await sleep(seconds * 1e3);
  if (subject === 'no worker') return undefined;
  const source = 'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => {});';
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { execArgv: [] });
  await sleep(500);
  return { worker };
}

/** Fills the whole ring, several times over, and has every page of the endpoint read. */
async function work() {
  const { MetricsAggregator, MetricsCollector } = await library();
  const collector = new MetricsCollector({ seed: 1 });
  const aggregator = new MetricsAggregator(collector, { port: 0, adaptiveSampling: false });
  const thread = new Promise<Worker>((resolve) => process.once('worker', resolve));
  const listening = new Promise<{ port: number }>((resolve) => aggregator.once('listening', resolve));
  aggregator.start();
  const { port } = await listening;
  const { events, seconds: durations } = drawWorkload();
  const end = performance.now() + seconds * 1e3;
  for (let from = 0; performance.now() < end; from += EVENTS_PER_TURN) {
    for (let i = from; i < from + EVENTS_PER_TURN; i++) {
      const next = i & (WORKLOAD - 1);
      const start = collector.recordStart(events[next]) - durations[next] * 1e3;
      collector.recordEnd(events[next], start);
    }
    if (from % (50 * EVENTS_PER_TURN) === 0) {
      for (const path of ['/metrics', '/stats.json', '/report', '/digest'])
        await (await fetch(`http://127.0.0.1:${port}${path}`)).arrayBuffer();
    }
    await sleep(2);
  }
  const ring = collector.buffer.shared.byteLength;
  return { worker: await thread, ring, state: aggregator.getStatistics().health.memoryBytes.state };
}

/** V8 collects all garbage of a thread before it takes a picture of its heap. */
async function collectIn(thread: Worker | undefined): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const snapshot = await thread?.getHeapSnapshot();
    if (snapshot === undefined) return;
    for await (const _ of snapshot);
    await sleep(100);
  }
}
