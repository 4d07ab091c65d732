import { PerfMetricsError } from '../../contract/errors.ts';
import type { FleetStatistics } from '../../contract/fleet.ts';
import type {
  RolloutDecision,
  RolloutPhase,
  RolloutRequest,
  RolloutSpec,
  RolloutStatus,
} from '../../contract/rollout.ts';
import { answerRequest } from './answer-request.ts';
import { conditionsOf } from './conditions.ts';
import { controlCohort } from './control-cohort.ts';
import { Draft } from './draft.ts';
import { observed, withAnswers } from './evidence.ts';
import { allInStep, type FleetView, fleetView } from './fleet-view.ts';
import { followSpec, holdSecondsOf } from './follow-spec.ts';
import { judge } from './gates/judge.ts';
import type { QueryAnswer } from './query-answer.ts';
import type { RolloutState } from './state.ts';
import { stepText } from './step-text.ts';

export interface DecideInput {
  /** Or why there is none that can be followed. */
  readonly spec: RolloutSpec | PerfMetricsError;
  readonly state: RolloutState;
  /** Null, or older than half a minute: nothing is known of the pods. */
  readonly fleet: FleetStatistics | null;
  /** The latest answer of each. */
  readonly queries: readonly QueryAnswer[];
  readonly request: RolloutRequest | null;
  /** Unix milliseconds. */
  readonly now: number;
}

export interface Decided {
  readonly state: RolloutState;
  /** Those of this call, in order; the status holds them too. */
  readonly decisions: readonly RolloutDecision[];
}

/** Phases in which pods are in a step that may change by itself. */
const ACTIVE: readonly RolloutPhase[] = ['baseline', 'progressing', 'paused', 'failed'];

/**
 * One look at the fleet, once a second: what has become of the rollout, and what is to be told to pods
 * (`optionsDocument(state.status)`). It moves by one step at most by itself, and depends on nothing but its input.
 */
export function decide({ spec: given, state, fleet, queries, request, now }: DecideInput): Decided {
  const draft = new Draft(state, now);
  const spec = given instanceof PerfMetricsError ? null : given;
  if (spec !== null) followSpec(draft, spec);
  if (request !== null && request.id !== draft.status.answeredRequest) answerRequest(draft, spec, request);
  if (spec !== null) keepControl(draft, spec, fleetView(fleet, draft.status, now));
  draft.settle();

  const view = fleetView(fleet, draft.status, now);
  if (ACTIVE.includes(draft.status.phase)) {
    look(draft, view, queries);
    if (spec !== null) move(draft, spec, view, queries);
  }
  draft.settle();

  const after = fleetView(fleet, draft.status, now);
  draft.change({
    holdSeconds: spec === null ? draft.status.holdSeconds : holdSecondsOf(spec, draft.status),
    pods: podsOf(after),
    updatedAt: now,
  });
  const { status, evidence } = draft;
  const conditions = conditionsOf({ spec: given, status, evidence, view: after, now });
  return { state: { status: { ...status, conditions }, evidence }, decisions: draft.decisions };
}

function podsOf(view: FleetView | null): RolloutStatus['pods'] {
  const pods = view?.pods ?? [];
  return { total: pods.length, inStep: pods.filter(({ lag }) => lag === null).length };
}

/** Of the pods of the moment, unless nothing is known of them. */
function keepControl(draft: Draft, spec: RolloutSpec, view: FleetView | null): void {
  if (view === null || view.pods.length === 0 || !ACTIVE.includes(draft.status.phase)) return;
  const instances = view.pods.flatMap(({ figures }) => (figures === null ? [] : figures.instance));
  draft.change({ control: controlCohort(spec.control, draft.status.control, instances) });
}

function look(draft: Draft, view: FleetView | null, queries: readonly QueryAnswer[]): void {
  draft.change({ pods: podsOf(view) });
  if (draft.status.heldSince === null && allInStep(view)) draft.change({ heldSince: draft.now });
  if (view !== null) draft.evidence = observed(draft.evidence, draft.status, view);
  draft.evidence = withAnswers(draft.evidence, queries);
}

function move(
  draft: Draft,
  spec: RolloutSpec,
  view: FleetView | null,
  answers: readonly QueryAnswer[],
): void {
  const { evidence, now } = draft;
  draft.change({ holdSeconds: holdSecondsOf(spec, draft.status) });
  if (draft.status.step >= 0) {
    draft.change({ gates: judge({ spec, status: draft.status, evidence, view, answers, now }) });
  }
  const { step, phase, gates, heldSince, holdSeconds } = draft.status;
  const failing = gates.find(({ verdict }) => verdict === 'fail');
  if (failing) {
    draft.enter(step - 1, 'failed');
    const when = phase === 'progressing' ? '' : ` while ${phase}`;
    draft.record('roll_back', step, `gate ${failing.gate} failed${when}: ${failing.text}`);
    return;
  }
  const isHeld = heldSince !== null && now - heldSince >= holdSeconds * 1000;
  const mayAdvance = phase === 'baseline' || phase === 'progressing';
  if (!mayAdvance || !isHeld || !allInStep(view) || !gates.every(({ verdict }) => verdict === 'pass')) return;
  if (step < draft.status.stepCount - 1) {
    draft.enter(step + 1, 'progressing');
    draft.record('advance', step, `${reasonToGo(draft, gates.length)}; now ${stepText(draft.status)}`);
  } else {
    draft.complete();
    draft.record('complete', step, `${reasonToGo(draft, gates.length)}; every pod measures at the last rate`);
  }
}

function reasonToGo({ status }: Draft, gates: number): string {
  const judged = gates > 0 ? ` and ${gates} gates pass` : '';
  return `${status.pods.total} pods held the step${judged}`;
}
