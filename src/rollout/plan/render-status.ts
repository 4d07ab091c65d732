import { DURATION_UNIT } from '../../contract/events.ts';
import type { GateResult, RolloutDecision, RolloutStatus } from '../../contract/rollout.ts';
import {
  counted,
  dateText,
  durationText,
  limitText,
  NOTHING,
  shortPercentText,
  spanText,
} from '../../export/report-units.ts';
import { type Column, textTable, wrapped, wrappedList } from '../../export/text-table.ts';
import { durationSpec } from './durations.ts';
import { ratioDifferenceText } from './gates/difference-text.ts';
import { stepText } from './step-text.ts';

const WIDTH = 110;
const MAX_DECISIONS = 10;

const GATE_COLUMNS: readonly Column[] = [
  { title: 'gate', align: 'left' },
  { title: 'verdict', align: 'left' },
  { title: 'figure', align: 'right' },
  { title: 'interval', align: 'left' },
  { title: 'limit', align: 'right' },
  { title: 'since (UTC)', align: 'left' },
];

/** What `rollout status` prints for people; times in UTC, spans as of the status's own time. */
export function renderStatus(status: RolloutStatus): string {
  const sections = [headLines(status), stepLines(status)];
  if (status.gates.length > 0) sections.push(gateLines(status.gates));
  if (status.conditions.length > 0) sections.push(conditionLines(status));
  sections.push(decisionLines(status));
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function headLines(status: RolloutStatus): string[] {
  const { phase, stepSince, heldSince, heldSeconds, holdSeconds, updatedAt, pods, control, generation } =
    status;
  const span = (since: number): string => spanText(Math.max(0, updatedAt - since) / 1000);
  const lines = [
    `Rollout: ${phase}, ${stepText(status)}, since ${dateText(stepSince)} UTC (${span(stepSince)})`,
    `Pods: ${pods.inStep} of ${pods.total} in step, generation ${generation}`,
  ];
  if (phase === 'baseline' || phase === 'progressing' || phase === 'paused') {
    const held = heldSince === null ? 'not yet held by every pod' : `held for ${spanText(heldSeconds)}`;
    lines.push(`Hold: ${held}, to be held for ${durationSpec(holdSeconds)}`);
  }
  if (control.length > 0) {
    lines.push(...wrappedList(`${counted(control.length, 'control pod', 'control pods')}: `, control, WIDTH));
  }
  return lines;
}

function stepLines({ step, rates, phase }: RolloutStatus): string[] {
  const rows = rates.map((rate, i) => {
    const mark = i === step ? (phase === 'complete' ? '✓' : '→') : i < step ? '✓' : ' ';
    return `  ${mark} ${i + 1}. ${shortPercentText(rate)}`;
  });
  return ['Steps', ...(rows.length > 0 ? rows : ['  none yet: there was no valid spec'])];
}

function gateLines(gates: readonly GateResult[]): string[] {
  const rows = gates.map((result) => {
    const shown = (value: number): string => figureText(result, value);
    return [
      result.gate,
      result.verdict,
      result.figure === null ? NOTHING : shown(result.figure),
      result.interval === null ? NOTHING : `${shown(result.interval[0])} to ${shown(result.interval[1])}`,
      limitOf(result),
      dateText(result.since),
    ];
  });
  const sentences = gates.flatMap(({ gate, text }) => wrapped(`${gate}: ${text}`, WIDTH));
  return ['Gates', ...textTable(GATE_COLUMNS, rows, WIDTH), ...sentences];
}

function figureText({ gate }: GateResult, value: number): string {
  if (gate === 'cohort_loop_delay') return durationText(value);
  return isPlain(gate) ? String(Number(value.toPrecision(6))) : ratioDifferenceText(value);
}

function limitOf(result: GateResult): string {
  const { gate, limit } = result;
  if (gate === 'cohort_loop_delay') return limitText(limit, DURATION_UNIT);
  return isPlain(gate) ? figureText(result, limit) : shortPercentText(limit);
}

function isPlain(gate: GateResult['gate']): boolean {
  return gate === 'losses' || gate.startsWith('query_');
}

function conditionLines({ conditions }: RolloutStatus): string[] {
  const lines = conditions.flatMap(({ type, isTrue, reason, message, since }) =>
    wrapped(`${type}: ${isTrue ? 'yes' : 'no'} (${reason}, since ${dateText(since)}): ${message}`, WIDTH),
  );
  return ['Conditions', ...lines];
}

function decisionLines({ decisions }: RolloutStatus): string[] {
  const lines = decisions.slice(0, MAX_DECISIONS).flatMap((row) => wrapped(decisionText(row), WIDTH));
  return ['Last decisions', ...(lines.length > 0 ? lines : ['  none yet'])];
}

function decisionText({ at, decision, from, to, by, reason }: RolloutDecision): string {
  const steps = from === to ? '' : ` ${placeText(from)} to ${placeText(to)}`;
  return `${dateText(at)} ${decision}${steps}, by ${by}: ${reason}`;
}

function placeText(step: number): string {
  return step < 0 ? 'disabled' : `step ${step + 1}`;
}
