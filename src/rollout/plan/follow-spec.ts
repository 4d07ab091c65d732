import { createHash } from 'node:crypto';
import type { RolloutPhase, RolloutSpec, RolloutStatus } from '../../contract/rollout.ts';
import type { Draft } from './draft.ts';
import { freshEvidence } from './evidence.ts';
import { stepText } from './step-text.ts';

/** Starts the rollout, follows a changed plan, and turns the master switch. */
export function followSpec(draft: Draft, spec: RolloutSpec): void {
  if (draft.status.specHash === null) start(draft, spec);
  else if (draft.status.specHash !== hashOf(spec)) followChange(draft, spec);
  const { status } = draft;
  if (!spec.enabled) switchOff(draft);
  if (spec.enabled && status.suspended !== null) enable(draft, status.suspended);
}

export function holdSecondsOf(spec: RolloutSpec, { phase, step }: RolloutStatus): number {
  if (phase === 'disabled' || phase === 'aborted') return 0;
  return spec.steps[step]?.holdSeconds ?? spec.baselineHoldSeconds;
}

function start(draft: Draft, spec: RolloutSpec): void {
  draft.change(planOf(spec));
  if (!spec.enabled) return;
  draft.change({ specHash: hashOf(spec) });
  draft.enter(-1, 'baseline');
  draft.evidence = freshEvidence(draft.status);
  draft.record(
    'start',
    -1,
    `a plan of ${spec.steps.length} steps: ${ratesText(spec)}; every pod is disabled at first`,
  );
}

/** Disables every pod, until a valid spec says `enabled: true`. */
export function switchOff(draft: Draft): void {
  const { phase, step, specHash, suspended } = draft.status;
  if (specHash === null || suspended !== null) return;
  draft.change({ suspended: { phase, step } });
  draft.enter(-1, 'disabled');
  draft.record('disable', step, 'the spec says enabled: false; every pod is disabled');
}

function enable(draft: Draft, { phase, step }: NonNullable<RolloutStatus['suspended']>): void {
  draft.change({ suspended: null });
  draft.enter(step, phase);
  draft.record('enable', -1, `the spec says enabled: true; goes on ${stepText(draft.status)}`);
}

function followChange(draft: Draft, spec: RolloutSpec): void {
  const { status } = draft;
  const from = status.suspended ?? status;
  const rate = from.step < 0 ? 0 : status.rates[from.step];
  const step = stepIn(spec, from.step, rate);
  const phase = phaseIn(spec, from.phase, step, rate);
  draft.change({ ...planOf(spec), specHash: hashOf(spec) });
  if (status.suspended !== null) {
    draft.change({ suspended: { phase, step } });
  } else if (rateOf(spec, step) !== rate || phase !== from.phase) {
    draft.enter(step, phase);
  } else {
    // The same step under another number.
    draft.change({ step });
    draft.evidence = { ...draft.evidence, step };
  }
  const when = draft.status.suspended === null ? '' : ', once it is on,';
  const place = stepText({ ...draft.status, ...draft.status.suspended });
  draft.record('spec_changed', status.step, `the plan is now ${ratesText(spec)}; goes on${when} ${place}`);
}

/** The same step where it still is; else the highest that is no higher. */
function stepIn({ steps }: RolloutSpec, step: number, rate: number): number {
  if (step < 0 || steps[step]?.samplingRate === rate) return step;
  return steps.findLastIndex(({ samplingRate }) => samplingRate <= rate);
}

function phaseIn(spec: RolloutSpec, phase: RolloutPhase, step: number, rate: number): RolloutPhase {
  if (phase === 'paused' || phase === 'aborted') return phase;
  const isComplete = step === spec.steps.length - 1 && rateOf(spec, step) === rate;
  if (phase === 'complete' && isComplete) return phase;
  return step < 0 ? 'baseline' : 'progressing';
}

function rateOf({ steps }: RolloutSpec, step: number): number {
  return steps[step]?.samplingRate ?? 0;
}

function planOf({ steps }: RolloutSpec): Pick<RolloutStatus, 'rates' | 'stepCount'> {
  return { rates: steps.map(({ samplingRate }) => samplingRate), stepCount: steps.length };
}

/** The master switch is told apart from a change of the plan. */
function hashOf(spec: RolloutSpec): string {
  return createHash('sha256')
    .update(JSON.stringify({ ...spec, enabled: true }))
    .digest('hex');
}

function ratesText({ steps }: RolloutSpec): string {
  return steps.map(({ samplingRate }) => `${Number((samplingRate * 100).toPrecision(6))} %`).join(', ');
}
