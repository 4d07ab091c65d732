import {
  CONTROL_KEEP_BREACHES,
  controlRate,
  HEADER_BYTES,
  RATE_CHANGES,
  RATE_TABLE_BYTES,
  RATE_TABLE_ENTRIES,
} from '../contract/record.ts';

/**
 * The sampling rates of a ring and since when each was in force, read from its header: an event weighs 1 / the rate at
 * its start (Horvitz & Thompson 1952), also when the rate has changed before its end.
 */
export class RateHistory {
  /** When the rate now in force came into force, in monotonic milliseconds. */
  since = 0;
  weight = 1;
  /** Whether every breach is kept, and so weighs 1. */
  keepsBreaches = false;
  private readonly header: Int32Array;
  private readonly table: Float64Array;
  private readonly copy = new Float64Array(RATE_TABLE_ENTRIES * 2);
  private changes = 0;

  constructor(shared: SharedArrayBuffer) {
    this.header = new Int32Array(shared, 0, HEADER_BYTES / 4);
    this.table = new Float64Array(shared, RATE_TABLE_BYTES, RATE_TABLE_ENTRIES * 2);
  }

  /** Reads the table again if it has changed. Call it after HEAD was read and before records are. */
  refresh(): void {
    for (;;) {
      const changes = Atomics.load(this.header, RATE_CHANGES);
      if (changes === this.changes) return;
      this.copy.set(this.table);
      this.changes = changes;
      const control = this.entry(changes - 1, 1);
      this.since = this.entry(changes - 1, 0);
      this.weight = weightOf(control);
      this.keepsBreaches = control < 0;
    }
  }

  /** Control word in force at `start`; of the oldest change known, when `start` is older than that. */
  controlAt(start: number): number {
    // The entry that the next change goes to may have been half written when the table was copied.
    const oldest = Math.max(0, this.changes - RATE_TABLE_ENTRIES + 1);
    let change = this.changes - 1;
    while (change > oldest && this.entry(change, 0) > start) change--;
    return this.entry(change, 1);
  }

  private entry(change: number, slot: 0 | 1): number {
    return this.copy[(change % RATE_TABLE_ENTRIES) * 2 + slot];
  }
}

/** What an event that was sampled under this control word stands for; 1 for a breach where all breaches are kept. */
export function weightOf(control: number, isBreach = false): number {
  const rate = controlRate(control);
  return rate === 0 || (isBreach && (control & CONTROL_KEEP_BREACHES) !== 0) ? 1 : 1 / rate;
}
