import { EventEmitter } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { monotonicMillis } from '../contract/clock.ts';
import { PerfMetricsError, thrownText, type WarningCode } from '../contract/errors.ts';
import type {
  FromThread,
  FromWorker,
  RouteRequest,
  RouteResponse,
  WorkerStart,
} from '../contract/messages.ts';
import { layerOptions, type Options, parseEnvironment, parseOptions } from '../contract/options.ts';
import { CONTROL } from '../contract/record.ts';
import type { SlaChange, Statistics } from '../contract/statistics.ts';
import { instanceOf } from '../control/instance.ts';
import { MetricsCollector } from '../record/collector.ts';
import { LockFreeRingBuffer } from '../record/ring-buffer.ts';
import { StateBuffer } from '../state/state-buffer.ts';
import { MAX_RINGS } from '../state/state-layout.ts';
import { readStatistics } from '../state/statistics.ts';
import type { StatisticsSource } from '../state/statistics-source.ts';
import { processCpuSeconds } from './process-cpu.ts';
import { RingRegistry } from './ring-registry.ts';
import type { ThreadHandle } from './thread.ts';
import { ThreadHealth } from './thread-health.ts';
import { WorkerHost } from './worker-host.ts';

export interface AggregatorWarning {
  readonly code: WarningCode;
  readonly message: string;
}

interface AggregatorEvents {
  /** An SLA broke over a window, or is kept again: within a second. */
  violation: [SlaChange];
  recovery: [SlaChange];
  /** Something is wrong with the measuring, never with the application. Without a listener it is a process warning. */
  warning: [AggregatorWarning];
  /** The worker thread aggregates; also after each restart. */
  ready: [];
  /** The endpoint listens. */
  listening: [{ readonly host: string; readonly port: number }];
}

const RESERVED_PATHS = new Set(['/', '/metrics', '/stats.json', '/report', '/digest', '/healthz', '/readyz']);

export type RouteHandler = (request: RouteRequest) => RouteResponse | Promise<RouteResponse>;

/**
 * Owns the worker thread that aggregates what the application threads record and serves the endpoint.
 *
 * Once constructed it never throws at run time: if the worker dies it is started again where it stopped, and if it
 * cannot be started the application runs on without it.
 */
export class MetricsAggregator extends EventEmitter<AggregatorEvents> {
  /** Of the constructors and the environment; the worker thread lays the options file above them. */
  readonly options: Options;
  private readonly instance: string;
  private readonly ring: LockFreeRingBuffer;
  private readonly rings: RingRegistry;
  private readonly state: StateBuffer;
  private readonly host: WorkerHost;
  private readonly health: ThreadHealth;
  private readonly routes = new Map<string, RouteHandler>();
  private requestedRate: number | null = null;
  private hasWarnedOfThreads = false;
  private listeningAt: { readonly host: string; readonly port: number } | undefined;

  /**
   * `source`: the collector, or its `buffer`, of this thread.
   *
   * @throws PerfMetricsError on a bad option.
   */
  constructor(source: LockFreeRingBuffer | MetricsCollector, options: Partial<Options> = {}) {
    super();
    const ring = source instanceof MetricsCollector ? source.buffer : source;
    if (!(ring instanceof LockFreeRingBuffer)) {
      throw new PerfMetricsError(
        'PERF_BUFFER_INVALID',
        'MetricsAggregator: pass the collector, or its buffer',
      );
    }
    this.ring = ring;
    const { directory } = ring;
    const constructed = { ...directory.options, ...parseOptions({ ...options }, 'MetricsAggregator') };
    this.options = layerOptions(constructed, parseEnvironment(process.env));
    this.instance = instanceOf(this.options);
    this.state = new StateBuffer(directory.catalogue);
    this.host = new WorkerHost({
      describe: (restarts) => this.describe(restarts),
      receive: (message) => this.receive(message),
      ended: () => {
        this.listeningAt = undefined;
      },
      warn: (code, message) => this.warn(code, message),
    });
    this.rings = new RingRegistry((message) => this.host.send(message));
    this.rings.add('main', ring.shared, directory);
    this.requestedRate = directory.requestedRate;
    directory.rateListener = (rate) => this.requestRate(rate);
    this.health = new ThreadHealth(ring, (code, message) => this.warn(code, message));
  }

  /**
   * Starts the worker thread, the endpoint and the observation of this thread. A second call does nothing. After a
   * `stop` it goes on with the totals that there were. It keeps the process alive until the endpoint listens (or
   * cannot, or three seconds have passed), and no longer.
   */
  start(): void {
    this.health.start();
    this.host.start();
  }

  /**
   * Reads what is left in the rings, writes a last dump if dumps are written, and ends the worker thread: everything
   * recorded before in this thread is in `getStatistics()` afterwards (other threads publish every 20 ms). Collectors go on recording, for a later `start`.
   */
  async stop(): Promise<void> {
    this.health.stop();
    await this.host.stop();
  }

  /**
   * The figures as they were committed last: at most 100 ms ago while this is called at least once in 5 s, otherwise 250 ms.
   * Synchronous, and needs no running worker.
   */
  getStatistics(): Statistics {
    return readStatistics(this.source);
  }

  /** Where the endpoint listens; undefined while it does not. */
  get address(): { readonly host: string; readonly port: number } | undefined {
    return this.listeningAt;
  }

  /** What expositions of this process are made from. */
  get source(): StatisticsSource {
    return {
      instance: this.instance,
      state: this.state,
      rings: this.rings.views(),
      clock: monotonicMillis,
      wallClock: Date.now,
      processCpuSeconds,
      workerRestarts: this.host.restarts,
    };
  }

  /** Shows `depth()` of a queue as `perf_queue_depth{queue="name"}`, asked for each second in this thread. */
  registerQueue(name: string, depth: () => number): void {
    this.health.register('queue', name, depth);
  }

  /** Shows `bytes()` of a component as `perf_memory_bytes{component="name"}`, asked for each second in this thread. */
  registerMemory(component: string, bytes: () => number): void {
    this.health.register('memory', component, bytes);
  }

  /**
   * Serves a path of the endpoint from this thread, all methods of it: for what only the application knows.
   *
   * @throws PerfMetricsError `PERF_STATE` unless the path begins with a slash and is none of the endpoint's own.
   */
  route(path: string, handler: RouteHandler): void {
    if (!/^\/[\w./-]+$/.test(path) || RESERVED_PATHS.has(path)) {
      throw new PerfMetricsError(
        'PERF_STATE',
        `route ${JSON.stringify(path)}: use a path such as "/faults" that the endpoint does not serve itself`,
      );
    }
    this.routes.set(path, handler);
    this.host.send({ type: 'route', path });
  }

  /**
   * A ring for another application thread, for `collectInThread` there:
   * `new Worker(file, { workerData: { perf: handle }, transferList: [handle.port] })`. It is let go when the thread ends.
   *
   * Beyond 64 threads at a time, this one among them, there is a warning, and what the thread does is not measured.
   */
  threadHandle(name: string): ThreadHandle {
    const { port1, port2 } = new MessageChannel();
    const { shared, header } = new LockFreeRingBuffer(this.options.capacityRecords);
    const handle = { ring: shared, catalogue: this.state.catalogue, port: port2 };
    if (this.rings.isFull) {
      this.warnOfThreads(name);
      return handle;
    }
    this.hasWarnedOfThreads = false;
    // What the first thread does now is what this one does until the worker thread says otherwise.
    Atomics.store(header, CONTROL, Atomics.load(this.ring.header, CONTROL));
    const number = this.rings.add(name, shared);
    port1.on('message', (message: FromThread) => {
      if (message.type === 'rate') this.requestRate(message.rate);
      else this.rings.enter(number, message);
    });
    port1.on('close', () => this.rings.end(number));
    port1.unref();
    return handle;
  }

  private warnOfThreads(name: string): void {
    if (this.hasWarnedOfThreads) return;
    this.hasWarnedOfThreads = true;
    this.warn(
      'PERF_THREAD_LIMIT',
      `thread ${name} is not measured: ${MAX_RINGS} threads are, and no more can be until one of them ends`,
    );
  }

  private requestRate(rate: number): void {
    this.requestedRate = rate;
    this.host.send({ type: 'rate', rate });
  }

  private describe(restarts: number): WorkerStart {
    return {
      catalogue: this.state.catalogue,
      state: this.state.shared,
      options: this.options,
      instance: this.instance,
      rings: this.rings.describe(),
      routes: [...this.routes.keys()],
      requestedRate: this.requestedRate,
      restarts,
    };
  }

  private receive(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.emit('ready');
        break;
      case 'listening':
        this.listeningAt = { host: message.host, port: message.port };
        this.emit('listening', this.listeningAt);
        break;
      case 'sla':
        this.emit(message.kind, message.change);
        break;
      case 'warning':
        this.warn(message.code, message.message);
        break;
      case 'request':
        void this.answer(message.id, message.request);
        break;
      case 'detached':
        this.rings.forget(message.ring);
        break;
      case 'rate-overruled':
        this.requestedRate = null;
    }
  }

  private async answer(id: number, request: RouteRequest): Promise<void> {
    this.host.send({ type: 'response', id, response: await this.respond(request) });
  }

  private async respond(request: RouteRequest): Promise<RouteResponse> {
    try {
      const handler = this.routes.get(request.path);
      if (handler === undefined) return { status: 404, body: 'no such route\n' };
      const { status, headers = {}, body } = await handler(request);
      // As numbers and texts, whatever they were: not everything can pass between threads.
      const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
      return { status: Number(status), headers: Object.fromEntries(texts), body: String(body) };
    } catch (error) {
      return { status: 500, body: `${thrownText(error)}\n` };
    }
  }

  private warn(code: WarningCode, message: string): void {
    if (this.listenerCount('warning') > 0) this.emit('warning', { code, message });
    else process.emitWarning(message, { type: 'PerfMetricsWarning', code });
  }
}
