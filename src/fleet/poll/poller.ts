import type { SetAsideReason, Target } from '../../contract/fleet.ts';
import { PolledTarget } from './polled-target.ts';
import { Round } from './round.ts';

/** What the answers of a round go to. */
export interface AnswerSink {
  accept(target: Target, bytes: Uint8Array): void;
  setAside(target: Target, reason: SetAsideReason): void;
}

/**
 * Asks all targets for their `/digest`, round by round. Those that answered last time come first, then new ones, then
 * those that did not, the longest unasked first: however many hang, the others are asked in each round.
 */
export class Poller {
  private readonly sink: AnswerSink;
  private readonly polled = new Map<string, PolledTarget>();
  private rounds = 0;

  constructor(sink: AnswerSink) {
    this.sink = sink;
  }

  /** For the rounds to come; between rounds only. Closes the connections of those that are gone. */
  setTargets(targets: readonly Target[]): void {
    const wanted = new Map(targets.map((target) => [target.id, target]));
    for (const [id, polled] of this.polled) {
      if (wanted.get(id)?.url === polled.target.url) continue;
      this.polled.delete(id);
      polled.agent.destroy();
    }
    for (const [id, target] of wanted) {
      const polled = this.polled.get(id);
      if (polled === undefined) this.polled.set(id, new PolledTarget(target));
      else polled.target = target;
    }
  }

  /** Asks each once: resolves within a second. A round must have ended before the next begins. */
  round(): Promise<void> {
    const queue = [...this.polled.values()];
    queue.sort((a, b) => a.standing - b.standing || a.askedIn - b.askedIn);
    this.rounds += 1;
    return new Round(queue, this.rounds, ({ target }, answer) => {
      if (typeof answer === 'string') this.sink.setAside(target, answer);
      else this.sink.accept(target, answer);
    }).run();
  }

  /** Closes all connections; between rounds only. */
  close(): void {
    this.setTargets([]);
  }
}
