import type {
  GateName,
  GateResult,
  RolloutCondition,
  RolloutDecision,
  RolloutPhase,
  Verdict,
} from '../../contract/rollout.ts';
import { change, count, figure, join, NONE, objective, percent, quantity, short } from '../format.ts';

export const PHASE_WORDS: Readonly<Record<RolloutPhase, string>> = {
  disabled: 'switched off',
  baseline: 'baseline',
  progressing: 'progressing',
  paused: 'paused',
  failed: 'failed',
  aborted: 'aborted',
  complete: 'complete',
};

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  pass: 'passes',
  fail: 'fails',
  no_data: 'no data',
  error: 'error',
};

export const CONDITION_WORDS: Readonly<Record<RolloutCondition['type'], string>> = {
  SpecValid: 'Plan is valid',
  PodsInStep: 'Pods in step',
  GatesPassing: 'Gates pass',
  Stuck: 'Stuck',
};

export const DECISION_WORDS: Readonly<Record<RolloutDecision['decision'], string>> = {
  start: 'started',
  advance: 'advanced',
  roll_back: 'rolled back',
  complete: 'completed',
  disable: 'switched off',
  enable: 'switched on',
  pause: 'paused',
  resume: 'resumed',
  promote: 'promoted',
  abort: 'aborted',
  spec_changed: 'plan changed',
};

interface GateWords {
  readonly name: string;
  readonly figure: (value: number) => string;
  readonly limit: (value: number) => string;
}

const cost = { figure: percent, limit: objective };
const difference = { figure: change, limit: objective };
const delay = { figure: signedDuration, limit: (value: number) => join(short(figure(value))) };
const plain = (value: number) => String(Number(value.toPrecision(4)));

const GATE_WORDS: Readonly<Record<string, GateWords>> = {
  overhead: { name: 'Own overhead', ...cost },
  cohort_cpu: { name: 'CPU per event', ...difference },
  cohort_loop_delay: { name: 'Event loop delay', ...delay },
  losses: { name: 'Records lost', figure: count, limit: count },
  sla: { name: 'Fall of SLA compliance', ...difference },
  errors: { name: 'Rise of errors', ...difference },
} satisfies Record<Exclude<GateName, `query_${string}`>, GateWords>;

export function gateName(gate: GateName): string {
  return wordsOf(gate).name;
}

export function gateFigure({ gate, figure: value }: GateResult): string {
  return value === null ? NONE : wordsOf(gate).figure(value);
}

export function gateLimit({ gate, limit }: GateResult): string {
  return wordsOf(gate).limit(limit);
}

export function gateInterval({ gate, interval }: GateResult): string {
  return interval === null ? NONE : interval.map((bound) => wordsOf(gate).figure(bound)).join(' to ');
}

function wordsOf(gate: GateName): GateWords {
  const known = Object.hasOwn(GATE_WORDS, gate) ? GATE_WORDS[gate] : undefined;
  return known ?? { name: `Query ${gate.replace(/^query_/, '')}`, figure: plain, limit: plain };
}

function signedDuration(seconds: number): string {
  return `${seconds < 0 ? '−' : '+'}${quantity(Math.abs(seconds))}`;
}

/** What the rollout says in parts of sentences, as one. */
export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return begun.endsWith('.') ? begun : `${begun}.`;
}
