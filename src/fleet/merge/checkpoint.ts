/**
 * What a checkpoint holds, in bytes:
 *
 *      "PMFC" | u16 version | 32 bytes SHA-256 of the rest | u32 n | n bytes of JSON (`CheckpointIndex`) | snapshots
 *
 * Counts are in the JSON, exact. The snapshots are those of `contract/snapshot.ts`, one for each entry of the index that
 * says how many `bytes` it takes, in the order of the index: services first. They hold digests and histograms.
 */
export const CHECKPOINT_MAGIC = 'PMFC';
export const CHECKPOINT_VERSION = 1;
export const HASH_START = 6;
export const HASH_BYTES = 32;
export const BODY_START = HASH_START + HASH_BYTES;
export const MAX_CHECKPOINT_BYTES = 64 * 1024 * 1024;

export interface CheckpointIndex {
  readonly startedAt: number;
  readonly countedSince: number | null;
  readonly minuteFrom: number;
  /** All services together first. */
  readonly services: readonly CheckpointService[];
  /** Oldest first, those that were live last. */
  readonly runs: readonly CheckpointRun[];
}

export interface CheckpointService {
  readonly service: string;
  readonly recorded: number;
  readonly overwritten: number;
  readonly events: readonly CheckpointEvent[];
  /** Of the snapshot with the retired digests. */
  readonly bytes: number;
}

export interface CheckpointEvent {
  readonly event: string;
  readonly unit: string;
  readonly threshold: number | null;
  readonly objective: number;
  readonly isMixed: boolean;
  readonly totals: Totals;
  readonly minuteBase: Totals;
}

/** Count, errors, breaches. */
export type Totals = readonly [number, number, number];

export interface CheckpointRun {
  readonly id: string;
  readonly startedAt: number;
  readonly service: string;
  /** 0 for a run that was live. */
  readonly departedAt: number;
  readonly isFolded: boolean;
  readonly recorded: number;
  readonly overwritten: number;
  /** Name and totals. */
  readonly events: readonly (readonly [string, ...Totals])[];
  /** Of the snapshot with its digests; 0 for a folded run, or when there was no room left. */
  readonly bytes: number;
}
