import type { K6Result } from './k6.ts';
import { RATE } from './options.js';
import { differenceOf, type Measurement } from './overhead-verdict.ts';
import type { Block, Control, Metric } from './phases.ts';

/** Beyond it requests wait for one another, and what is measured is the queue. */
const MAX_BUSY = 0.9;
/** Of the rate that was asked for. */
const RATE_TOLERANCE = 0.01;
/** By which an A/A difference would have to be there. With 95 % one good run in twenty would be void, for each metric. */
const NOTHING_CONFIDENCE = 0.99;
const BURN_CONFIDENCE = 0.95;
const UNDER_WAY = 8;
const MIN_WHOLE = 0.9;
const CHECKED: readonly Metric[] = ['cpu_main', 'cpu_process', 'latency_p50'];

/** At 100 % each request is one candle, and each candle was counted. */
export function countControl(iterations: number, candles: number): Control {
  return {
    name: 'event counts',
    isKept: iterations === candles && candles > 0,
    text: `k6 sent ${iterations} candles at 100 %, the library counted ${candles} events candle_processing`,
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

/** What must hold for the blocks to be worth anything. `received`: requests that reached the demo in the run. */
export function runControls(
  blocks: readonly Block[],
  result: K6Result,
  received: number,
  seed: number,
): Control[] {
  const measurement = { blocks, samples: result.samples };
  return [
    ...CHECKED.map((metric) => nothingFound(measurement, metric, seed)),
    burnFound(measurement, seed),
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
    confidence: NOTHING_CONFIDENCE,
    seed,
  });
  return {
    name: `A/A, ${metric}`,
    isKept: low <= 0 && high >= 0,
    text: `off against off: ${percent(estimate)}, 99 % interval ${percent(low)} to ${percent(high)}, which must hold 0`,
  };
}

function burnFound(measurement: Measurement, seed: number): Control {
  const { estimate, low, high } = differenceOf(measurement, 'burn', 'cpu_main', {
    confidence: BURN_CONFIDENCE,
    seed,
  });
  return {
    name: 'a known burn',
    isKept: low > 0,
    text: `3 % more CPU time on purpose is measured on the main thread as ${percent(estimate)}, 95 % interval ${percent(low)} to ${percent(high)}, which must be above 0`,
  };
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
  const mean = (of: (block: Block) => number): number =>
    blocks.reduce((sum, block) => sum + of(block), 0) / blocks.length;
  const machine = mean(({ machineBusy }) => machineBusy);
  const main = mean(
    ({ mainMicros, requests, beganAt, endedAt }) => (mainMicros * requests) / (endedAt - beganAt) / 1e3,
  );
  return {
    name: 'not saturated',
    isKept: machine < MAX_BUSY && main < MAX_BUSY,
    text: `the machine was busy ${percent(machine)} of the time, the demo's main thread ${percent(main)}; both must be below ${percent(MAX_BUSY)}`,
  };
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(Math.abs(ratio) < 0.1 ? 2 : 0)} %`;
}
