import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlockClock } from './block-clock.ts';
import {
  joinBlock,
  latenciesBetween,
  measureBlock,
  ON,
  optionsOf,
  type Planned,
  type RawBlock,
} from './blocks.ts';
import { DemoService } from './demo-service.ts';
import { type K6Result, type K6Run, runK6, startK6 } from './k6.ts';
import { RATE } from './options.js';
import { blocksCountedControl, countControl, inStepControl, runControls } from './overhead-controls.ts';
import { compare, differenceOf, judge, powerOf } from './overhead-verdict.ts';
import {
  type Block,
  CONDITIONS,
  type Control,
  type Estimate,
  type OverheadResult,
  type WorkerSteady,
  type WorkerUse,
} from './phases.ts';
import { startPrometheus } from './prometheus.ts';
import type { Request } from './sample-file.ts';
import { CONFIDENCE } from './statistics/decision.ts';
import { quantile } from './statistics/quantile.ts';
import { seededRandom, shuffled } from './statistics/random.ts';
import { levelled, type Slopes } from './statistics/reference.ts';
import { fillWindows } from './warm-up.ts';
import {
  FIRST_WORKER_SECONDS,
  LAST_WORKER_SECONDS,
  workerAtFirst,
  workerAtLast,
  workerUse,
} from './worker-use.ts';

/** The library looks at its options file twice a second: see `BlockClock`. */
const SET_SECONDS = 0.52 * CONDITIONS.length;
const WARM_UP_SECONDS = 10;
/** Five ticks of the aggregation. */
const RECORDS_READ_MILLIS = 500;
/** Until the demo does all of its work. */
const FILL_SECONDS = 5;
/** Until k6 and the demo have found their pace. */
const SETTLE_SECONDS = 3;
/** A known burn of CPU time, which must be found. */
const BURN_RATIO = 0.03;
/** To ask what was counted. */
const COUNTED_ONLY = { ...ON, enabled: false };
const NOTICE_MILLIS = 100;
const MAX_QUANTILES = 1000;

/** After how many sets it is looked whether the figures decide; the last is the limit. */
const LOOKS = { quick: [40], full: [100, 150, 200, 300, 400, 550, 750] };

export interface OverheadOptions {
  readonly directory: string;
  readonly isQuick: boolean;
  readonly seed: number;
  /** Whose start is awaited before the first block, so that it costs none of them. */
  readonly others: Promise<unknown>;
  /** 0 to 1, and what is done at the moment. */
  readonly tell: (share: number, text: string) => void;
}

/** How long it takes at most. */
export function overheadSeconds(isQuick: boolean): number {
  const sets = (isQuick ? LOOKS.quick : LOOKS.full).at(-1) ?? 0;
  const before = FILL_SECONDS + WARM_UP_SECONDS + FIRST_WORKER_SECONDS + SETTLE_SECONDS;
  return before + sets * SET_SECONDS + (isQuick ? 0 : LAST_WORKER_SECONDS) + 10;
}

/**
 * What measuring costs: CPU time per request and latency in neighbouring blocks of one process, with measuring off, at
 * 10, 50 and 100 %, while a real Prometheus scrapes it and k6 keeps to its rate.
 */
export async function runOverhead(options: OverheadOptions): Promise<OverheadResult> {
  const { directory, seed, tell } = options;
  const demo = await DemoService.start({ directory, name: 'overhead-demo' });
  const prometheus = await startPrometheus({ directory, targets: [`127.0.0.1:${demo.metricsPort}`] });
  let k6: K6Run | undefined;
  try {
    tell(0, 'warming up');
    const { burnMicros, counts } = await warmUp(demo, directory);
    await options.others;
    let steady = await workerAtFirst(demo, directory);
    await demo.setOptions(COUNTED_ONLY);
    const { count: candles } = await countsOf(demo);
    const looks = options.isQuick ? LOOKS.quick : LOOKS.full;
    const maxSets = looks.at(-1) ?? 0;
    const before = await demo.probe();
    k6 = startK6('overhead', {
      directory,
      name: 'overhead',
      target: demo.url,
      // Ended when the blocks are done; twice their time is never needed.
      environment: { DURATION: `${Math.ceil(2 * overheadSeconds(options.isQuick))}s` },
    });
    await delay(SETTLE_SECONDS * 1e3);
    const plan = planOf(maxSets, seed);
    const raw: RawBlock[] = [];
    const clock = new BlockClock(demo);
    let done = 0;
    for (const [i, planned] of plan.entries()) {
      const { set } = planned;
      if (set !== plan[i - 1]?.set) {
        if (!k6.isRunning) throw new Error(`k6 ended by itself; see ${join(directory, 'overhead.log')}`);
        if (looks.includes(set) && (await decides(raw, k6, steady, seed))) break;
        const seconds = FILL_SECONDS + WARM_UP_SECONDS + FIRST_WORKER_SECONDS + set * SET_SECONDS;
        tell(seconds / overheadSeconds(options.isQuick), `set ${set + 1} of at most ${maxSets}`);
        if (i === 0 || looks.includes(set)) await clock.begin(optionsOf(planned.condition));
      }
      const next = plan[i + 1] ?? planned;
      const block = await clock.block(optionsOf(next.condition), (millis) =>
        measureBlock(demo, planned, burnMicros, millis),
      );
      if (block !== null) {
        raw.push(block);
        appendFileSync(join(directory, 'overhead-blocks.jsonl'), `${JSON.stringify(block)}\n`);
      }
      done++;
    }
    await demo.setOptions(COUNTED_ONLY);
    const counted = await countsOf(demo);
    if (!options.isQuick) {
      const seconds = overheadSeconds(false);
      tell((seconds - LAST_WORKER_SECONDS) / seconds, 'the worker thread, where conditions last');
      steady = await workerAtLast(demo);
    }
    k6.stop();
    const result = await k6.result;
    const { requests } = await demo.probe();
    const worker = workerUse(raw, steady);
    const joined = joinBlocks(raw, result.samples, worker);
    const { blocks, slopes } = levelled(joined);
    const without = differenceOf({ blocks: joined, samples: [] }, '100', 'cpu_process', {
      confidence: CONFIDENCE,
      seed,
    });
    const controls = [
      counts,
      blocksCountedControl(raw, { ...counted, count: counted.count - candles }),
      inStepControl(raw.length, done),
      ...runControls({ blocks, result, received: requests - before.requests, burnMicros, seed }),
    ];
    return summed({ blocks, slopes, without, result, worker, controls, burnMicros, maxSets, seed });
  } finally {
    k6?.stop();
    await Promise.all([demo.stop(), prometheus.stop(), k6?.result.catch(() => undefined)]);
  }
}

/** Set after set, each in an order of its own. */
function planOf(sets: number, seed: number): Planned[] {
  const order = seededRandom(seed);
  return Array.from({ length: sets }, (_, set) =>
    shuffled(CONDITIONS, order).map((condition) => ({ set, condition })),
  ).flat();
}

/** Everything on, until the code is compiled. Then each request must have been counted, once. */
async function warmUp(
  demo: DemoService,
  directory: string,
): Promise<{ burnMicros: number; counts: Control }> {
  await demo.setOptions({ ...ON, samplingRate: 1 });
  await fillWindows(demo, directory, 'fill');
  // With the reference work, whose code is to be compiled, too.
  const [{ count: before }, begin] = [await countsOf(demo), await demo.probe({ isReferred: true })];
  const { iterations } = await runK6('overhead', {
    directory,
    name: 'warm-up',
    target: demo.url,
    environment: { DURATION: `${WARM_UP_SECONDS}s` },
  });
  const end = await demo.probe();
  const { count: candles } = await countsOf(demo);
  const processMicros = (end.processMicros - begin.processMicros) / (end.requests - begin.requests);
  return { burnMicros: BURN_RATIO * processMicros, counts: countControl(iterations, candles - before) };
}

/** How many candles the library has counted, when all that was recorded has been read, and how many records it lost. */
async function countsOf(demo: DemoService): Promise<{ count: number; overwritten: number }> {
  await delay(RECORDS_READ_MILLIS);
  const { events, ring } = await demo.stats();
  const count = events.find(({ event }) => event === 'candle_processing')?.count ?? 0;
  return { count, overwritten: ring.overwritten };
}

/** Whether every judged comparison is decided already, by the stricter interval of a look before the last. */
async function decides(
  raw: readonly RawBlock[],
  k6: K6Run,
  steady: WorkerSteady,
  seed: number,
): Promise<boolean> {
  // k6 writes its file once a second.
  await delay(2000);
  const samples = await k6.samples();
  const { blocks } = levelled(joinBlocks(raw, samples, workerUse(raw, steady)));
  const comparisons = compare({ blocks, samples }, { seed, isLast: false });
  // That took seconds: connections that the demo has closed meanwhile are noticed before they are used again.
  await delay(NOTICE_MILLIS);
  return judge(comparisons) !== 'undecided';
}

function joinBlocks(
  raw: readonly RawBlock[],
  samples: readonly Request[],
  worker: WorkerUse | null,
): Block[] {
  return raw.map((block) => joinBlock(block, samples, worker));
}

interface Measured {
  readonly blocks: readonly Block[];
  readonly slopes: Slopes;
  readonly without: Estimate;
  readonly result: K6Result;
  readonly worker: WorkerUse | null;
  readonly controls: readonly Control[];
  readonly burnMicros: number;
  readonly maxSets: number;
  readonly seed: number;
}

function summed(measured: Measured): OverheadResult {
  const { blocks, slopes, without, result, worker, controls, burnMicros, maxSets, seed } = measured;
  const comparisons = compare({ blocks, samples: result.samples }, { seed, isLast: true });
  const off = blocks.filter(({ condition }) => condition === 'off' || condition === 'off_again');
  const mean = (
    key: 'mainMicros' | 'processMicros' | 'referenceMicros' | 'p50Millis' | 'p99Millis',
  ): number => off.reduce((sum, block) => sum + block[key], 0) / off.length;
  return {
    verdict: controls.every(({ isKept }) => isKept) ? judge(comparisons) : 'void',
    rate: RATE,
    seed,
    sets: Math.max(...blocks.map(({ set }) => set + 1)),
    maxSets,
    blockSeconds:
      blocks.reduce((sum, { beganAt, endedAt }) => sum + (endedAt - beganAt) / 1e3, 0) / blocks.length,
    burnMicros,
    off: {
      mainMicros: mean('mainMicros'),
      processMicros: mean('processMicros'),
      p50Millis: mean('p50Millis'),
      p99Millis: mean('p99Millis'),
    },
    worker,
    reference: { micros: mean('referenceMicros'), slopes, without },
    comparisons,
    controls,
    power: powerOf(blocks),
    blocks,
    latencies: Object.fromEntries(
      CONDITIONS.map((condition) => [
        condition,
        quantilesOf(
          blocks.filter((block) => block.condition === condition),
          result,
        ),
      ]),
    ),
  };
}

/** Evenly spaced quantiles of what was asked in these blocks; the highest is the maximum. */
function quantilesOf(blocks: readonly Block[], { samples }: K6Result): number[] {
  const all = Float64Array.from(
    blocks.flatMap(({ beganAt, endedAt }) => [...latenciesBetween(samples, beganAt, endedAt)]),
  ).sort();
  const count = Math.min(MAX_QUANTILES, all.length);
  return Array.from({ length: count }, (_, i) => quantile(all, count === 1 ? 1 : i / (count - 1)));
}
