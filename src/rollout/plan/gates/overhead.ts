import { counted, percentText, shortPercentText } from '../../../export/report-units.ts';
import type { PodEvidence } from '../evidence.ts';
import { type Case, type Judgement, neededSeconds, noData, presentPods } from './gate.ts';

/** The library's own measured cost, as the mean over each pod's time in the step; the worst pod counts. */
export function overheadGate(judged: Case): Judgement {
  const { spec, status, view } = judged;
  const limit = spec.gates.maxOverheadRatio;
  const needed = neededSeconds(status);
  const measured = presentPods(judged).filter(({ isControl, seconds }) => !isControl && seconds > 0);
  const worst = measured
    .filter(({ seconds }) => seconds >= needed)
    .reduce<PodEvidence | null>((a, b) => (a === null || mean(b) > mean(a) ? b : a), null);
  if (worst === null) {
    return noData('overhead', limit, 'no pod has measured for long enough in this step');
  }
  const figure = mean(worst);
  const text = `the library takes ${percentText(figure)} of a core in ${worst.name}, the most of ${counted(measured.length, 'pod', 'pods')}; the limit is ${shortPercentText(limit)}`;
  if (figure >= limit) return { gate: 'overhead', verdict: 'fail', figure, limit, interval: null, text };
  const enough = new Set(measured.filter(({ seconds }) => seconds >= needed).map(({ id }) => id));
  const young = view?.pods.find(({ id, isControl }) => !isControl && !enough.has(id));
  return young === undefined
    ? { gate: 'overhead', verdict: 'pass', figure, limit, interval: null, text }
    : noData('overhead', limit, `${young.name} has not measured for long enough in this step`, figure);
}

function mean({ overheadSeconds, seconds }: PodEvidence): number {
  return overheadSeconds / seconds;
}
