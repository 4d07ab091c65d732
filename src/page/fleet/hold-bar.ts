import type { RolloutStatus } from '../../contract/rollout.ts';
import { byId, setText } from '../dom.ts';
import { span } from '../format.ts';

/** How long the step has been held, and how long it has to be. */
export class HoldBar {
  private readonly fill = byId('hold-fill');
  private readonly text = byId('hold-text');

  render(status: RolloutStatus): void {
    const { phase, heldSeconds, holdSeconds } = status;
    const isHolding = phase === 'progressing' || phase === 'baseline';
    const share = holdSeconds > 0 ? Math.min(1, heldSeconds / holdSeconds) : 1;
    this.fill.style.transform = `scaleX(${isHolding ? share.toFixed(4) : phase === 'complete' ? 1 : 0})`;
    setText(this.text, isHolding ? holdText(status) : RESTING[phase]);
  }
}

const RESTING = {
  disabled: 'The master switch is off: no pod measures.',
  paused: 'Paused: nothing advances until it is resumed.',
  failed: 'A gate failed: nothing advances until it is resumed or the plan is changed.',
  aborted: 'Aborted by a person: nothing advances until it is resumed or the plan is changed.',
  complete: 'Every pod measures at the last step.',
  progressing: '',
  baseline: '',
} as const satisfies Record<RolloutStatus['phase'], string>;

function holdText({ heldSince, heldSeconds, holdSeconds, pods }: RolloutStatus): string {
  if (heldSince === null) return `Waiting for pods to report the step: ${pods.inStep} of ${pods.total} do.`;
  const held = `held ${span(heldSeconds)} of ${span(holdSeconds)}`;
  const left = holdSeconds - heldSeconds;
  return left > 0 ? `${held}, ${span(left)} left` : `${held}: the time is over, the gates decide`;
}
