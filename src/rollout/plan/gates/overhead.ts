import { counted, percentText, shortPercentText } from '../../../export/report-units.ts';
import { isWarm, type PodEvidence } from '../evidence.ts';
import { type Case, type Judgement, neededSeconds, noData, presentPods } from './gate.ts';

const MIN_SECONDS = 300;
/** So much over so short a time needs no more. */
const CLEAR_FACTOR = 2;
const MIN_CLEAR_SECONDS = 30;

/**
 * The library's own measured cost, as the mean over each pod's time of measuring in the step; the worst pod counts. Pods that
 * only just started are left out: a process is warm only after a while.
 */
export function overheadGate(judged: Case): Judgement {
  const { spec, status, view } = judged;
  const limit = spec.gates.maxOverheadRatio;
  const needed = neededSeconds(status.holdSeconds, MIN_SECONDS);
  const neededClear = neededSeconds(status.holdSeconds, MIN_CLEAR_SECONDS);
  const measured = presentPods(judged).filter(
    ({ isControl, overhead: [seconds] }) => !isControl && seconds > 0,
  );
  const isBeyond = (pod: PodEvidence): boolean => {
    const [seconds] = pod.overhead;
    return (
      (seconds >= needed && mean(pod) > limit) || (seconds >= neededClear && mean(pod) > limit * CLEAR_FACTOR)
    );
  };
  const worst =
    worstOf(measured.filter(isBeyond)) ??
    worstOf(measured.filter(({ overhead: [seconds] }) => seconds >= neededClear));
  if (worst === null) {
    return noData('overhead', limit, 'no pod has measured for long enough in this step');
  }
  const figure = mean(worst);
  const text = `the library takes ${percentText(figure)} of a core in ${worst.name}, the most of ${counted(measured.length, 'pod', 'pods')}; the limit is ${shortPercentText(limit)}`;
  const result = { gate: 'overhead', figure, limit, interval: null, text } as const;
  if (isBeyond(worst)) return { ...result, verdict: 'fail' };
  const enough = new Set(measured.filter(({ overhead: [seconds] }) => seconds >= needed).map(({ id }) => id));
  const young = view?.pods.find(
    ({ id, isControl, figures }) =>
      !isControl && !enough.has(id) && figures !== null && isWarm(figures, status.holdSeconds),
  );
  if (young !== undefined) {
    return noData('overhead', limit, `${young.name} has not measured for long enough in this step`, figure);
  }
  return figure <= limit
    ? { ...result, verdict: 'pass' }
    : noData('overhead', limit, `${text}: undecided, needs more time`, figure);
}

function worstOf(pods: readonly PodEvidence[]): PodEvidence | null {
  return pods.reduce<PodEvidence | null>((a, b) => (a === null || mean(b) > mean(a) ? b : a), null);
}

function mean({ overhead: [seconds, coreSeconds] }: PodEvidence): number {
  return coreSeconds / seconds;
}
