import type { RolloutStatus } from '../../contract/rollout.ts';
import { shortPercentText } from '../../export/report-units.ts';

/** Where a rollout is, after a verb: `at step 2 of 3 (50 %)`. */
export function stepText({ phase, step, stepCount, rates }: RolloutStatus): string {
  if (step >= 0) return `at step ${step + 1} of ${stepCount} (${shortPercentText(rates[step])})`;
  return phase === 'baseline' || phase === 'paused'
    ? 'at the baseline, every pod disabled'
    : 'with every pod disabled';
}
