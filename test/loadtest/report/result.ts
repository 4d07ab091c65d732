import {
  type Block,
  CONDITIONS,
  type Comparison,
  type Condition,
  type Control,
  type LoadTestResult,
  METRICS,
  type Metric,
  type OverheadResult,
  type RolloutRun,
  type SlaResult,
  type StressResult,
} from '../../../loadtest/phases.ts';
import { type Random, seededRandom, shuffled } from '../../../loadtest/statistics/random.ts';

/** When the made-up run began. */
export const BEGAN_AT = Date.UTC(2026, 10, 23, 7, 0);
/** Milliseconds of CPU time that a request takes with measuring off, and what each condition adds. */
const OFF_MILLIS = 3.35;
const COST: Readonly<Record<Condition, number>> = {
  off: 0,
  off_again: 0,
  '10': 0.001,
  '50': 0.003,
  '100': 0.005,
  burn: 0.03,
};
/** Half the width of an interval. */
const SPREAD: Readonly<Record<Metric, number>> = {
  cpu_main: 0.0022,
  cpu_process: 0.003,
  latency_p50: 0.0035,
  latency_p99: 0.11,
  reference: 0.004,
};

/** Made up, with every part, of the size and shape of a real one. */
export function fullResult({ sets = 14 } = {}): LoadTestResult {
  return {
    verdict: 'pass',
    isQuick: true,
    beganAt: BEGAN_AT,
    endedAt: BEGAN_AT + 241_000,
    machine: {
      cpu: 'Intel(R) Xeon(R) Processor @ 2.90GHz',
      cores: 2,
      memoryGibibytes: 8,
      system: 'Linux 6.1.0',
      node: 'v24.3.0',
      k6: 'k6 v1.8.1',
      commit: '6d2b622',
    },
    overhead: overheadResult(sets),
    rollouts: [healthyRollout(), injectedRollout()],
    sla: SLA,
    stress: stressResult(),
  };
}

/** Nothing could be measured. */
export function emptyResult(): LoadTestResult {
  return { ...fullResult(), verdict: 'void', overhead: null, rollouts: [], sla: null, stress: null };
}

export function overheadResult(sets = 14): OverheadResult {
  const random = seededRandom(1);
  return {
    verdict: 'pass',
    rate: 150,
    seed: 1,
    sets,
    maxSets: sets,
    blockSeconds: 1,
    burnMicros: 100,
    off: {
      mainMicros: 970 * OFF_MILLIS,
      processMicros: 1e3 * OFF_MILLIS,
      p50Millis: 4.61,
      p99Millis: 15.2,
    },
    worker: {
      steady: { off: 12.34, '10': 31.2, '50': 34.6, '100': 37.13 },
      blocks: { off: 15.8, off_again: 15.9, '10': 25, '50': 28.1, '100': 31.25 },
    },
    reference: {
      micros: 301.4,
      slopes: { mainMicros: 1.01, processMicros: 0.98, p50Millis: 1.12 },
      without: { estimate: 0.0061, low: -0.004, high: 0.016, confidence: 0.95, pairs: sets },
    },
    comparisons: METRICS.flatMap((metric) =>
      CONDITIONS.slice(1).map((condition) => comparison(metric, condition, random)),
    ),
    controls: [
      kept(
        'event counts',
        'k6 sent 1501 candles at 100 %, the library counted 1501 events candle_processing',
      ),
      kept('A/A, cpu_main', 'off against off: -0.05 %, 99 % interval -0.30 % to 0.21 %, which must hold 0'),
      kept(
        'a known burn',
        '3 % more CPU time on purpose is measured on the main thread as 2.94 %, 95 % interval 2.72 % to 3.16 %, which must be above 0',
      ),
    ],
    power: { smallestFound: 0.0043, at1_5Percent: 0.998, fails1_5Percent: 0.61, passes0_5Percent: 0.61 },
    blocks: blocksOf(sets, random),
    latencies: Object.fromEntries(
      CONDITIONS.map((condition) => [condition, quantilesOf(COST[condition], random)]),
    ),
  };
}

function comparison(metric: Metric, condition: Condition, random: Random): Comparison {
  const spread = SPREAD[metric];
  const estimate = COST[condition] + 0.6 * spread * (random() - 0.5);
  const isJudged =
    metric !== 'latency_p99' && metric !== 'reference' && ['10', '50', '100'].includes(condition);
  return {
    metric,
    condition,
    difference: {
      estimate,
      low: estimate - spread,
      high: estimate + 1.1 * spread,
      confidence: 0.95,
      pairs: 14,
    },
    verdict: isJudged ? 'pass' : null,
  };
}

function blocksOf(sets: number, random: Random): Block[] {
  const blocks: Block[] = [];
  for (let set = 0; set < sets; set++) {
    for (const condition of shuffled(CONDITIONS, random)) {
      const beganAt = BEGAN_AT + 20_000 + 1400 * blocks.length;
      const micros = 1e3 * OFF_MILLIS * (1 + COST[condition]) * (0.94 + 0.12 * random());
      blocks.push({
        set,
        condition,
        beganAt,
        endedAt: beganAt + 1001,
        requests: 150,
        mainMicros: 0.97 * micros,
        processMicros: micros,
        workerMicros: 20,
        referenceMicros: 300,
        latencyPace: 1,
        p50Millis: 4.6,
        p99Millis: 15,
        machineBusy: 0.4,
      });
    }
  }
  return blocks;
}

/** Exponential, with a floor, and a little noise towards the end. */
function quantilesOf(cost: number, random: Random): number[] {
  const jitter = Array.from({ length: 1000 }, (_, i) => 0.02 * (random() - 0.5) * (i / 1000));
  return Array.from(
    { length: 1000 },
    (_, i) => (1 + cost) * (2.4 - 3.1 * Math.log(1 - i / 1000.5) + (jitter[i] ?? 0)),
  ).sort((a, b) => a - b);
}

function healthyRollout(): RolloutRun {
  return {
    name: 'healthy',
    verdict: 'pass',
    steps: stepsOf([0, 0.1, 0.5, 1], [5.5, 10.1, 9.6, 12.1]),
    phase: 'complete',
    decisions: [
      decision(-0.8, 'start: a plan of 3 steps: 10 %, 50 %, 100 %; every pod is disabled at first'),
      decision(5.2, 'advance: 1 pods held the step; now at step 1 of 3 (10 %)'),
      decision(15.3, 'advance: 1 pods held the step and 4 gates pass; now at step 2 of 3 (50 %)'),
      decision(24.3, 'advance: 1 pods held the step and 4 gates pass; now at step 3 of 3 (100 %)'),
      decision(33.4, 'complete: 1 pods held the step and 4 gates pass; every pod measures at the last rate'),
    ],
    gates: [
      {
        gate: 'overhead',
        verdict: 'pass',
        text: 'the library takes 0.90 % of a core in 127.0.0.1:40553, the most of 1 pod; the limit is 2 %',
      },
      { gate: 'losses', verdict: 'pass', text: '0 records lost in this step; the limit is 0' },
    ],
    controls: [kept('requests', 'k6 sent 5928 requests, could not send 0, and was refused 0.')],
  };
}

export function injectedRollout(): RolloutRun {
  return {
    name: 'overhead injected',
    verdict: 'pass',
    steps: stepsOf([0, 0.1, 0.5, 0.1], [6.6, 10.1, 10.1, 4]),
    phase: 'failed',
    decisions: [
      decision(-0.7, 'start: a plan of 3 steps: 10 %, 50 %, 100 %; every pod is disabled at first'),
      decision(6.3, 'advance: 1 pods held the step; now at step 1 of 3 (10 %)'),
      decision(16.4, 'advance: 1 pods held the step and 4 gates pass; now at step 2 of 3 (50 %)'),
      decision(
        26.5,
        'roll back: gate overhead failed: the library takes 2.77 % of a core in 127.0.0.1:35765, the most of 1 pod; the limit is 2 %',
      ),
    ],
    gates: [
      { gate: 'overhead', verdict: 'no_data', text: 'no pod has measured for long enough in this step' },
    ],
    controls: [kept('requests', 'k6 sent 4918 requests, could not send 0, and was refused 0.')],
  };
}

function stepsOf(rates: readonly number[], seconds: readonly number[]): RolloutRun['steps'] {
  let beganAt = BEGAN_AT + 150_000;
  return rates.map((samplingRate, i) => {
    const endedAt = beganAt + 1e3 * (seconds[i] ?? 0);
    const requests = Math.round(0.127 * (endedAt - beganAt));
    const step = {
      samplingRate,
      beganAt,
      endedAt,
      requests,
      estimated: samplingRate === 0 ? 0 : 0.99 * requests,
      standardErrors: samplingRate === 0 ? 0 : -0.4,
    };
    beganAt = endedAt;
    return step;
  });
}

function decision(seconds: number, text: string): RolloutRun['decisions'][number] {
  return { at: BEGAN_AT + 150_000 + 1e3 * seconds, text };
}

const SLA: SlaResult = {
  verdict: 'pass',
  event: 'exchange_round_trip',
  delayMillis: 100,
  timeline: [
    { seconds: 0.012, text: 'each exchange_round_trip takes 100 ms longer' },
    {
      seconds: 0.245,
      text: 'the library: SLA broken over 1s: P99 103.47 ms; 83.33 % of events within 20 ms, objective 99 %',
    },
    { seconds: 8.285, text: 'Prometheus: PerfSlaBroken is pending' },
    { seconds: 18.304, text: 'Prometheus: PerfSlaBroken is firing' },
    { seconds: 19.252, text: 'the webhook is told: PerfSlaBroken is firing' },
    { seconds: 19.261, text: 'exchange_round_trip is as fast as before' },
    { seconds: 84.2, text: 'the webhook is told: PerfSlaBroken is resolved' },
  ],
  controls: [
    kept('silence before', 'no PerfSlaBroken of exchange_round_trip under load, before it was slowed down'),
  ],
};

export function stressResult(): StressResult {
  const random = seededRandom(2);
  const answered = (second: number): number =>
    Math.round(second < 2 ? 140 + 100 * second : second > 11 ? 25 : 300 + 12 * random());
  const seconds = Array.from({ length: 14 }, (_, second) => second);
  return {
    verdict: 'pass',
    runs: [
      {
        name: 'off',
        requests: 5210,
        answered: 3120,
        throughput: 306,
        perSecond: seconds.map((second) => ({ answered: answered(second), samplingRate: null })),
      },
      {
        name: 'on',
        requests: 5198,
        answered: 3075,
        throughput: 301,
        perSecond: seconds.map((second) => ({
          answered: answered(second) - 4,
          samplingRate: second < 9 ? 1 : 2 ** (8 - second),
        })),
      },
    ],
    controls: [
      kept(
        'adaptive sampling',
        'with a budget of 0.01 % of a thread the sampling rate fell to 3.125 % under load, and was 100 % again 12 s after k6 had ended',
      ),
    ],
  };
}

function kept(name: string, text: string): Control {
  return { name, isKept: true, text };
}
