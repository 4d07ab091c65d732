import type { RolloutRequest, RolloutSpec } from '../../contract/rollout.ts';
import type { Draft } from './draft.ts';
import { freshEvidence } from './evidence.ts';
import { stepText } from './step-text.ts';

/** What was asked for when nobody led, or by a clock that is wrong, is no longer what is wanted. */
const MAX_AGE_MILLIS = 5 * 60_000;

/** Does what a person asked for, once; a refusal is a decision that changes nothing. */
export function answerRequest(draft: Draft, spec: RolloutSpec | null, request: RolloutRequest): void {
  const { verb, by } = request;
  const from = draft.status.step;
  const refusal = refusalOf(draft, spec, request);
  if (refusal === null) perform(draft, request);
  const reason =
    refusal === null
      ? `asked for; now ${draft.status.phase} ${stepText(draft.status)}`
      : `refused: ${refusal}`;
  draft.record(verb, from, reason, by);
  draft.change({ answeredRequest: request.id });
}

function refusalOf(draft: Draft, spec: RolloutSpec | null, { verb, at }: RolloutRequest): string | null {
  const { status, now } = draft;
  const { phase } = status;
  if (now - at > MAX_AGE_MILLIS) return 'asked for too long ago';
  if (at - now > MAX_AGE_MILLIS) return 'asked for at a time to come; set the clocks';
  if (phase === 'disabled') {
    return status.specHash === null ? 'the rollout has not started' : 'the spec says enabled: false';
  }
  const isUnread = spec === null && (verb === 'resume' || verb === 'promote');
  if (isUnread) return 'the spec is not valid; mend it first';
  return (ALLOWED[verb] as readonly string[]).includes(phase) ? null : `the rollout is ${phase}`;
}

const ALLOWED = {
  pause: ['baseline', 'progressing'],
  resume: ['paused', 'failed', 'aborted'],
  promote: ['baseline', 'progressing', 'paused', 'failed'],
  abort: ['baseline', 'progressing', 'paused', 'failed', 'complete'],
} as const;

function perform(draft: Draft, { verb }: RolloutRequest): void {
  const { phase, step, stepCount } = draft.status;
  const running = step < 0 ? 'baseline' : 'progressing';
  switch (verb) {
    case 'pause':
      draft.change({ phase: 'paused' });
      return;
    case 'resume':
      // A pause goes on with its hold and evidence; what failed or was aborted is held anew.
      if (phase === 'paused') draft.change({ phase: running });
      else draft.enter(step, running);
      return;
    case 'promote':
      if (step === stepCount - 1) draft.complete();
      else draft.enter(step + 1, phase === 'paused' ? 'paused' : 'progressing');
      return;
    case 'abort':
      draft.change({ control: [] });
      draft.enter(-1, 'aborted');
      draft.evidence = freshEvidence(draft.status);
  }
}
