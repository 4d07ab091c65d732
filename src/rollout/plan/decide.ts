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
import { followSpec, holdSecondsOf, switchOff } from './follow-spec.ts';
import { judge } from './gates/judge.ts';
import type { QueryAnswer } from './query-answer.ts';
import type { RolloutState } from './state.ts';
import { stepText } from './step-text.ts';

export interface DecideInput {
  /** Or why there is none that can be followed. */
  readonly spec: RolloutSpec | PerfMetricsError;
  readonly state: RolloutState;
  /** Whether a spec that cannot be followed says `enabled: false` all the same (`isSwitchedOff`). */
  readonly isSwitchedOff?: boolean;
  /** Null, or not of the last ten seconds: nothing is known of the pods. */
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

/** What one look adds to the hold at most: a clock that steps, or a time in which nobody looked, is none of it. */
const MAX_LOOK_SECONDS = 10;

/**
 * One look at the fleet, once a second: what has become of the rollout, and what is to be told to pods
 * (`optionsDocument(state.status)`). It moves by one step at most by itself, and depends on nothing but its input.
 */
export function decide(input: DecideInput): Decided {
  const { spec: given, state, fleet, queries, request, now } = input;
  const draft = new Draft(state, now);
  const valid = given instanceof PerfMetricsError ? null : given;
  // A spec that is bad must not switch the gates off: they go on by the last that was not.
  const spec = valid ?? state.evidence.spec;
  if (valid !== null) followSpec(draft, valid);
  else if (input.isSwitchedOff) switchOff(draft);
  if (request !== null && request.id !== draft.status.answeredRequest) answerRequest(draft, valid, request);
  if (spec !== null) keepControl(draft, spec, fleetView(fleet, draft.status, now));
  draft.settle();

  const view = fleetView(fleet, draft.status, now);
  if (ACTIVE.includes(draft.status.phase)) {
    look(draft, view, queries);
    if (spec !== null) move(draft, { spec, mayAdvance: valid !== null, view, queries });
  }
  draft.settle();

  const after = fleetView(fleet, draft.status, now);
  draft.change({
    holdSeconds: spec === null ? draft.status.holdSeconds : holdSecondsOf(spec, draft.status),
    pods: podsOf(after),
    updatedAt: now,
  });
  const { status } = draft;
  const evidence = { ...draft.evidence, spec };
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
  const unnamed = view.pods.length - instances.length;
  draft.change({ control: controlCohort(spec.control, draft.status.control, instances, unnamed) });
}

function look(draft: Draft, view: FleetView | null, queries: readonly QueryAnswer[]): void {
  draft.change({ pods: podsOf(view) });
  if (allInStep(view)) hold(draft);
  if (view !== null) draft.evidence = observed(draft.evidence, draft.status, view);
  draft.evidence = withAnswers(draft.evidence, queries);
}

function hold(draft: Draft): void {
  const { heldSince, heldSeconds, updatedAt } = draft.status;
  if (heldSince === null) {
    draft.change({ heldSince: draft.now });
    return;
  }
  const passed = Math.max(0, Math.min(draft.now - updatedAt, MAX_LOOK_SECONDS * 1000));
  draft.change({ heldSeconds: Math.round(heldSeconds * 1000 + passed) / 1000 });
}

interface Move {
  readonly spec: RolloutSpec;
  readonly mayAdvance: boolean;
  readonly view: FleetView | null;
  readonly queries: readonly QueryAnswer[];
}

function move(draft: Draft, { spec, mayAdvance, view, queries: answers }: Move): void {
  const { evidence, now } = draft;
  draft.change({ holdSeconds: holdSecondsOf(spec, draft.status) });
  if (draft.status.step >= 0) {
    draft.change({ gates: judge({ spec, status: draft.status, evidence, view, answers, now }) });
  }
  const { step, phase, gates, heldSeconds, holdSeconds } = draft.status;
  const failing = gates.find(({ verdict }) => verdict === 'fail');
  if (failing) {
    draft.enter(step - 1, 'failed');
    const when = phase === 'progressing' ? '' : ` while ${phase}`;
    draft.record('roll_back', step, `gate ${failing.gate} failed${when}: ${failing.text}`);
    return;
  }
  const isRunning = phase === 'baseline' || phase === 'progressing';
  if (!mayAdvance || !isRunning || !allInStep(view) || heldSeconds < holdSeconds) return;
  if (!gates.every(({ verdict }) => verdict === 'pass')) return;
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
