import type { EventSpec } from '../contract/events.ts';
import { type SlaChange, WINDOW_NAMES } from '../contract/statistics.ts';
import {
  BROKEN,
  type EventState,
  WINDOW_BREACHES,
  WINDOW_COUNT,
  WINDOW_OBJECTIVE_QUANTILE,
} from '../state/event-state.ts';

/** Told of every window in which an SLA breaks or is kept again. */
export type SlaListener = (kind: 'violation' | 'recovery', change: SlaChange) => void;

/**
 * Compares each window's compliance with the event's objective. A window without events changes nothing but a broken
 * verdict, which it ends: nothing in it breaks the SLA any more. Unless `mayRecover`, a broken verdict stays: a worker that
 * has just been started again does not know what was in its windows. `focus` brings the window's quantiles up to date.
 */
export function judgeSla(
  spec: EventSpec,
  state: EventState,
  window: number,
  at: number,
  mayRecover: boolean,
  focus: () => void,
  tell: SlaListener,
): void {
  if (spec.slaThreshold === null) return;
  const figures = state.windows[window];
  const count = figures[WINDOW_COUNT];
  const compliance = count === 0 ? 1 : 1 - figures[WINDOW_BREACHES] / count;
  const isBroken = compliance < spec.objective;
  const bit = 1 << window;
  if (isBroken === ((state.slots[BROKEN] & bit) !== 0) || !(isBroken || mayRecover)) return;
  state.slots[BROKEN] = state.slots[BROKEN] ^ bit;
  focus();
  tell(isBroken ? 'violation' : 'recovery', {
    event: spec.name,
    window: WINDOW_NAMES[window] as SlaChange['window'],
    value: figures[WINDOW_OBJECTIVE_QUANTILE],
    threshold: spec.slaThreshold,
    compliance,
    objective: spec.objective,
    count,
    at,
  });
}
