import type { RolloutStatus } from '../src/contract/rollout.ts';
import type { K6Counts } from './k6.ts';
import type { Control, RolloutRun, RolloutStep, Verdict } from './phases.ts';
import type { RolloutPlan } from './rollout-plan.ts';

export interface RolloutFindings {
  /** Of the rollout, at the end. */
  readonly status: RolloutStatus;
  readonly steps: readonly RolloutStep[];
  readonly k6: K6Counts;
  /** By the demo's own count, since k6 began. */
  readonly received: number;
  /** Of those, k6 may have cut off so many when it was stopped, and does not count them. */
  readonly mostUnderWay: number;
}

/** One in 16,000 by chance. */
const MAX_STANDARD_ERRORS = 4;

export function judgeRollout(
  { name, rates }: Pick<RolloutPlan, 'name' | 'rates'>,
  { status, steps, k6, received, mostUnderWay }: RolloutFindings,
): RolloutRun {
  const load = [sentAndAnswered(k6), sameCount(k6, received, mostUnderWay)];
  const estimates = estimatesAgree(steps);
  const isVoid = load.some(({ isKept }) => !isKept);
  const hasSteps = steps.map(({ samplingRate }) => samplingRate).join() === rates.join();
  const outcome = name === 'healthy' ? healthyOutcome(status) : injectedOutcome(status);
  const isBroken = !estimates.isKept || (outcome === 'pass' && !hasSteps);
  return {
    name,
    verdict: isVoid ? 'void' : isBroken ? 'fail' : outcome,
    steps,
    phase: status.phase,
    decisions: status.decisions
      .map(({ at, decision, reason }) => ({ at, text: `${decision.replace('_', ' ')}: ${reason}` }))
      .reverse(),
    gates: status.gates.map(({ gate, verdict, text }) => ({ gate, verdict, text })),
    controls: [...load, estimates],
  };
}

function healthyOutcome(status: RolloutStatus): Verdict {
  return status.phase === 'complete' ? 'pass' : unfinished(status);
}

/** Back at the first step from the second, by the gate of the overhead, and not further. */
function injectedOutcome(status: RolloutStatus): Verdict {
  const back = status.decisions.find(({ decision }) => decision === 'roll_back');
  if (back === undefined) return unfinished(status);
  const isByOverhead = back.reason.startsWith('gate overhead failed');
  return isByOverhead && back.from === 1 && back.to === 0 ? 'pass' : 'fail';
}

/** A gate with a figure that it cannot tell from chance waits; whatever else keeps a rollout from its end is a fault. */
function unfinished({ phase, gates, pods }: RolloutStatus): Verdict {
  const isUndecided = gates.some(({ verdict, figure }) => verdict === 'no_data' && figure !== null);
  const isWaiting = phase === 'progressing' && pods.total > 0 && pods.inStep === pods.total;
  return isWaiting && isUndecided ? 'undecided' : 'fail';
}

function sentAndAnswered({ iterations, failed, dropped }: K6Counts): Control {
  return {
    name: 'requests',
    isKept: iterations > 0 && failed === 0 && dropped === 0,
    text: `k6 sent ${iterations} requests, could not send ${dropped}, and was refused ${failed}.`,
  };
}

function sameCount({ requests }: K6Counts, received: number, mostUnderWay: number): Control {
  const more = received - requests;
  return {
    name: 'counts',
    isKept: more >= 0 && more <= mostUnderWay,
    text: `k6 counted ${requests} answers, the demo ${received} requests; up to ${mostUnderWay} may have been cut off at the end.`,
  };
}

function estimatesAgree(steps: readonly RolloutStep[]): Control {
  const far = Math.max(0, ...steps.map(({ standardErrors }) => Math.abs(standardErrors)));
  const told = steps.map(
    ({ samplingRate, requests, estimated, standardErrors }) =>
      `${Math.round(samplingRate * 100)} %: ${Math.round(estimated)} for ${requests} (${standardErrors.toFixed(1)})`,
  );
  return {
    name: 'estimates',
    isKept: steps.length > 0 && far <= MAX_STANDARD_ERRORS,
    text: `Candles estimated for those sent, and the difference in standard errors, at most ${MAX_STANDARD_ERRORS}: ${told.join('; ')}.`,
  };
}
