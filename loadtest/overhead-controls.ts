import { optionsOf, type RawBlock } from './blocks.ts';
import type { K6Result } from './k6.ts';
import { RATE } from './options.js';
import { differenceOf, type Measurement } from './overhead-verdict.ts';
import type { Block, Control, Metric } from './phases.ts';
import { quantile } from './statistics/quantile.ts';

/** Beyond it requests wait for one another, and what is measured is the queue. */
const MAX_BUSY = 0.9;
/** Of the rate that was asked for. */
const RATE_TOLERANCE = 0.01;
/** Of the intervals of controls. With 95 % one good run in twenty would be void, for each of them. */
const CONTROL_CONFIDENCE = 0.99;
/** So many blocks of a hundred must be below `MAX_BUSY`: a run that is saturated now and then is not measured either. */
const BUSIEST = 0.95;
/** As the rollout's counts: wrong once in 16,000 runs. */
const MAX_STANDARD_ERRORS = 4;
const UNDER_WAY = 8;
const MIN_WHOLE = 0.9;
const CHECKED: readonly Metric[] = ['cpu_main', 'cpu_process', 'latency_p50'];
const BURNED = [
  ['cpu_main', 'mainMicros'],
  ['cpu_process', 'processMicros'],
] as const;

/** At 100 % each request is one candle, and each candle was counted. */
export function countControl(iterations: number, candles: number): Control {
  return {
    name: 'event counts',
    isKept: iterations === candles && candles > 0,
    text: `k6 sent ${iterations} candles at 100 %, the library counted ${candles} events candle_processing`,
  };
}

/**
 * The library counted the candles of the blocks that measured, and none was lost. `count`: its estimate for the whole run. Requests
 * between two blocks, or in one that was left out, may have been measured or not. By how much the estimate may be wrong: requests are drawn
 * independently, each with its rate.
 */
export function blocksCountedControl(
  blocks: readonly RawBlock[],
  { count, overwritten }: { readonly count: number; readonly overwritten: number },
): Control {
  const first = blocks[0]?.begin.requests ?? 0;
  let [inBlocks, certain, variance, last] = [0, 0, 0, first];
  for (const { condition, begin, end } of blocks) {
    const requests = end.requests - begin.requests;
    inBlocks += requests;
    last = Math.max(last, end.requests);
    const { samplingRate = 0 } = optionsOf(condition);
    if (samplingRate === 0) continue;
    certain += requests;
    variance += requests * (1 / samplingRate - 1);
  }
  const error = MAX_STANDARD_ERRORS * Math.sqrt(variance);
  const [least, most] = [certain - error, certain + (last - first - inBlocks) + error];
  return {
    name: 'counted while measuring',
    isKept: certain > 0 && count >= least && count <= most && overwritten === 0,
    text: `of ${certain} candles in blocks that measured, and up to ${last - first - inBlocks} beside them, the library counted ${Math.round(count)}, and lost ${overwritten} records; ${Math.ceil(least)} to ${Math.floor(most)} are within ${MAX_STANDARD_ERRORS} standard errors of the sampling`,
  };
}

/** A block during which the library looked at its options file may be of two conditions, and is left out. */
export function inStepControl(whole: number, all: number): Control {
  return {
    name: 'blocks in step',
    isKept: whole >= MIN_WHOLE * all,
    text: `${whole} of ${all} blocks lay between two looks of the library at its options file; at least ${percent(MIN_WHOLE)} must`,
  };
}

interface Run {
  readonly blocks: readonly Block[];
  readonly result: Pick<K6Result, 'requests' | 'failed' | 'dropped' | 'samples'>;
  /** Requests that reached the demo. */
  readonly received: number;
  /** What each request of a block `burn` took on top, in microseconds. */
  readonly burnMicros: number;
  readonly seed: number;
}

/** What must hold for the blocks to be worth anything. */
export function runControls({ blocks, result, received, burnMicros, seed }: Run): Control[] {
  const measurement = { blocks, samples: result.samples };
  return [
    ...CHECKED.map((metric) => nothingFound(measurement, metric, seed)),
    referenceSteady(measurement, seed),
    ...BURNED.map(([metric, key]) => burnFound(measurement, metric, burnMicros / offMean(blocks, key), seed)),
    {
      name: 'dropped iterations',
      isKept: result.dropped === 0 && result.failed === 0,
      text: `${result.dropped} requests could not be sent when they were due, ${result.failed} failed`,
    },
    rateKept(blocks),
    notSaturated(blocks),
    {
      name: 'requests',
      isKept: received >= result.requests && received <= result.requests + UNDER_WAY,
      text: `k6 had ${result.requests} requests answered, the demo took ${received}; those on the way when k6 was ended are up to ${UNDER_WAY}`,
    },
  ];
}

function nothingFound(measurement: Measurement, metric: Metric, seed: number): Control {
  const { estimate, low, high } = differenceOf(measurement, 'off_again', metric, {
    confidence: CONTROL_CONFIDENCE,
    seed,
  });
  return {
    name: `A/A, ${metric}`,
    isKept: low <= 0 && high >= 0,
    text: `off against off: ${percent(estimate)}, 99 % interval ${percent(low)} to ${percent(high)}, which must hold 0`,
  };
}

/** Else what measuring does to all code would be taken for the machine's doing. */
function referenceSteady(measurement: Measurement, seed: number): Control {
  const { estimate, low, high } = differenceOf(measurement, '100', 'reference', {
    confidence: CONTROL_CONFIDENCE,
    seed,
  });
  return {
    name: 'reference work',
    isKept: low <= 0 && high >= 0,
    text: `measuring at 100 % against off changes it by ${percent(estimate)}, 99 % interval ${percent(low)} to ${percent(high)}, which must hold 0`,
  };
}

/** It must be found, and found as large as it is. */
function burnFound(measurement: Measurement, metric: Metric, burned: number, seed: number): Control {
  const { estimate, low, high } = differenceOf(measurement, 'burn', metric, {
    confidence: CONTROL_CONFIDENCE,
    seed,
  });
  return {
    name: `a known burn, ${metric}`,
    isKept: low > 0 && low <= burned && high >= burned,
    text: `${percent(burned)} burned on purpose is measured as ${percent(estimate)}, 99 % interval ${percent(low)} to ${percent(high)}, which must be above 0 and hold what was burned`,
  };
}

function offMean(blocks: readonly Block[], key: 'mainMicros' | 'processMicros'): number {
  const off = blocks.filter(({ condition }) => condition === 'off' || condition === 'off_again');
  return off.reduce((sum, block) => sum + block[key], 0) / off.length;
}

function rateKept(blocks: readonly Block[]): Control {
  const seconds = blocks.reduce((sum, { beganAt, endedAt }) => sum + (endedAt - beganAt) / 1e3, 0);
  const rate = blocks.reduce((sum, { requests }) => sum + requests, 0) / seconds;
  return {
    name: 'request rate',
    isKept: Math.abs(rate / RATE - 1) <= RATE_TOLERANCE,
    text: `${rate.toFixed(1)} requests/s, ${RATE} were asked for`,
  };
}

function notSaturated(blocks: readonly Block[]): Control {
  const busiest = (of: (block: Block) => number): number =>
    quantile(Float64Array.from(blocks, of).sort(), BUSIEST);
  const machine = busiest(({ machineBusy }) => machineBusy);
  const main = busiest(
    ({ mainMicros, requests, beganAt, endedAt }) => (mainMicros * requests) / (endedAt - beganAt) / 1e3,
  );
  return {
    name: 'not saturated',
    isKept: machine < MAX_BUSY && main < MAX_BUSY,
    text: `in ${percent(BUSIEST)} of the blocks the machine was busy ${percent(machine)} of the time or less, and the demo's main thread ${percent(main)}; both must be below ${percent(MAX_BUSY)}`,
  };
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(Math.abs(ratio) < 0.1 ? 2 : 0)} %`;
}
