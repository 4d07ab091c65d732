import { DURATION_UNIT } from '../../../contract/events.ts';
import { durationText, limitText } from '../../../export/report-units.ts';
import { cohortGate } from './cohort.ts';
import type { Case, Judgement } from './gate.ts';

/** How late the event loop's heartbeats are, seconds on average. */
export function cohortLoopDelayGate(judged: Case): Judgement {
  return cohortGate(
    {
      gate: 'cohort_loop_delay',
      limit: judged.spec.gates.maxLoopDelayIncreaseSeconds,
      subject: "the event loop's delay",
      of: ([, , delaySeconds, beats]) => (beats > 0 ? delaySeconds / beats : Number.NaN),
      scaled: (seconds) => seconds,
      shown: durationText,
      shownLimit: (limit) => limitText(limit, DURATION_UNIT),
    },
    judged,
  );
}
