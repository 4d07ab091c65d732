import type { GateResult, RolloutStatus } from '../../src/contract/rollout.ts';

/** A name as somebody would choose it who wants the page to run what it shows. */
export const HOSTILE = '<img src=x onerror=alert(1)>';
export const FAILING_SENTENCE =
  'CPU per event is 2.3 % higher than in the control pods (1.4 % to 3.2 %), more than the 1 % allowed.';
export const CONTROL = ['checkout-6f7d9c5b8-k5vtj', 'pricing-7c4b9d6f5-k5vtj'];
const HOUR_MILLIS = 3_600_000;
const MINUTE_MILLIS = 60_000;

function gate(values: Omit<GateResult, 'at' | 'since'>, at: number, sinceMillis: number): GateResult {
  return { ...values, at, since: at - sinceMillis };
}

/** At the second of three steps, held back by one gate. */
export function rolloutStatus(at: number): RolloutStatus {
  return {
    schemaVersion: 1,
    phase: 'progressing',
    step: 1,
    stepCount: 3,
    rates: [0.1, 0.5, 1],
    specHash: null,
    suspended: null,
    samplingRate: 0.5,
    stepSince: at - 19 * HOUR_MILLIS,
    heldSince: at - 18.5 * HOUR_MILLIS,
    heldSeconds: 18.5 * 3600,
    holdSeconds: 48 * 3600,
    generation: 7,
    control: CONTROL,
    pods: { total: 12, inStep: 11 },
    gates: [
      gate(
        {
          gate: 'overhead',
          verdict: 'pass',
          figure: 0.0053,
          limit: 0.01,
          interval: null,
          text: 'The greatest overhead is 0.53 % of one core (checkout-6f7d9c5b8-c9zsd), less than the 1 % allowed.',
        },
        at,
        18 * HOUR_MILLIS,
      ),
      gate(
        {
          gate: 'cohort_cpu',
          verdict: 'fail',
          figure: 0.023,
          limit: 0.01,
          interval: [0.014, 0.032],
          text: FAILING_SENTENCE,
        },
        at,
        41_000,
      ),
      gate(
        {
          gate: 'cohort_loop_delay',
          verdict: 'pass',
          figure: 0.000_12,
          limit: 0.002,
          interval: [-0.000_05, 0.000_29],
          text: 'The event loop is 0.12 ms later than in the control pods, within the 2 ms allowed.',
        },
        at,
        18 * HOUR_MILLIS,
      ),
      gate(
        {
          gate: 'losses',
          verdict: 'pass',
          figure: 0,
          limit: 0,
          interval: null,
          text: 'No record was lost since the step began.',
        },
        at,
        18 * HOUR_MILLIS,
      ),
      gate(
        {
          gate: 'sla',
          verdict: 'pass',
          figure: -0.0004,
          limit: 0.005,
          interval: null,
          text: 'Compliance of signal_generation rose by 0.04 % against the step before.',
        },
        at,
        2 * HOUR_MILLIS,
      ),
      gate(
        {
          gate: 'query_client_p99',
          verdict: 'no_data',
          figure: null,
          limit: 0.25,
          interval: null,
          text: 'Prometheus has no sample yet of the time since the step began.',
        },
        at,
        9 * MINUTE_MILLIS,
      ),
    ],
    conditions: [
      {
        type: 'SpecValid',
        isTrue: true,
        reason: 'Read',
        message: 'The plan has 3 steps.',
        since: at - 60 * HOUR_MILLIS,
      },
      {
        type: 'PodsInStep',
        isTrue: false,
        reason: 'PodsMissing',
        message: '11 of 12 pods report generation 7.',
        since: at - 132_000,
      },
      {
        type: 'GatesPassing',
        isTrue: false,
        reason: 'GateFails',
        message: 'cohort_cpu fails.',
        since: at - 41_000,
      },
      {
        type: 'Stuck',
        isTrue: false,
        reason: 'Moving',
        message: 'Nothing is overdue.',
        since: at - HOUR_MILLIS,
      },
    ],
    decisions: [
      {
        decision: 'advance',
        at: at - 19 * HOUR_MILLIS,
        from: 0,
        to: 1,
        reason: 'Held for 2 d, all 7 gates passed.',
        by: 'controller',
      },
      {
        decision: 'resume',
        at: at - 60 * HOUR_MILLIS,
        from: 0,
        to: 0,
        reason: 'The deployment of pricing is over.',
        by: HOSTILE,
      },
      {
        decision: 'start',
        at: at - 67 * HOUR_MILLIS,
        from: -1,
        to: 0,
        reason: 'The baseline was held for 30 min.',
        by: 'controller',
      },
    ],
    answeredRequest: null,
    updatedAt: at,
  };
}

/** The gate has failed, and the rollout gone back to the step before. */
export function rolledBackStatus(at: number): RolloutStatus {
  const status = rolloutStatus(at);
  const row = {
    decision: 'roll_back' as const,
    at: at - 9000,
    from: 1,
    to: 0,
    reason: FAILING_SENTENCE,
    by: 'controller',
  };
  return {
    ...status,
    phase: 'failed',
    step: 0,
    samplingRate: 0.1,
    heldSince: null,
    heldSeconds: 0,
    gates: status.gates.filter(({ verdict }) => verdict !== 'fail'),
    decisions: [row, ...status.decisions],
  };
}
