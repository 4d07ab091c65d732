import { PerfMetricsError } from '../../contract/errors.ts';
import { REQUEST_VERBS, type RolloutRequest } from '../../contract/rollout.ts';

/** The state as it is stored, with what is asked of it. */
export interface StoredState {
  /** JSON; null before the first decision. */
  readonly status: string | null;
  readonly evidence: string | null;
  readonly request: RolloutRequest | null;
  /** Of status and evidence; another after every write. */
  readonly version: string;
}

export interface StoredOptions {
  /** Null where there are none yet. */
  readonly text: string | null;
  readonly version: string;
}

/**
 * Where a rollout's spec and state live. Every call rejects with a sentence that says what cannot be read or written, and
 * what to do. Status and evidence are written together, in one piece, so that no crash leaves one without the other.
 */
export interface RolloutStore {
  /** Names the spec in messages. */
  readonly specSource: string;
  /** Null where there is none. */
  readSpec(): Promise<string | null>;
  readState(): Promise<StoredState>;
  /** @throws StoreConflict when another has written since `version`; nothing is changed then. */
  writeState(status: string, evidence: string, version: string): Promise<string>;
  writeRequest(request: RolloutRequest): Promise<void>;
  /** The options file that pods mount. */
  readOptions(): Promise<StoredOptions>;
  /** @throws StoreConflict as `writeState`, where the store can tell. */
  writeOptions(text: string, version: string): Promise<void>;
}

/** Another wrote first: read again, and decide anew. */
export class StoreConflict extends Error {}

export function storeError(message: string, cause?: unknown): PerfMetricsError {
  return new PerfMetricsError('PERF_ROLLOUT', message, { cause });
}

/** Null of what is no request: anybody who may write there can put anything there. */
export function parseRequest(text: string | null | undefined): RolloutRequest | null {
  if (typeof text !== 'string') return null;
  try {
    const { id, verb, by, at } = JSON.parse(text) as Record<string, unknown>;
    const known = REQUEST_VERBS.find((one) => one === verb);
    if (typeof id !== 'string' || typeof by !== 'string' || typeof at !== 'number') return null;
    return known === undefined ? null : { id, verb: known, by, at };
  } catch {
    return null;
  }
}
