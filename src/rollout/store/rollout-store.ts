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

/** How long a request may wait for its answer before who asked is told that there is none, and another may take its place. */
export const WAIT_MILLIS = 10_000;

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
  /** Names what to delete of a state that is damaged. */
  readonly stateSource: string;
  /** Null where there is none. */
  readSpec(): Promise<string | null>;
  /** @throws StateDamaged of what is there and cannot be read. */
  readState(): Promise<StoredState>;
  /**
   * `done`: a request that needs no answer any more, which is removed with it, or at a later write.
   * @throws StoreConflict when another has written since `version`; nothing is changed then.
   */
  writeState(
    status: string,
    evidence: string,
    version: string,
    done?: RolloutRequest | null,
  ): Promise<string>;
  /** @throws PerfMetricsError `PERF_ROLLOUT` while another request waits for its answer, for 10 s. */
  writeRequest(request: RolloutRequest): Promise<void>;
  /** The options file that pods mount. */
  readOptions(): Promise<StoredOptions>;
  /** @throws StoreConflict as `writeState`, where the store can tell. */
  writeOptions(text: string, version: string): Promise<void>;
}

/** Another wrote first: read again, and decide anew. */
export class StoreConflict extends Error {}

/** The state is there, and is none: a person has to delete it. */
export class StateDamaged extends PerfMetricsError {
  constructor(message: string, cause: unknown) {
    super('PERF_ROLLOUT', message, { cause });
  }
}

export function storeError(message: string, cause?: unknown): PerfMetricsError {
  return new PerfMetricsError('PERF_ROLLOUT', message, { cause });
}

const REQUEST_ATTEMPTS = 5;

/** Tries again when others came in between; `attempt` reads, checks (`checkSlot`), and writes what it has read. */
export async function storeRequest(attempt: () => Promise<void>): Promise<void> {
  for (let left = REQUEST_ATTEMPTS; left > 0; left--) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
  throw storeError('others write to the rollout at the same time: ask again in some seconds');
}

/** @throws PerfMetricsError when what is stored still waits for its answer, so that the next request would drop it. */
export function checkSlot(
  pending: RolloutRequest | null,
  status: string | null,
  { verb, at }: RolloutRequest,
): void {
  // In either direction: a clock that is ahead must not block the slot until others have come up.
  if (pending === null || Math.abs(at - pending.at) >= WAIT_MILLIS || isAnswered(pending, status)) return;
  throw storeError(
    `${pending.by} has asked to ${pending.verb} just now, and that is not answered yet: ask to ${verb} again in some seconds`,
  );
}

function isAnswered({ id }: RolloutRequest, status: string | null): boolean {
  try {
    return JSON.parse(status ?? '{}')?.answeredRequest === id;
  } catch {
    return false;
  }
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
