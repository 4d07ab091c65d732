import type { RolloutDecision, RolloutPhase, RolloutStatus } from '../../contract/rollout.ts';
import { type Evidence, evidenceOfStep } from './evidence.ts';
import { isSameDocument } from './options-document.ts';
import type { RolloutState } from './state.ts';

const MAX_DECISIONS = 50;

/** The state while a decision is made of it. */
export class Draft {
  status: RolloutStatus;
  evidence: Evidence;
  readonly now: number;
  /** Of this call. */
  readonly decisions: RolloutDecision[] = [];
  /** What pods were told when the generation was raised last. */
  private told: RolloutStatus;

  constructor({ status, evidence }: RolloutState, now: number) {
    this.status = status;
    this.evidence = evidence;
    this.now = now;
    this.told = status;
  }

  change(fields: Partial<RolloutStatus>): void {
    this.status = { ...this.status, ...fields };
  }

  /** Begins a step, or begins it anew: its hold and its evidence count from now. */
  enter(step: number, phase: RolloutPhase): void {
    const samplingRate = step < 0 ? 0 : this.status.rates[step];
    this.change({
      step,
      phase,
      samplingRate,
      stepSince: this.now,
      heldSince: null,
      heldSeconds: 0,
      gates: [],
    });
    this.evidence = evidenceOfStep(this.evidence, this.status);
  }

  /** Every pod measures at the last step's rate. */
  complete(): void {
    this.change({ phase: 'complete', control: [] });
  }

  record(decision: RolloutDecision['decision'], from: number, reason: string, by = 'controller'): void {
    const row = { decision, at: this.now, from, to: this.status.step, reason, by };
    this.decisions.push(row);
    this.change({ decisions: [row, ...this.status.decisions].slice(0, MAX_DECISIONS) });
  }

  /** Raises the generation when pods are to be told something else. */
  settle(): void {
    if (!isSameDocument(this.told, this.status)) this.change({ generation: this.status.generation + 1 });
    this.told = this.status;
  }
}
