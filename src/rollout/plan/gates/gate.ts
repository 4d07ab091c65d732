import type { GateName, GateResult, RolloutSpec, RolloutStatus } from '../../../contract/rollout.ts';
import type { Evidence, PodEvidence } from '../evidence.ts';
import type { FleetView } from '../fleet-view.ts';
import type { QueryAnswer } from '../query-answer.ts';

/** What gates judge. */
export interface Case {
  readonly spec: RolloutSpec;
  readonly status: RolloutStatus;
  readonly evidence: Evidence;
  /** Null while nothing is known of the pods. */
  readonly view: FleetView | null;
  readonly answers: readonly QueryAnswer[];
  readonly now: number;
}

/** A result without its times. */
export type Judgement = Omit<GateResult, 'at' | 'since'>;
export type Gate = (judged: Case) => Judgement;

/** A pod's figures of less time, or of less than the hold, decide nothing. */
const MIN_EVIDENCE_SECONDS = 30;

export function neededSeconds(holdSeconds: number, seconds = MIN_EVIDENCE_SECONDS): number {
  // Pods are seen once a second: of a hold of seconds, the ends are not.
  return Math.min(seconds, holdSeconds * 0.9);
}

/** Evidence of pods that are there: those that are gone no longer tell of the service. */
export function presentPods({ evidence, view }: Case): readonly PodEvidence[] {
  if (view === null) return evidence.pods;
  const present = new Set(view.pods.map(({ id }) => id));
  return evidence.pods.filter(({ id }) => present.has(id));
}

export function noData(gate: GateName, limit: number, text: string, figure: number | null = null): Judgement {
  return { gate, verdict: 'no_data', figure, limit, interval: null, text };
}

/**
 * The confidence by which a gate fails. An interval is looked at every second while evidence grows, and each look is another
 * chance to be wrong: at 95 % each, a third of all steps of two days at the limit would fail at one look or another. Looks
 * between two at evidence 1.4 times as long add little, so until the hold has passed the error allowed is shared between so
 * many looks, and between the things compared (Bonferroni).
 */
export function failingConfidence({ spec, status }: Case, comparisons: number): number {
  const { holdSeconds, heldSeconds } = status;
  const isHeld = heldSeconds >= holdSeconds;
  const doublings = Math.log2(Math.max(1, holdSeconds / MIN_EVIDENCE_SECONDS));
  const looks = isHeld ? 1 : 1 + Math.ceil(2 * doublings);
  return 1 - (1 - spec.gates.confidence) / (looks * comparisons);
}
