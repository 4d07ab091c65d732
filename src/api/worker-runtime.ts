import { performance } from 'node:perf_hooks';
import { Aggregation, type Controls } from '../aggregate/aggregation.ts';
import { DrainSchedule } from '../aggregate/drain-schedule.ts';
import { monotonicMillis } from '../contract/clock.ts';
import type { WarningCode } from '../contract/errors.ts';
import type {
  DirectoryEntry,
  FromWorker,
  RingDescription,
  RouteRequest,
  RouteResponse,
  ToWorker,
  WorkerStart,
} from '../contract/messages.ts';
import { layerOptions, type Options } from '../contract/options.ts';
import { optionsFor } from '../control/instance.ts';
import type { OptionsFile } from '../control/options-file.ts';
import { OptionsWatch } from '../control/options-watch.ts';
import { DumpWriter } from '../export/dumps.ts';
import { Endpoint } from '../export/endpoint.ts';
import { RingView } from '../state/ring-view.ts';
import { StateBuffer } from '../state/state-buffer.ts';
import { readStatistics } from '../state/statistics.ts';
import type { StatisticsSource } from '../state/statistics-source.ts';
import { processCpuSeconds } from './process-cpu.ts';

/** The live page, from `src/` as from `dist/`. */
const PAGE = new URL('../../dist/page/index.html', import.meta.url);
const FORGET_REQUEST_MILLIS = 10_000;

/** What runs in the worker thread: aggregation on a schedule, the endpoint, the dumps, the options file. */
export class WorkerRuntime {
  private readonly given: WorkerStart;
  private readonly send: (message: FromWorker) => void;
  private readonly rings = new Map<number, RingView>();
  private readonly routes: Set<string>;
  private readonly requests = new Map<number, (response: RouteResponse) => void>();
  private readonly watch: OptionsWatch;
  private readonly aggregation: Aggregation;
  private readonly schedule: DrainSchedule;
  private readonly endpoint: Endpoint;
  private readonly dumps: DumpWriter | undefined;
  private requestedRate: number | null;
  /** What the options say, until one of them changes: every tick asks for it. */
  private controls: Controls | undefined;
  private options: Options;
  /** The state of the options file that is in force. */
  private usedFile: OptionsFile | undefined;
  private lastRequest = 0;
  private isReady = false;

  constructor(given: WorkerStart, send: (message: FromWorker) => void) {
    this.given = given;
    this.send = send;
    this.options = given.options;
    this.requestedRate = given.requestedRate;
    this.routes = new Set(given.routes);
    const warn = (code: WarningCode, message: string): void => send({ type: 'warning', code, message });
    const state = new StateBuffer(given.catalogue, given.state);
    const source: StatisticsSource = {
      instance: given.instance,
      state,
      rings: { [Symbol.iterator]: () => this.rings.values() },
      clock: monotonicMillis,
      wallClock: Date.now,
      processCpuSeconds,
      workerRestarts: given.restarts,
    };
    this.watch = new OptionsWatch(given.options.optionsFile, warn, () => this.useOptions());
    this.aggregation = new Aggregation({
      state,
      clock: monotonicMillis,
      wallClock: Date.now,
      cpuSeconds: threadCpuSeconds,
      memory: ownMemory,
      onSla: (kind, change) => send({ type: 'sla', kind, change }),
    });
    this.schedule = new DrainSchedule(
      () => this.aggregation.tickIntervalMillis,
      () => this.tick(),
    );
    this.endpoint = new Endpoint({
      source,
      host: given.options.host,
      port: given.options.port,
      warn,
      pagePath: PAGE,
      isExportEnabled: () => this.options.exportEnabled,
      isReady: () => this.isReady,
      routes: () => this.routes,
      forward: (request) => this.forward(request),
      onListening: (host, port) => send({ type: 'listening', host, port }),
    });
    if (given.options.dumpDirectory !== '') {
      this.dumps = new DumpWriter({
        directory: given.options.dumpDirectory,
        warn,
        read: () => readStatistics(source),
        options: () => this.options,
      });
    }
  }

  start(): void {
    this.watch.start();
    this.useOptions();
    for (const ring of this.given.rings) this.attach(ring);
    this.tick();
    for (const { number, isEnded } of this.given.rings) if (isEnded) this.detach(number);
    this.schedule.start();
    this.endpoint.listen();
    this.dumps?.start();
    this.isReady = true;
    this.send({ type: 'ready' });
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'attach':
        this.attach(message.ring);
        break;
      case 'detach':
        this.detach(message.ring);
        break;
      case 'directory':
        enter(this.rings.get(message.ring), message.entry);
        break;
      case 'rate':
        this.requestedRate = message.rate;
        this.controls = undefined;
        this.tick();
        break;
      case 'route':
        this.routes.add(message.path);
        break;
      case 'response':
        this.requests.get(message.id)?.(message.response);
        this.requests.delete(message.id);
        break;
      case 'stop':
        void this.stop();
    }
  }

  /** Reads what is left, writes a last dump, and lets the thread end. */
  private async stop(): Promise<void> {
    this.schedule.stop();
    this.watch.stop();
    this.tick();
    await Promise.all([this.endpoint.close(), this.dumps?.stop()]);
    this.send({ type: 'stopped' });
  }

  private tick(): void {
    this.controls ??= this.currentControls();
    this.aggregation.tick(this.controls);
  }

  private currentControls(): Controls {
    const { options, watch } = this;
    return {
      ...options,
      samplingRate: this.requestedRate ?? options.samplingRate,
      generation: watch.current.generation,
      isFileBad: watch.isBad,
    };
  }

  /** The options file lies above the constructor and the environment; what it says last also overrides the application. */
  private useOptions(): void {
    const before = this.options.samplingRate;
    const file = this.watch.current;
    const saysRate = file !== this.usedFile && file.options.samplingRate !== undefined;
    this.usedFile = file;
    this.options = layerOptions(this.given.options, optionsFor(this.given.instance, this.watch.current));
    this.controls = undefined;
    if (!this.isReady) return;
    // Also where it says anew what it said before: a rollout counts on it.
    if (saysRate || this.options.samplingRate !== before) {
      this.requestedRate = null;
      this.send({ type: 'rate-overruled' });
    }
    this.tick();
  }

  private attach(ring: RingDescription): void {
    const view = new RingView(ring.number, ring.name, ring.shared);
    for (const entry of ring.entries) enter(view, entry);
    if (!this.aggregation.attach(view)) return;
    this.rings.set(ring.number, view);
    this.schedule.watch(ring.number, ring.shared);
  }

  private detach(ring: number): void {
    this.schedule.unwatch(ring);
    this.aggregation.detach(ring);
    this.rings.delete(ring);
    this.send({ type: 'detached', ring });
  }

  private forward(request: RouteRequest): Promise<RouteResponse> {
    this.lastRequest += 1;
    const id = this.lastRequest;
    return new Promise((resolve) => {
      this.requests.set(id, resolve);
      // The endpoint has given up by then; an answer that comes later is dropped.
      setTimeout(() => this.requests.delete(id), FORGET_REQUEST_MILLIS).unref();
      this.send({ type: 'request', id, request });
    });
  }
}

function enter(view: RingView | undefined, entry: DirectoryEntry): void {
  if (entry.type === 'symbol') view?.symbols.set(entry.id, entry.name);
  else view?.gauges.set(entry.slot, { kind: entry.kind, name: entry.name });
}

/** CPU time of this thread; where Node does not tell it (before 22.19), the time its event loop was busy. */
function threadCpuSeconds(): number {
  if (typeof process.threadCpuUsage === 'function') {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1e6;
  }
  return performance.eventLoopUtilization().active / 1e3;
}

function ownMemory(): { resident: number; library: number } {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { resident: process.memoryUsage.rss(), library: heapUsed + arrayBuffers };
}
