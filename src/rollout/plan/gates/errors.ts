import { higherOrLower, ratioDifferenceText } from './difference-text.ts';
import { eventRatioGate } from './event-ratios.ts';
import type { Case, Judgement } from './gate.ts';

export function errorsGate(judged: Case): Judgement {
  return eventRatioGate(
    {
      gate: 'errors',
      limit: judged.spec.gates.maxErrorIncrease,
      bad: ([, , errors]) => errors,
      told: (event, rise) => `the error ratio of ${event} is ${higherOrLower(rise, ratioDifferenceText)}`,
    },
    judged,
  );
}
