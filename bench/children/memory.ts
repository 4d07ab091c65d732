/** A process with the library at work, or with another worker thread in its place: what each holds in memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { library } from '../library.ts';
import { drawWorkload, WORKLOAD } from '../workload.ts';
import { answer, input } from './channel.ts';

export interface MemoryInput {
  /** `http worker`: a worker thread that answers every request with one word, by node:http. */
  readonly subject: 'library' | 'http worker' | 'empty worker';
  readonly seconds: number;
}

/** Bytes. */
export interface MemoryResult {
  /** Shared between the threads. */
  readonly ring: number;
  readonly state: number;
  /** This thread's heap, after a collection. */
  readonly mainHeap: number;
  /** The worker thread's heap, and the buffers that it holds outside, after a collection. */
  readonly workerHeap: number;
  readonly workerBuffers: number;
  readonly resident: number;
}

interface Subject {
  readonly worker: Worker;
  readonly ring: number;
  readonly state: number;
}

const EMPTY = 'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => {});';
const HTTP = `${EMPTY} import { createServer } from "node:http";
  createServer((_, response) => response.end("ok")).listen(0, "127.0.0.1", function () {
    parentPort.postMessage(this.address().port);
  });`;
const PATHS = ['/metrics', '/stats.json', '/report', '/digest'];
const EVENTS_PER_TURN = 1000;
const TURNS_PER_SCRAPE = 50;

const { subject, seconds } = input<MemoryInput>();
const { events, seconds: durations } = drawWorkload();
const sums = new Float64Array(8);
const { worker, ring, state } = await run();
await sleep(500);
globalThis.gc?.();
globalThis.gc?.();
await sleep(200);
const resident = process.memoryUsage.rss();
const mainHeap = process.memoryUsage().heapUsed;
await collectIn(worker);
const heap = await worker.getHeapStatistics();
await answer({
  ring,
  state,
  mainHeap,
  workerHeap: heap.used_heap_size,
  workerBuffers: heap.external_memory,
  resident,
} satisfies MemoryResult);

async function run(): Promise<Subject> {
  if (subject === 'library') return runLibrary();
  const source = subject === 'empty worker' ? EMPTY : HTTP;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { execArgv: [] });
  const port = subject === 'empty worker' ? undefined : await next<number>(worker);
  await load(port, (event, seconds) => {
    sums[event] += seconds;
  });
  return { worker, ring: 0, state: 0 };
}

async function runLibrary(): Promise<Subject> {
  const { MetricsAggregator, MetricsCollector } = await library();
  const collector = new MetricsCollector({ seed: 1 });
  const aggregator = new MetricsAggregator(collector, { port: 0, adaptiveSampling: false });
  const started = new Promise<Worker>((resolve) => process.once('worker', resolve));
  const listening = new Promise<{ port: number }>((resolve) => aggregator.once('listening', resolve));
  aggregator.start();
  const { port } = await listening;
  await load(port, (event, seconds) =>
    collector.recordEnd(event, collector.recordStart(event) - seconds * 1e3),
  );
  return {
    worker: await started,
    ring: collector.buffer.shared.byteLength,
    state: aggregator.getStatistics().health.memoryBytes.state,
  };
}

/** Enough events to write the whole ring several times over, and now and then all pages of the endpoint. */
async function load(port: number | undefined, use: (event: number, seconds: number) => void): Promise<void> {
  const end = performance.now() + seconds * 1e3;
  for (let turn = 0; performance.now() < end; turn++) {
    for (let i = 0; i < EVENTS_PER_TURN; i++) {
      const at = (turn * EVENTS_PER_TURN + i) & (WORKLOAD - 1);
      use(events[at], durations[at]);
    }
    if (turn % TURNS_PER_SCRAPE === 0 && port !== undefined) {
      for (const path of PATHS) await (await fetch(`http://127.0.0.1:${port}${path}`)).arrayBuffer();
    }
    await sleep(2);
  }
}

function next<Message>(worker: Worker): Promise<Message> {
  return new Promise((resolve) => worker.once('message', resolve));
}

/** V8 collects all garbage of a thread before it takes a picture of its heap. */
async function collectIn(thread: Worker): Promise<void> {
  for (let round = 0; round < 2; round++) {
    for await (const _ of await thread.getHeapSnapshot());
    await sleep(100);
  }
}
