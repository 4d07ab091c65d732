import type { Block, Condition } from '../../loadtest/phases.ts';
import { CONDITIONS } from '../../loadtest/phases.ts';
import type { ProbeReading } from '../../loadtest/probe.ts';
import type { Request } from '../../loadtest/sample-file.ts';
import type { Random } from '../../loadtest/statistics/random.ts';
import { normal } from './statistics/noise.ts';

const BLOCK_MILLIS = 500;
const REQUEST_MICROS = 3000;

/** Of a process that has only just started. */
export const NOTHING_READ: ProbeReading = {
  at: 0,
  requests: 0,
  mainMicros: 0,
  processMicros: 0,
  references: 0,
  referenceMicros: 0,
};

export interface MadeRun {
  readonly sets?: number;
  readonly requestsPerBlock?: number;
  /** What a condition costs over measuring off, as a ratio, in CPU time and in every latency. */
  readonly costs?: Partial<Readonly<Record<Condition, number>>>;
  /** Of a block's CPU time and latencies, besides that of single requests; as a ratio. */
  readonly noise?: number;
  /** How much slower the machine is in the slower half of the run. */
  readonly slowHalf?: number;
}

/** A run as it might have been. A third of its requests wait for the one before: latencies have two modes. */
export function madeRun(
  random: Random,
  { sets = 40, requestsPerBlock = 15, costs = {}, noise = 0.03, slowHalf = 1 }: MadeRun,
): { blocks: Block[]; samples: Request[] } {
  const blocks: Block[] = [];
  const samples: Request[] = [];
  for (let set = 0; set < sets; set++) {
    const machine = set < sets / 2 ? slowHalf : 1;
    for (const [i, condition] of CONDITIONS.entries()) {
      const beganAt = (set * CONDITIONS.length + i) * BLOCK_MILLIS;
      const pace = machine * (1 + (costs[condition] ?? 0)) * (1 + noise * normal(random));
      for (let n = 0; n < requestsPerBlock; n++) {
        const waits = random() < 1 / 3 ? 2 : 1;
        const latencyMillis = 4 * pace * waits * Math.exp(0.1 * normal(random));
        samples.push({ dueAt: beganAt + (n * BLOCK_MILLIS) / requestsPerBlock, latencyMillis });
      }
      blocks.push({
        set,
        condition,
        beganAt,
        endedAt: beganAt + BLOCK_MILLIS,
        requests: requestsPerBlock,
        mainMicros: REQUEST_MICROS * pace,
        processMicros: REQUEST_MICROS * pace,
        workerMicros: 0,
        p50Millis: 4 * pace,
        p99Millis: 10 * pace,
        referenceMicros: 300,
        latencyPace: 1,
        machineBusy: 0.3,
      });
    }
  }
  return { blocks, samples };
}
