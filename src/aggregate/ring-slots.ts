import { MAX_RINGS, RING_NUMBER, RING_SLOTS, RINGS } from '../state/state-layout.ts';

/**
 * Where the figures of a ring stand among the process slots, or may stand: in a slot never used, else in the one that
 * was left by the oldest ring. Undefined when there is none, or when the ring itself was let go.
 */
export function slotFor(process: Float64Array, number: number): number | undefined {
  if (slotOf(process, -number) !== undefined) return undefined;
  const slot = slotOf(process, number) ?? slotOf(process, 0);
  if (slot !== undefined) return slot;
  let oldest = 0;
  for (const candidate of ringSlots()) {
    const left = -process[candidate + RING_NUMBER];
    if (left > 0 && (oldest === 0 || left < oldest)) oldest = left;
  }
  return oldest === 0 ? undefined : slotOf(process, -oldest);
}

function slotOf(process: Float64Array, number: number): number | undefined {
  for (const slot of ringSlots()) if (process[slot + RING_NUMBER] === number) return slot;
  return undefined;
}

function* ringSlots(): Generator<number> {
  for (let i = 0; i < MAX_RINGS; i++) yield RINGS + i * RING_SLOTS;
}
