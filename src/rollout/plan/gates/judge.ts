import type { GateResult } from '../../../contract/rollout.ts';
import { cohortCpuGate } from './cohort-cpu.ts';
import { cohortLoopDelayGate } from './cohort-loop-delay.ts';
import { errorsGate } from './errors.ts';
import type { Case } from './gate.ts';
import { lossesGate } from './losses.ts';
import { overheadGate } from './overhead.ts';
import { queryGate } from './query.ts';
import { slaGate } from './sla.ts';

/** Every gate of the spec. */
export function judge(judged: Case): GateResult[] {
  const { spec, status, now } = judged;
  const cohortGates = spec.control.ratio > 0 ? [cohortCpuGate, cohortLoopDelayGate] : [];
  const judgements = [
    ...[overheadGate, ...cohortGates, lossesGate, slaGate, errorsGate].map((gate) => gate(judged)),
    ...spec.gates.queries.map((query) => queryGate(query, judged)),
  ];
  return judgements.map((judgement) => {
    const before = status.gates.find(({ gate }) => gate === judgement.gate);
    const since = before?.verdict === judgement.verdict ? before.since : now;
    const { figure, interval } = judgement;
    return {
      ...judgement,
      figure: figure === null ? null : storable(figure),
      interval: interval === null ? null : [storable(interval[0]), storable(interval[1])],
      at: now,
      since,
    };
  });
}

/** What JSON gives back as it was: no infinity (the answer of a query may be one) and no negative zero. */
function storable(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(value, Number.MAX_VALUE)) + 0;
}
