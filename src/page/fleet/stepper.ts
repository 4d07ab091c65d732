import type { RolloutStatus } from '../../contract/rollout.ts';
import { element, KeyedChildren, setAttribute, setText } from '../dom.ts';
import { objective } from '../format.ts';

type StepState = 'done' | 'current' | 'failed' | 'ahead';

const STATE_WORDS: Readonly<Record<StepState, string>> = {
  done: 'done',
  current: 'now',
  failed: 'not passed',
  ahead: 'to come',
};

/** Step -1 is before the first: every pod is disabled. */
export function stepLabel(step: number, rates: readonly number[]): string {
  if (step < 0) return 'off';
  const rate = rates[step];
  return rate === undefined ? `step ${step + 1}` : objective(rate);
}

/** Off → 10 % → 50 % → 100 %: where the rollout is on its way. */
export class Stepper {
  private readonly steps: KeyedChildren<Step>;

  constructor(list: HTMLElement) {
    this.steps = new KeyedChildren(list, () => new Step());
  }

  render(status: RolloutStatus): void {
    const count = Math.max(status.stepCount, status.rates.length);
    const numbers = Array.from({ length: count + 1 }, (_, i) => i - 1);
    this.steps.update(numbers.map(String), (step, i) => {
      const number = numbers[i] ?? 0;
      step.render(stepLabel(number, status.rates), stateOf(number, status), number === status.step);
    });
  }
}

function stateOf(number: number, status: RolloutStatus): StepState {
  const { step, phase } = status;
  if (number === failedStep(status)) return 'failed';
  if (number > step) return 'ahead';
  return number < step || phase === 'complete' ? 'done' : 'current';
}

/** The step whose gate fails, or from which the rollout went back since one failed. */
function failedStep({ step, phase, gates, decisions }: RolloutStatus): number | null {
  if (phase === 'failed') return decisions.find(({ decision }) => decision === 'roll_back')?.from ?? null;
  return gates.some(({ verdict }) => verdict === 'fail') ? step : null;
}

class Step {
  readonly root = element('li');
  private readonly label = element('b', { class: 'num' });
  private readonly state = element('span');

  constructor() {
    this.root.append(this.label, this.state);
  }

  render(label: string, state: StepState, isHere: boolean): void {
    setAttribute(this.root, 'data-state', state);
    if (isHere) setAttribute(this.root, 'aria-current', 'step');
    else this.root.removeAttribute('aria-current');
    setText(this.label, label);
    setText(this.state, STATE_WORDS[state]);
  }
}
