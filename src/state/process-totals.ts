import { RECORDS } from './event-state.ts';
import type { Bank } from './state-buffer.ts';
import {
  MAX_RINGS,
  RETIRED_LOOP_BEATS,
  RETIRED_LOOP_DELAY_MICROS,
  RETIRED_OVERWRITTEN,
  RETIRED_SKIPPED,
  RING_LOOP_BEATS,
  RING_LOOP_DELAY_MICROS,
  RING_NUMBER,
  RING_OVERWRITTEN,
  RING_SKIPPED,
  RING_SLOTS,
  RINGS,
} from './state-layout.ts';

/** Totals of all threads, those that have ended as well, measured or not. None ever falls. */
export interface ProcessTotals {
  /** Events that ended and were not measured. */
  readonly skipped: number;
  /**
   * Events that ended, skipped or recorded. Exact while no record is overwritten:
   * what an overwritten record was nobody knows, and it counts as an event though it may have been a pause.
   */
  readonly offered: number;
  /** Sum of how late the heartbeats of the event loops were, and how many there were. */
  readonly loopDelaySeconds: number;
  readonly loopBeats: number;
}

/** Within `StateBuffer.read`. */
export function processTotals({ process, events }: Bank): ProcessTotals {
  const total = (retired: number, slot: number): number => {
    let sum = process[retired];
    for (let ring = RINGS; ring < RINGS + MAX_RINGS * RING_SLOTS; ring += RING_SLOTS) {
      if (process[ring + RING_NUMBER] > 0) sum += process[ring + slot];
    }
    return sum;
  };
  const skipped = total(RETIRED_SKIPPED, RING_SKIPPED);
  const overwritten = total(RETIRED_OVERWRITTEN, RING_OVERWRITTEN);
  const aggregated = events.reduce((sum, { slots }) => sum + slots[RECORDS], 0);
  return {
    skipped,
    offered: aggregated + overwritten + skipped,
    loopDelaySeconds: total(RETIRED_LOOP_DELAY_MICROS, RING_LOOP_DELAY_MICROS) / 1e6,
    loopBeats: total(RETIRED_LOOP_BEATS, RING_LOOP_BEATS),
  };
}
