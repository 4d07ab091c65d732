import { higherOrLower, ratioDifferenceText } from './difference-text.ts';
import { eventRatioGate } from './event-ratios.ts';
import type { Case, Judgement } from './gate.ts';

export function slaGate(judged: Case): Judgement {
  return eventRatioGate(
    {
      gate: 'sla',
      limit: judged.spec.gates.maxComplianceDrop,
      bad: ([, , , breaches]) => breaches,
      told: (event, drop) => `SLA compliance of ${event} is ${higherOrLower(-drop, ratioDifferenceText)}`,
    },
    judged,
  );
}
