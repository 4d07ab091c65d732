import { describe, expect, it } from 'vitest';
import type { RolloutStep } from '../../loadtest/phases.ts';
import { judgeRollout, type RolloutFindings } from '../../loadtest/rollout-verdict.ts';
import type { GateResult, RolloutDecision, RolloutStatus } from '../../src/contract/rollout.ts';
import { initialState } from '../../src/rollout/plan/state.ts';

const HEALTHY = { name: 'healthy', rates: [0, 0.1, 0.5, 1] } as const;
const INJECTED = { name: 'overhead injected', rates: [0, 0.1, 0.5, 0.1] } as const;

function steps(rates: readonly number[], standardErrors = 0.5): RolloutStep[] {
  return rates.map((samplingRate, i) => {
    const beganAt = i * 8000;
    return { samplingRate, beganAt, endedAt: beganAt + 8000, requests: 900, estimated: 900, standardErrors };
  });
}

function status(fields: Partial<RolloutStatus>): RolloutStatus {
  return { ...initialState(0).status, step: 2, stepCount: 3, pods: { total: 1, inStep: 1 }, ...fields };
}

function decision(fields: Partial<RolloutDecision>): RolloutDecision {
  return { decision: 'advance', at: 1, from: 0, to: 1, reason: 'a reason', by: 'controller', ...fields };
}

const ROLL_BACK = decision({
  decision: 'roll_back',
  at: 2,
  from: 1,
  to: 0,
  reason:
    'gate overhead failed: the library takes 3 % of a core in demo, the most of 1 pod; the limit is 2 %',
});

function gate(fields: Partial<GateResult>): GateResult {
  const none = { figure: null, limit: 0, interval: null, text: 'a sentence', at: 0, since: 0 };
  return { gate: 'sla', verdict: 'pass', ...none, ...fields };
}

function findings(fields: Partial<RolloutFindings>): RolloutFindings {
  return {
    status: status({ phase: 'complete' }),
    steps: steps(HEALTHY.rates),
    k6: { iterations: 6000, requests: 6000, failed: 0, dropped: 0 },
    received: 6000,
    mostUnderWay: 8,
    ...fields,
  };
}

describe('the healthy rollout', () => {
  const verdictOf = (fields: Partial<RolloutFindings>) => judgeRollout(HEALTHY, findings(fields)).verdict;

  it('passes when it is complete, was seen at every rate, and estimates agree', () => {
    expect(verdictOf({})).toBe('pass');
    // What k6 cut off when it was stopped.
    expect(verdictOf({ received: 6008 })).toBe('pass');
  });

  it('fails when it went back, or stands still for no reason of chance', () => {
    expect(verdictOf({ status: status({ phase: 'failed', decisions: [ROLL_BACK] }) })).toBe('fail');
    const waiting = { phase: 'progressing', gates: [gate({ verdict: 'no_data' })] } as const;
    expect(verdictOf({ status: status(waiting) })).toBe('fail');
    const undecided = { phase: 'progressing', gates: [gate({ verdict: 'no_data', figure: 0.11 })] } as const;
    expect(verdictOf({ status: status({ ...undecided, pods: { total: 1, inStep: 0 } }) })).toBe('fail');
  });

  it('is undecided while a gate cannot tell its figure from chance', () => {
    const gates = [gate({}), gate({ gate: 'errors', verdict: 'no_data', figure: 0.06 })];
    expect(verdictOf({ status: status({ phase: 'progressing', gates }) })).toBe('undecided');
  });

  it('fails when a rate was not seen, or an estimate is too far off', () => {
    expect(verdictOf({ steps: steps([0, 0.1, 1]) })).toBe('fail');
    expect(verdictOf({ steps: steps(HEALTHY.rates, -4.1) })).toBe('fail');
    expect(verdictOf({ steps: [] })).toBe('fail');
  });

  it('is void when requests were not sent, not answered, or are counted differently', () => {
    const k6 = { iterations: 6000, requests: 6000, failed: 0, dropped: 0 };
    expect(verdictOf({ k6: { ...k6, dropped: 1 } })).toBe('void');
    expect(verdictOf({ k6: { ...k6, failed: 1 } })).toBe('void');
    expect(verdictOf({ k6: { ...k6, iterations: 0 } })).toBe('void');
    expect(verdictOf({ received: 5999 })).toBe('void');
    expect(verdictOf({ received: 6009 })).toBe('void');
  });

  it('tells decisions in their order', () => {
    const decisions = [decision({ decision: 'complete', at: 3, reason: 'all held' }), decision({})];
    const run = judgeRollout(HEALTHY, findings({ status: status({ phase: 'complete', decisions }) }));
    expect(run.decisions).toEqual([
      { at: 1, text: 'advance: a reason' },
      { at: 3, text: 'complete: all held' },
    ]);
  });
});

describe('the rollout with overhead injected', () => {
  const verdictOf = (fields: Partial<RolloutStatus>) =>
    judgeRollout(
      INJECTED,
      findings({ status: status({ phase: 'failed', step: 0, ...fields }), steps: steps(INJECTED.rates) }),
    ).verdict;

  it('passes when the gate of the overhead took it back from 50 % to 10 %', () => {
    expect(verdictOf({ decisions: [ROLL_BACK, decision({})] })).toBe('pass');
  });

  it('fails when it is complete', () => {
    expect(verdictOf({ phase: 'complete', step: 2, decisions: [decision({})] })).toBe('fail');
  });

  it('fails when another gate took it back, or from another step, or twice', () => {
    const bySla = { ...ROLL_BACK, reason: 'gate sla failed: compliance is lower' };
    expect(verdictOf({ decisions: [bySla] })).toBe('fail');
    expect(verdictOf({ decisions: [{ ...ROLL_BACK, from: 0, to: -1 }] })).toBe('fail');
    expect(verdictOf({ decisions: [{ ...ROLL_BACK, from: 0, to: -1 }, ROLL_BACK] })).toBe('fail');
  });
});
