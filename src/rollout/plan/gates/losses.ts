import { counted, wholeText } from '../../../export/report-units.ts';
import { type Case, type Judgement, noData } from './gate.ts';

export function lossesGate({ spec, evidence }: Case): Judgement {
  const limit = spec.gates.maxRecordsLost;
  const figure = evidence.overwritten;
  const isMeasured = evidence.pods.some(({ isControl, seconds }) => !isControl && seconds > 0);
  const text = `${counted(figure, 'record', 'records')} lost in this step; the limit is ${wholeText(limit)}`;
  if (figure > limit) return { gate: 'losses', verdict: 'fail', figure, limit, interval: null, text };
  if (!isMeasured) return noData('losses', limit, 'no pod has measured in this step yet');
  return { gate: 'losses', verdict: 'pass', figure, limit, interval: null, text };
}
