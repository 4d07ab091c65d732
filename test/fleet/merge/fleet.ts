import type {
  FleetEventStatistics,
  FleetStatistics,
  SetAsideReason,
  Target,
} from '../../../src/contract/fleet.ts';
import { FleetMerger } from '../../../src/fleet/merge/fleet-merger.ts';
import { NOON } from './fake-pod.ts';

/** A merger under a clock that the test turns, asked in rounds of a second. */
export class Fleet {
  now = NOON;
  merger: FleetMerger;
  rounds = 0;

  constructor() {
    this.merger = new FleetMerger({ wallClock: () => this.now });
  }

  /** As after `kill -9` of the aggregation worker. */
  restart(checkpoint: Uint8Array | null = this.merger.checkpoint()): this {
    this.merger = new FleetMerger({ wallClock: () => this.now, checkpoint });
    return this;
  }

  /** A round in which each target gives these bytes, or this reason why it gives none. */
  round(answers: readonly (readonly [Target, Uint8Array | SetAsideReason])[]): FleetStatistics {
    for (const [target, answer] of answers) {
      if (typeof answer === 'string') this.merger.setAside(target, answer);
      else this.merger.accept(target, answer);
    }
    return this.finish();
  }

  finish(): FleetStatistics {
    this.now += 1000;
    return this.merger.finishRound({ rounds: ++this.rounds, late: 0, durationSeconds: 0.1, lagSeconds: 0 });
  }
}

/** An event of a service, `''` for all together; throws when it is not there. */
export function eventOf(statistics: FleetStatistics, event: string, service = ''): FleetEventStatistics {
  const { overall, services } = statistics;
  const from = service === '' ? overall : services.find((candidate) => candidate.service === service);
  const found = from?.events.find((candidate) => candidate.event === event);
  if (found === undefined) throw new Error(`no event ${event} of ${service}`);
  return found;
}
