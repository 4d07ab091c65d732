import type { RolloutStatus } from '../contract/rollout.ts';

/** Whether somebody who looks, or a successor, would be misled by the status before: more than figures have changed. */
export function isMaterialChange(before: RolloutStatus, after: RolloutStatus): boolean {
  return JSON.stringify(material(before)) !== JSON.stringify(material(after));
}

function material(status: RolloutStatus): object {
  const {
    gates,
    conditions,
    decisions,
    pods: _pods,
    heldSeconds: _heldSeconds,
    updatedAt: _updatedAt,
    ...rest
  } = status;
  return {
    ...rest,
    gates: gates.map(({ gate, verdict }) => [gate, verdict]),
    conditions: conditions.map(({ type, isTrue, reason }) => [type, isTrue, reason]),
    decisions: decisions.length === 0 ? null : decisions[0],
  };
}
