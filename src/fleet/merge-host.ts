import { Worker } from 'node:worker_threads';
import { monotonicMillis } from '../contract/clock.ts';
import { thrownText } from '../contract/errors.ts';
import type { FleetStatistics, Target } from '../contract/fleet.ts';
import type { Log } from './log.ts';
import type { FromMergeThread, MergeThreadStart, ToMergeThread } from './messages.ts';
import type { Minute } from './minute.ts';
import { ProcessCounts } from './process-counts.ts';

// As literals, so that the check for dead files sees them.
const MERGE_THREAD = import.meta.url.endsWith('.ts')
  ? new URL('./merge-thread.ts', import.meta.url)
  : new URL('./merge-thread.js', import.meta.url);
const FIRST_RETRY_MILLIS = 100;
const LAST_RETRY_MILLIS = 10_000;
/** A thread that ran this long had no trouble in starting: the next one is started soon. */
const STABLE_MILLIS = 10_000;
/** Longer than a round. */
const STOP_TIMEOUT_MILLIS = 5000;

export interface MergeHostSettings extends MergeThreadStart {
  /** Once a second; `digest` is of all pods together, as `/digest` serves it. */
  readonly onRound: (statistics: FleetStatistics, digest: Uint8Array) => void;
  /** Each `minuteMillis`, and before `stop` resolves. */
  readonly onMinute: (minute: Minute, checkpoint: Uint8Array) => void;
  readonly log: Log;
}

/**
 * Keeps the merge thread running. One that dies is started again, after ever longer waits unless it ran for a while, and
 * goes on from the last checkpoint that it sent, so that no total falls.
 */
export class MergeHost {
  /** How often the thread was started again. */
  restarts = 0;
  private readonly settings: MergeHostSettings;
  private readonly counts = new ProcessCounts();
  private checkpoint: Uint8Array | null;
  /** Null until they are known. */
  private targets: readonly Target[] | null = null;
  private thread: Worker | undefined;
  private isStarted = false;
  private startedAt = Number.NaN;
  private retryMillis = FIRST_RETRY_MILLIS;
  private retry: NodeJS.Timeout | undefined;
  private stopping: Promise<void> | undefined;
  /** Told when the thread has said its last, or has died. */
  private stopped: () => void = () => {};

  constructor(settings: MergeHostSettings) {
    this.settings = settings;
    this.checkpoint = settings.checkpoint;
  }

  /** From the next round on, at any time. */
  setTargets(targets: readonly Target[]): void {
    this.targets = targets;
    this.post({ type: 'targets', targets });
  }

  start(): void {
    if (this.isStarted || this.stopping !== undefined) return;
    this.isStarted = true;
    this.startThread();
  }

  /** Resolves when the last minute has been handed on, or after five seconds. It does not start again. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    this.isStarted = false;
    clearTimeout(this.retry);
    const { thread } = this;
    if (thread === undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.settings.log.error({}, 'the merge thread does not stop: its last minute is lost');
        resolve();
      }, STOP_TIMEOUT_MILLIS);
      this.stopped = () => {
        clearTimeout(timer);
        resolve();
      };
      this.post({ type: 'stop' });
    });
    await thread.terminate();
  }

  private post(message: ToMergeThread): void {
    this.thread?.postMessage(message);
  }

  private startThread(): void {
    const { minuteMillis } = this.settings;
    const workerData: MergeThreadStart = { checkpoint: this.checkpoint, minuteMillis };
    this.startedAt = monotonicMillis();
    try {
      const thread = new Worker(MERGE_THREAD, { name: 'perf-merge', workerData, execArgv: [], stdin: false });
      let problem = 'it ended';
      thread.on('message', (message: FromMergeThread) => this.receive(message));
      thread.on('error', (error) => {
        problem = thrownText(error);
      });
      thread.on('exit', () => this.onExit(problem));
      this.thread = thread;
      if (this.targets !== null) this.post({ type: 'targets', targets: this.targets });
    } catch (error) {
      this.onExit(thrownText(error));
    }
  }

  private onExit(problem: string): void {
    this.thread = undefined;
    this.counts.threadEnded();
    this.stopped();
    if (!this.isStarted) return;
    const { log } = this.settings;
    log.error(
      { problem, restarts: this.restarts },
      'the merge thread died: it is started again until it runs',
    );
    this.restartLater();
  }

  private receive(message: FromMergeThread): void {
    const { onRound, onMinute, log } = this.settings;
    if (message.type === 'round') onRound(this.counts.addTo(message.statistics), message.digest);
    else if (message.type === 'log') log[message.level](message.fields, message.message);
    else if (message.type === 'stopped') this.stopped();
    else {
      this.checkpoint = message.checkpoint;
      onMinute(message.minute, message.checkpoint);
    }
  }

  private restartLater(): void {
    if (monotonicMillis() - this.startedAt >= STABLE_MILLIS) this.retryMillis = FIRST_RETRY_MILLIS;
    this.retry = setTimeout(() => {
      this.restarts += 1;
      this.startThread();
    }, this.retryMillis);
    this.retryMillis = Math.min(LAST_RETRY_MILLIS, this.retryMillis * 2);
  }
}
