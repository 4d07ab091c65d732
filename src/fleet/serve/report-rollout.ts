import type { GateResult, RolloutStatus, Verdict } from '../../contract/rollout.ts';
import { counted, dateText, shortPercentText, spanText } from '../../export/report-units.ts';
import { wrapped } from '../../export/text-table.ts';

const MOST_DECISIONS = 5;
const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  pass: 'pass',
  fail: 'FAIL',
  no_data: 'no data',
  error: 'error',
};

export function rolloutLines(status: RolloutStatus, at: number, width: number): string[] {
  const { control, pods, gates, conditions, decisions } = status;
  const stuck = conditions.filter(({ type, isTrue }) => isTrue === (type === 'Stuck'));
  return [
    ...wrapped(`${phaseText(status)}, ${holdText(status, at)}`, width),
    `${pods.inStep} of ${counted(pods.total, 'pod', 'pods')} in this step, ${control.length} kept disabled for comparison`,
    ...gates.flatMap((gate) => gateLines(gate, width)),
    ...stuck.flatMap(({ reason, message }) => wrapped(`${reason}: ${message}`, width)),
    ...decisions
      .slice(0, MOST_DECISIONS)
      .flatMap(({ at: when, decision, reason, by }) =>
        wrapped(`${dateText(when)}  ${decision.replace('_', ' ')} by ${by}: ${reason}`, width),
      ),
  ];
}

function phaseText({ phase, step, stepCount, samplingRate }: RolloutStatus): string {
  const where =
    step < 0
      ? `before step 1 of ${stepCount}, every pod disabled`
      : `step ${step + 1} of ${stepCount}, ${shortPercentText(samplingRate)} of events measured`;
  return `${phase}: ${where}`;
}

function holdText(
  { phase, stepSince, heldSince, heldSeconds, holdSeconds }: RolloutStatus,
  at: number,
): string {
  const since = (from: number): string => spanText(Math.max(0, at - from) / 1e3);
  const isUnderWay = phase === 'baseline' || phase === 'progressing' || phase === 'paused';
  if (!isUnderWay) return `for ${since(stepSince)}`;
  return heldSince === null
    ? `entered ${since(stepSince)} ago, not every pod has it yet`
    : `held for ${spanText(heldSeconds)} of ${spanText(holdSeconds)}`;
}

function gateLines({ gate, verdict, text }: GateResult, width: number): string[] {
  return wrapped(`${VERDICT_WORDS[verdict].padEnd(9)}${gate.padEnd(19)}${text}`, width);
}
