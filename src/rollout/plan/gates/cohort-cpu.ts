import { shortPercentText } from '../../../export/report-units.ts';
import { cohortGate } from './cohort.ts';
import { ratioDifferenceText } from './difference-text.ts';
import type { Case, Judgement } from './gate.ts';

/** CPU time per event. Logarithms, so that pods with dearer events do not count for more. */
export function cohortCpuGate(judged: Case): Judgement {
  return cohortGate(
    {
      gate: 'cohort_cpu',
      limit: judged.spec.gates.maxCpuIncreaseRatio,
      subject: 'CPU time per event',
      of: ([cpuSeconds, offered]) =>
        cpuSeconds > 0 && offered > 0 ? Math.log(cpuSeconds / offered) : Number.NaN,
      scaled: Math.expm1,
      shown: ratioDifferenceText,
      shownLimit: shortPercentText,
    },
    judged,
  );
}
