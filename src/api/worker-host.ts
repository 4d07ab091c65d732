import { Worker } from 'node:worker_threads';
import type { Warn } from '../contract/errors.ts';
import type { FromWorker, ToWorker, WorkerStart } from '../contract/messages.ts';

const WORKER = new URL(import.meta.url.endsWith('.ts') ? '../worker.ts' : '../worker.js', import.meta.url);
const FIRST_RETRY_MILLIS = 100;
const LAST_RETRY_MILLIS = 10_000;
const STOP_TIMEOUT_MILLIS = 3000;

export interface WorkerHostSettings {
  /** What a worker starts with, asked for at every start. */
  readonly describe: (restarts: number) => WorkerStart;
  readonly receive: (message: FromWorker) => void;
  readonly warn: Warn;
}

/**
 * Keeps one worker thread running. A worker that dies is started again, sooner the longer it lived; one that cannot be
 * started leaves the application as it is and is tried again.
 */
export class WorkerHost {
  restarts = 0;
  private readonly settings: WorkerHostSettings;
  private worker: Worker | undefined;
  private retryMillis = FIRST_RETRY_MILLIS;
  private retry: NodeJS.Timeout | undefined;
  private isStopping = false;
  private stopped: (() => void) | undefined;

  constructor(settings: WorkerHostSettings) {
    this.settings = settings;
  }

  get isRunning(): boolean {
    return this.worker !== undefined;
  }

  start(): void {
    if (this.worker !== undefined || this.isStopping) return;
    try {
      const worker = new Worker(WORKER, {
        name: 'perf-metrics',
        workerData: this.settings.describe(this.restarts),
        execArgv: [],
        stdin: false,
      });
      this.worker = worker;
      worker.unref();
      worker.on('message', (message: FromWorker) => this.receive(message));
      worker.on('error', (error) =>
        this.settings.warn('PERF_WORKER_FAILED', `the worker thread died: ${describeError(error)}`),
      );
      worker.on('exit', () => this.onExit(worker));
    } catch (error) {
      this.settings.warn(
        'PERF_WORKER_FAILED',
        `the worker thread cannot be started: ${describeError(error)}`,
      );
      this.restartLater();
    }
  }

  /** Drops the message while no worker runs: what a worker must know is in `describe`. */
  send(message: ToWorker): void {
    this.worker?.postMessage(message);
  }

  /** Resolves when the worker has read what was left and ended, or was ended after three seconds. */
  async stop(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.retry);
    const { worker } = this;
    if (worker === undefined) return;
    await new Promise<void>((resolve) => {
      const timeout = setTimeout(resolve, STOP_TIMEOUT_MILLIS);
      this.stopped = () => {
        clearTimeout(timeout);
        resolve();
      };
      worker.postMessage({ type: 'stop' } satisfies ToWorker);
    });
    await worker.terminate();
    this.worker = undefined;
  }

  private receive(message: FromWorker): void {
    if (message.type === 'ready') this.retryMillis = FIRST_RETRY_MILLIS;
    if (message.type === 'stopped') this.stopped?.();
    this.settings.receive(message);
  }

  private onExit(worker: Worker): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    this.stopped?.();
    if (!this.isStopping) this.restartLater();
  }

  private restartLater(): void {
    this.retry = setTimeout(() => {
      this.restarts += 1;
      this.start();
    }, this.retryMillis);
    this.retry.unref();
    this.retryMillis = Math.min(LAST_RETRY_MILLIS, this.retryMillis * 2);
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
