import type { PerfMetricsError } from '../../contract/errors.ts';
import type { GateResult, RolloutCondition, RolloutSpec, RolloutStatus } from '../../contract/rollout.ts';
import { counted, dateText } from '../../export/report-units.ts';
import type { Evidence } from './evidence.ts';
import type { FleetView } from './fleet-view.ts';

export interface Circumstances {
  readonly spec: RolloutSpec | PerfMetricsError;
  readonly status: RolloutStatus;
  readonly evidence: Evidence;
  readonly view: FleetView | null;
  readonly now: number;
}

type Finding = Omit<RolloutCondition, 'type' | 'since'>;

/** Pods that are named in a message; the rest are counted. */
const MAX_NAMED = 3;

export function conditionsOf(circumstances: Circumstances): RolloutCondition[] {
  const { status, now } = circumstances;
  const dated = (type: RolloutCondition['type'], finding: Finding): RolloutCondition => {
    const before = status.conditions.find((condition) => condition.type === type);
    return { type, ...finding, since: before?.isTrue === finding.isTrue ? before.since : now };
  };
  const podsInStep = dated('PodsInStep', podsInStepOf(circumstances));
  return [
    dated('SpecValid', specValidOf(circumstances)),
    podsInStep,
    dated('GatesPassing', gatesPassingOf(circumstances)),
    dated('Stuck', stuckOf(circumstances, podsInStep)),
  ];
}

function specValidOf({ spec, evidence }: Circumstances): Finding {
  const followed =
    evidence.spec === null ? 'no gate is judged' : 'gates are judged by the last spec that was valid';
  return spec instanceof Error
    ? {
        isTrue: false,
        reason: 'Invalid',
        message: `${spec.message}; until it is mended nothing advances, and ${followed}`,
      }
    : { isTrue: true, reason: 'Valid', message: 'the spec is followed' };
}

function podsInStepOf({ view, status }: Circumstances): Finding {
  if (view === null) return { isTrue: false, reason: 'NoFleet', message: 'nothing is known of the pods' };
  if (view.pods.length === 0) return { isTrue: false, reason: 'NoPods', message: 'there are no pods' };
  const total = counted(view.pods.length, 'pod', 'pods');
  const lagging = view.pods.filter(({ lag }) => lag !== null);
  if (lagging.length === 0) {
    return {
      isTrue: true,
      reason: 'AllInStep',
      message: `${total} in step, generation ${status.generation}`,
    };
  }
  const named = lagging.slice(0, MAX_NAMED).map(({ name, lag }) => `${name} (${lag})`);
  const more = lagging.length > MAX_NAMED ? ` and ${lagging.length - MAX_NAMED} more` : '';
  return {
    isTrue: false,
    reason: 'Waiting',
    message: `${lagging.length} of ${total} not in step, generation ${status.generation}: ${named.join(', ')}${more}`,
  };
}

const GATE_REASONS = [
  ['fail', 'Failing'],
  ['error', 'QueryError'],
  ['no_data', 'NoData'],
] as const;

function gatesPassingOf({ status }: Circumstances): Finding {
  if (status.gates.length === 0) {
    return { isTrue: false, reason: 'NotJudged', message: 'no gate is judged at this point' };
  }
  for (const [verdict, reason] of GATE_REASONS) {
    const gate = status.gates.find((candidate) => candidate.verdict === verdict);
    if (gate) return { isTrue: false, reason, message: gateText(gate) };
  }
  return { isTrue: true, reason: 'AllPass', message: `${status.gates.length} gates pass` };
}

function stuckOf({ status, evidence, now }: Circumstances, podsInStep: RolloutCondition): Finding {
  const free = { isTrue: false, reason: 'NotStuck', message: 'the rollout waits for nothing unusual' };
  if (evidence.spec === null || (status.phase !== 'baseline' && status.phase !== 'progressing')) return free;
  const { limits } = evidence.spec;
  const lagSince = Math.max(podsInStep.since, status.stepSince);
  if (!podsInStep.isTrue && now - lagSince > limits.acknowledgeSeconds * 1000) {
    return {
      isTrue: true,
      reason: 'PodsNotInStep',
      message: `since ${dateText(lagSince)}: ${podsInStep.message}`,
    };
  }
  const failing = evidence.queries.find(({ consecutive }) => consecutive >= limits.queryRetries);
  const erring = status.gates.find(
    ({ gate, verdict }) => verdict === 'error' && gate === `query_${failing?.name}`,
  );
  if (erring) return { isTrue: true, reason: 'QueryErrors', message: gateText(erring) };
  const silent = status.gates.find((gate) => {
    const since = silentSince(gate, status, now);
    return gate.verdict === 'no_data' && since !== null && now - since > limits.noDataSeconds * 1000;
  });
  if (silent) {
    return {
      isTrue: true,
      reason: 'NoData',
      message: `since ${dateText(silent.since)}: ${gateText(silent)}`,
    };
  }
  return free;
}

/** A gate with a figure that is only undecided is waited for until the hold has passed; null while it is. */
function silentSince(
  { figure, since }: GateResult,
  { heldSeconds, holdSeconds }: RolloutStatus,
  now: number,
): number | null {
  if (figure === null) return since;
  return heldSeconds < holdSeconds ? null : Math.max(since, now - (heldSeconds - holdSeconds) * 1000);
}

function gateText({ gate, text }: GateResult): string {
  return `gate ${gate}: ${text}`;
}
