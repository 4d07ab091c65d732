import { Worker } from 'node:worker_threads';
import { monotonicMillis } from '../contract/clock.ts';
import { thrownText, type Warn } from '../contract/errors.ts';
import type { FromWorker, ToWorker, WorkerStart } from '../contract/messages.ts';

const WORKER = new URL(import.meta.url.endsWith('.ts') ? '../worker.ts' : '../worker.js', import.meta.url);
const FIRST_RETRY_MILLIS = 20;
const LAST_RETRY_MILLIS = 10_000;
/** A worker that ran this long had no trouble in starting: the next one is started soon. */
const STABLE_MILLIS = 1000;
const START_MILLIS = 3000;
const STOP_TIMEOUT_MILLIS = 3000;

export interface WorkerHostSettings {
  /** What a worker starts with, asked for at every start. */
  readonly describe: (restarts: number) => WorkerStart;
  readonly receive: (message: FromWorker) => void;
  /** No worker runs any more, whatever the reason. */
  readonly ended: () => void;
  readonly warn: Warn;
}

/**
 * Keeps one worker thread running. A worker that dies is started again, after ever longer waits unless it ran for a
 * while; one that cannot be started leaves the application as it is and is tried again. Either is reported once, until
 * a worker is ready again.
 */
export class WorkerHost {
  restarts = 0;
  private readonly settings: WorkerHostSettings;
  private worker: Worker | undefined;
  private isStarted = false;
  private hasWarned = false;
  private readyAt = Number.NaN;
  private retryMillis = FIRST_RETRY_MILLIS;
  private retry: NodeJS.Timeout | undefined;
  private stopping: Promise<void> | undefined;
  /** Told whether the worker has read what was left, or else has died over it. */
  private stopped: ((isDone: boolean) => void) | undefined;

  constructor(settings: WorkerHostSettings) {
    this.settings = settings;
  }

  /** A second call does nothing; one during a stop starts a worker after it. */
  start(): void {
    if (this.stopping !== undefined) void this.stopping.then(() => this.start());
    else if (!this.isStarted) {
      this.isStarted = true;
      this.startWorker();
    }
  }

  /** Drops the message while no worker runs: what a worker must know is in `describe`. */
  send(message: ToWorker): void {
    this.worker?.postMessage(message);
  }

  /** Resolves when a worker has read what was left and ended, or was ended after three seconds. */
  stop(): Promise<void> {
    this.stopping ??= this.end().finally(() => {
      this.stopping = undefined;
    });
    return this.stopping;
  }

  private async end(): Promise<void> {
    if (!this.isStarted) return;
    this.isStarted = false;
    clearTimeout(this.retry);
    if (this.worker !== undefined && (await this.endWorker(this.worker))) return;
    // It was dead already, or has died over it: another one reads what was left.
    this.restarts += 1;
    this.startWorker();
    if (this.worker !== undefined) await this.endWorker(this.worker);
  }

  private async endWorker(worker: Worker): Promise<boolean> {
    const isDone = await new Promise<boolean>((resolve) => {
      const timeout = setTimeout(() => resolve(true), STOP_TIMEOUT_MILLIS);
      this.stopped = (how) => {
        clearTimeout(timeout);
        resolve(how);
      };
      worker.postMessage({ type: 'stop' } satisfies ToWorker);
    });
    this.stopped = undefined;
    await worker.terminate();
    this.forget(worker);
    return isDone;
  }

  private startWorker(): void {
    try {
      const worker = new Worker(WORKER, {
        name: 'perf-metrics',
        workerData: this.settings.describe(this.restarts),
        execArgv: [],
        stdin: false,
      });
      this.worker = worker;
      this.readyAt = Number.NaN;
      worker.on('message', (message: FromWorker) => this.receive(worker, message));
      worker.on('error', (error) => this.warnOnce(`the worker thread died: ${thrownText(error)}`));
      worker.on('exit', (code) => this.onExit(worker, code));
      // Above, the listener for messages has made the thread one that keeps the process alive. It may for so long as a
      // program would wait for its endpoint, which is let go of in `receive`; then the process ends when its work does.
      setTimeout(() => worker.unref(), START_MILLIS).unref();
    } catch (error) {
      this.warnOnce(`the worker thread cannot be started: ${thrownText(error)}`);
      this.restartLater();
    }
  }

  private receive(worker: Worker, message: FromWorker): void {
    if (message.type === 'listening' || message.type === 'warning') worker.unref();
    if (message.type === 'ready') {
      this.hasWarned = false;
      this.readyAt = monotonicMillis();
    }
    if (message.type === 'stopped') this.stopped?.(true);
    this.settings.receive(message);
  }

  private onExit(worker: Worker, code: number): void {
    if (this.worker !== worker) return;
    this.forget(worker);
    this.stopped?.(false);
    if (!this.isStarted) return;
    this.warnOnce(`the worker thread ended with code ${code}`);
    if (monotonicMillis() - this.readyAt >= STABLE_MILLIS) this.retryMillis = FIRST_RETRY_MILLIS;
    this.restartLater();
  }

  private forget(worker: Worker): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    this.settings.ended();
  }

  private restartLater(): void {
    if (!this.isStarted) return;
    this.retry = setTimeout(() => {
      this.restarts += 1;
      this.startWorker();
    }, this.retryMillis);
    this.retry.unref();
    this.retryMillis = Math.min(LAST_RETRY_MILLIS, this.retryMillis * 2);
  }

  private warnOnce(problem: string): void {
    if (this.hasWarned) return;
    this.hasWarned = true;
    this.settings.warn('PERF_WORKER_FAILED', `${problem}; it is started again until it runs`);
  }
}
