import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMillis } from '../contract/clock.ts';
import { thrownText } from '../contract/errors.ts';
import type { Target } from '../contract/fleet.ts';
import { FleetMerger } from './merge/fleet-merger.ts';
import type { FromMergeThread, MergeThreadStart, ToMergeThread } from './messages.ts';
import { Cadence } from './poll/cadence.ts';
import { Poller } from './poll/poller.ts';

/** What the merge thread does: once a second asks all targets, merges their answers, and sends what that gave. */
export class MergeLoop {
  private readonly send: (message: FromMergeThread) => void;
  private readonly minuteMillis: number;
  private readonly merger: FleetMerger;
  private readonly poller: Poller;
  private cadence = new Cadence(monotonicMillis());
  private readonly stopping = new AbortController();
  /** For the next round, so that each round is of those that were asked in it. */
  private newTargets: readonly Target[] | null = null;
  private minuteDue: number;
  /** Before the first targets are known, a round would tell of a fleet of none. */
  private readonly hasTargets = Promise.withResolvers<void>();

  constructor({ checkpoint, minuteMillis }: MergeThreadStart, send: (message: FromMergeThread) => void) {
    this.send = send;
    this.minuteMillis = minuteMillis;
    this.minuteDue = monotonicMillis() + minuteMillis;
    this.merger = new FleetMerger({ wallClock: Date.now, checkpoint });
    this.poller = new Poller({
      accept: (target, bytes) => this.accept(target, bytes),
      setAside: (target, reason) => this.merger.setAside(target, reason),
    });
  }

  receive(message: ToMergeThread): void {
    if (message.type === 'stop') this.stopping.abort();
    else {
      this.newTargets = message.targets;
      this.hasTargets.resolve();
    }
  }

  /** Resolves after `stop`, when the last minute has been sent. */
  async run(): Promise<void> {
    const { restoreProblem } = this.merger;
    if (restoreProblem !== null) {
      this.log(
        'warn',
        { problem: restoreProblem },
        'the totals of an earlier run cannot be read: they begin anew',
      );
    }
    this.stopping.signal.addEventListener('abort', () => this.hasTargets.resolve());
    await this.hasTargets.promise;
    this.cadence = new Cadence(monotonicMillis());
    while (await this.isDue()) await this.round();
    this.sendMinute();
    this.poller.close();
    this.send({ type: 'stopped' });
  }

  /** Waits for the next round; false when there is to be none. */
  private async isDue(): Promise<boolean> {
    const { signal } = this.stopping;
    await delay(this.cadence.waitMillis(monotonicMillis()), undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }

  private async round(): Promise<void> {
    const startedAt = monotonicMillis();
    const lagSeconds = this.cadence.begin(startedAt) / 1e3;
    if (this.newTargets !== null) {
      this.poller.setTargets(this.newTargets);
      this.merger.setTargets(this.newTargets);
      this.newTargets = null;
    }
    await this.poller.round();
    const { rounds, late } = this.cadence;
    const durationSeconds = () => (monotonicMillis() - startedAt) / 1e3;
    const merged = this.merger.finishRound({ rounds, late, lagSeconds, durationSeconds: durationSeconds() });
    const digest = this.merger.encodeDigest();
    // Only now is known how long merging took.
    const statistics = { ...merged, round: { ...merged.round, durationSeconds: durationSeconds() } };
    this.send({ type: 'round', statistics, digest });
    if (monotonicMillis() >= this.minuteDue) this.sendMinute();
  }

  private sendMinute(): void {
    // After a standstill there is one long minute, not a row of short ones.
    this.minuteDue = Math.max(this.minuteDue, monotonicMillis() - this.minuteMillis) + this.minuteMillis;
    this.send({ type: 'minute', minute: this.merger.takeMinute(), checkpoint: this.merger.checkpoint() });
  }

  /** An answer that the merger stumbles over, which none should be able to cause, costs its sender and nobody else. */
  private accept(target: Target, bytes: Uint8Array): void {
    try {
      this.merger.accept(target, bytes);
    } catch (error) {
      this.merger.setAside(target, 'implausible');
      const fields = { target: target.name, problem: thrownText(error) };
      this.log('error', fields, 'an answer could not be merged: this is a bug of perf-metrics');
    }
  }

  private log(level: 'warn' | 'error', fields: Record<string, string>, message: string): void {
    this.send({ type: 'log', level, fields, message });
  }
}
