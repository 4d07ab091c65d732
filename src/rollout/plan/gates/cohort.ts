import type { GateName } from '../../../contract/rollout.ts';
import { counted, roughPercentText, wholeText } from '../../../export/report-units.ts';
import type { Counters, PodEvidence } from '../evidence.ts';
import { type Interval, pooledInterval } from '../interval/pooled.ts';
import { higherOrLower } from './difference-text.ts';
import { type Case, failingConfidence, type Judgement, neededSeconds, noData, presentPods } from './gate.ts';

export interface CohortQuestion {
  readonly gate: GateName;
  readonly limit: number;
  /** What is compared, as a sentence's subject. */
  readonly subject: string;
  /** A pod's figure out of its increases; NaN when they hold none. */
  readonly of: (increases: Counters) => number;
  /** From differences of figures to the unit of the limit. */
  readonly scaled: (difference: number) => number;
  readonly shown: (value: number) => string;
  readonly shownLimit: (limit: number) => string;
}

interface Cohorts {
  readonly measured: readonly PodEvidence[];
  readonly control: readonly PodEvidence[];
}

/** Pods count alike: one that came late, and is the noisier for it, only once it has this share of the longest time. */
const MIN_TIME_SHARE = 0.1;
const ADVICE = 'raise control.minPods, or set control.ratio: 0 to do without the comparison';

/**
 * Measured pods against those kept disabled at the same time: Student's interval of the difference of their means, pods being
 * the sample, each compared with itself before the first step where enough have such figures. Which pods are kept disabled is
 * chance among pods of one deployment, so that both samples vary alike.
 */
export function cohortGate(question: CohortQuestion, judged: Case): Judgement {
  const { gate, limit } = question;
  const { spec, status, view } = judged;
  const duplicate = view?.duplicates[0];
  if (duplicate !== undefined) {
    return noData(gate, limit, `more than one pod calls itself ${duplicate}; instances must be told apart`);
  }
  if (status.control.length < 2) {
    return noData(
      gate,
      limit,
      `of ${counted(status.pods.total, 'pod', 'pods')} not even two can be kept disabled to compare with; set control.ratio: 0 to do without the comparison, or run at least 5 pods`,
    );
  }
  const withFigures = cohortsOf(judged, ({ sums }) => question.of(sums));
  const least = Math.min(withFigures.measured.length, withFigures.control.length);
  if (least < 2) {
    return noData(
      gate,
      limit,
      `fewer than two pods of a cohort have figures of this step yet; wait, or ${ADVICE}`,
    );
  }
  const neededOwn = neededSeconds(spec.baselineHoldSeconds);
  const withOwn = cohortsOf(
    judged,
    ({ sums, own, ownSeconds }) =>
      question.of(sums) - (own && ownSeconds >= neededOwn ? question.of(own) : Number.NaN),
  );
  const isOwn = Math.min(withOwn.measured.length, withOwn.control.length) >= 2;
  const cohorts = isOwn ? withOwn : withFigures;
  const figureOf = ({ sums, own }: PodEvidence): number =>
    question.of(sums) - (isOwn && own ? question.of(own) : 0);
  const interval = (confidence: number): Interval => {
    const { estimate, low, high } = pooledInterval(
      cohorts.measured.map(figureOf),
      cohorts.control.map(figureOf),
      confidence,
    );
    return { estimate: question.scaled(estimate), low: question.scaled(low), high: question.scaled(high) };
  };
  const { estimate, low, high } = interval(spec.gates.confidence);
  const events = Math.min(...[cohorts.measured, cohorts.control].map(offeredOf));
  if (events < spec.limits.minEvents) {
    return noData(
      gate,
      limit,
      `a cohort saw ${wholeText(events)} events in this step, and limits.minEvents is ${wholeText(spec.limits.minEvents)}; wait, or ${ADVICE}`,
      estimate,
    );
  }
  const [shownLow, shownHigh] = [low, high].map(question.shown);
  const text = `${question.subject} is ${higherOrLower(estimate, question.shown)} in ${cohorts.measured.length} measured pods than in ${cohorts.control.length} control pods (${roughPercentText(spec.gates.confidence)} interval ${shownLow} to ${shownHigh}), ${isOwn ? 'each pod compared with itself before' : 'without figures from before'}; the limit is ${question.shownLimit(limit)}`;
  const result = { gate, figure: estimate, limit, interval: [low, high] as const };
  if (interval(failingConfidence(judged, 1)).low > limit) return { ...result, verdict: 'fail', text };
  if (high < limit) return { ...result, verdict: 'pass', text };
  return { ...result, verdict: 'no_data', text: `${text}: undecided, needs more pods or time` };
}

function cohortsOf(judged: Case, figure: (pod: PodEvidence) => number): Cohorts {
  const pods = presentPods(judged);
  const longest = pods.reduce((most, { seconds }) => Math.max(most, seconds), 0);
  const needed = Math.max(neededSeconds(judged.status.holdSeconds), longest * MIN_TIME_SHARE);
  const usable = pods.filter((pod) => pod.seconds >= needed && Number.isFinite(figure(pod)));
  return {
    measured: usable.filter(({ isControl }) => !isControl),
    control: usable.filter(({ isControl }) => isControl),
  };
}

function offeredOf(pods: readonly PodEvidence[]): number {
  return pods.reduce((sum, { sums }) => sum + sums[1], 0);
}
