import { setTimeout as delay } from 'node:timers/promises';
import type { Options } from './block-clock.ts';
import { CoreUse } from './cores.ts';
import type { DemoService } from './demo-service.ts';
import type { Block, Condition, WorkerSteady, WorkerUse } from './phases.ts';
import type { ProbeReading } from './probe.ts';
import type { Request } from './sample-file.ts';
import { quantile } from './statistics/quantile.ts';

/** Off is all that can be switched off: recording, aggregation and the answers to scrapes. */
export const OFF = { enabled: false, aggregationEnabled: false, exportEnabled: false };
/** Adaptive sampling would change the rate that is measured. */
export const ON = { enabled: true, aggregationEnabled: true, exportEnabled: true, adaptiveSampling: false };
const RATES: Partial<Record<Condition, number>> = { '10': 0.1, '50': 0.5, '100': 1 };

/** A block as its process tells of it; what k6 says of its requests is known when k6 has ended. */
export interface RawBlock {
  readonly set: number;
  readonly condition: Condition;
  readonly begin: ProbeReading;
  readonly end: ProbeReading;
  /** CPU time of the library's worker thread in the block; NaN where the system does not tell. */
  readonly workerMicros: number;
  readonly machineBusy: number;
}

/** One block of the run. */
export interface Planned {
  readonly set: number;
  readonly condition: Condition;
}

export function optionsOf(condition: Condition): Options & { readonly samplingRate?: number } {
  const samplingRate = RATES[condition];
  return samplingRate === undefined ? OFF : { ...ON, samplingRate };
}

/** Measures for so long what is in force. */
export async function measureBlock(
  demo: DemoService,
  { set, condition }: Planned,
  burnMicros: number,
  millis: number,
): Promise<RawBlock> {
  const cores = new CoreUse();
  const begin = await demo.probe({ burnMicros: condition === 'burn' ? burnMicros : 0, isReferred: true });
  const workerBefore = demo.workerMicros();
  await delay(millis);
  const end = await demo.probe();
  const workerMicros = demo.workerMicros() - workerBefore;
  return { set, condition, begin, end, workerMicros, machineBusy: cores.take() };
}

/**
 * Joins what the process and k6 say. `samples` must be in the order in which they were due. The worker thread's part of the CPU time
 * is what it takes where the condition lasts: in blocks of half a second some of its work falls between them, or never comes.
 */
export function joinBlock(
  { set, condition, begin, end, workerMicros, machineBusy }: RawBlock,
  samples: readonly Request[],
  worker: WorkerUse | null,
): Block {
  const requests = end.requests - begin.requests;
  const latencies = latenciesBetween(samples, begin.at, end.at);
  return {
    set,
    condition,
    beganAt: begin.at,
    endedAt: end.at,
    requests,
    mainMicros: (end.mainMicros - begin.mainMicros) / requests,
    processMicros:
      (end.processMicros - begin.processMicros) / requests +
      (worker === null ? 0 : worker.steady[steadyOf(condition)] - workerMicros / requests),
    workerMicros: workerMicros / requests,
    referenceMicros: (end.referenceMicros - begin.referenceMicros) / (end.references - begin.references),
    latencyPace: 1,
    p50Millis: quantile(latencies, 0.5),
    p99Millis: quantile(latencies, 0.99),
    machineBusy,
  };
}

function steadyOf(condition: Condition): keyof WorkerSteady {
  return condition === 'burn' || condition === 'off_again' ? 'off' : condition;
}

/** Sorted, of the requests that were due in that time. */
export function latenciesBetween(samples: readonly Request[], from: number, to: number): Float64Array {
  const begin = firstDueFrom(samples, from);
  const end = firstDueFrom(samples, to);
  return Float64Array.from(samples.slice(begin, end), ({ latencyMillis }) => latencyMillis).sort();
}

function firstDueFrom(samples: readonly Request[], at: number): number {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((samples[middle]?.dueAt ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
