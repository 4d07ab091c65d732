import { RATE } from './options.js';
import type { RolloutRun } from './phases.ts';

/** What one of the two rollouts is to do. */
export interface RolloutPlan {
  readonly name: RolloutRun['name'];
  /** Of the rollout, its `spec.yaml`. */
  readonly spec: string;
  /** Of the demo. */
  readonly environment: Readonly<Record<string, string>>;
  /** Sampling rates in the order in which the service is to have them; 0 is off. */
  readonly rates: readonly number[];
  readonly expectedSeconds: number;
  /** When it is given up. */
  readonly maxSeconds: number;
}

const STEPS = [0.1, 0.5, 1];
/** Until k6 sends, the worker has found the demo, and the demo has read its options; and until all have ended. */
const AROUND_SECONDS = 6;
/** What a step takes beyond its hold: the file is read twice a second, and the pod is seen once a second. */
const STEP_EXTRA_SECONDS = 2.5;
/** On a busy machine gates may be undecided when the hold has passed, and wait. */
const MOST_TIMES_AS_LONG = 4;
/** After the rollout has gone back: long enough to see that the service has, too. */
const BACK_SECONDS = 5;

/** Of a step, for an event to be compared: what the bus does comes often enough at 10 %, candles at 50 %. */
const MIN_EVENTS_PER_SECOND = 25;

const MAX_OVERHEAD_RATIO = 0.02;
/** That recording is to take at 10 % with overhead injected. */
const INJECTED_RATIO = 0.0055;
/** Of a request: the candle, its signal, and what the bus does of both and of the orders that some have. */
const EVENTS_PER_REQUEST = 9;
const CLOCK_LOOKS_PER_EVENT = 2;
/**
 * What each look at the clock costs on top. Aggregation and the answers to the fleet's worker, one a second, take 0.9 % of a core
 * whatever the rate, so that 10 % costs 1.5 % and passes, and 50 % costs 3.7 % and does not: not even by the mean over a step of
 * seconds, which is about 2.7 %, as what the library tells is itself a mean over ten seconds.
 */
export const INJECTED_MICROS = Math.round(
  (INJECTED_RATIO * 1e6) / (0.1 * RATE * EVENTS_PER_REQUEST * CLOCK_LOOKS_PER_EVENT),
);

export function rolloutPlans(isQuick: boolean): RolloutPlan[] {
  const [baselineSeconds, holdSeconds] = isQuick ? [5, 8] : [20, 30];
  const steps = (count: number) =>
    AROUND_SECONDS + baselineSeconds + count * (holdSeconds + STEP_EXTRA_SECONDS);
  const common = {
    spec: specText(baselineSeconds, holdSeconds),
    maxSeconds: steps(STEPS.length) * MOST_TIMES_AS_LONG,
  };
  return [
    { ...common, name: 'healthy', environment: {}, rates: [0, ...STEPS], expectedSeconds: steps(3) },
    {
      ...common,
      name: 'overhead injected',
      // Adaptive sampling would lower the rate by itself before the gate has seen enough.
      environment: { DEMO_OVERHEAD_MICROS: String(INJECTED_MICROS), PERF_ADAPTIVE_SAMPLING: 'false' },
      rates: [0, 0.1, 0.5, 0.1],
      expectedSeconds: steps(2) + BACK_SECONDS,
    },
  ];
}

function specText(baselineSeconds: number, holdSeconds: number): string {
  const steps = STEPS.map((rate) => `  - { samplingRate: ${rate}, hold: ${holdSeconds}s }\n`).join('');
  return `# Of the load test: holds of seconds, in which a step measures some hundred candles. Every gate judges all the same.
baseline: { hold: ${baselineSeconds}s }
steps:
${steps}# One process is too few for a cohort of disabled ones: cohort_cpu and cohort_loop_delay are not judged.
control: { ratio: 0 }
gates:
  # Aggregation and an answer a second take 0.9 % of a core, and more in the first seconds of a process.
  maxOverheadRatio: ${MAX_OVERHEAD_RATIO}
  maxRecordsLost: 0
  # Another program that takes the processor for a second of a step looks like this, too.
  maxComplianceDrop: 0.1
  maxErrorIncrease: 0.05
# Rare events, as orders are, do not come so often: they are not compared, as chance would be all that is seen.
limits: { minEvents: ${holdSeconds * MIN_EVENTS_PER_SECOND} }
`;
}
