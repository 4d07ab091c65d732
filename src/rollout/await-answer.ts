import { setTimeout as delay } from 'node:timers/promises';
import { PerfMetricsError, thrownText } from '../contract/errors.ts';
import type { RolloutDecision, RolloutRequest, RolloutStatus } from '../contract/rollout.ts';
import { parseRolloutState } from './plan/state.ts';
import { type RolloutStore, type StoredState, storeError, WAIT_MILLIS } from './store/rollout-store.ts';

const LOOK_MILLIS = 200;

/** What became of a request. */
export interface Answer {
  readonly stored: StoredState;
  /** One sentence. */
  readonly text: string;
}

/** Rows of the history before something is asked, by which its answer is told from earlier ones. */
export async function rowsOf(store: RolloutStore): Promise<ReadonlySet<string>> {
  const decisions = statusOf(await store.readState())?.decisions ?? [];
  return new Set(decisions.map((row) => JSON.stringify(row)));
}

/**
 * Waits until a request that was stored has been answered; `before` it the history had these rows (`rowsOf`).
 *
 * @throws PerfMetricsError `PERF_ROLLOUT_REFUSED` when that was a refusal; `PERF_ROLLOUT` when nobody has answered within
 * 10 s (`isPatient`: within any time), when the request was dropped, or the state cannot be read.
 */
export async function awaitAnswer(
  store: RolloutStore,
  request: RolloutRequest,
  before: ReadonlySet<string>,
  isPatient = false,
): Promise<Answer> {
  const { verb } = request;
  const deadline = performance.now() + WAIT_MILLIS;
  while (isPatient || performance.now() < deadline) {
    const stored = await look(store, verb);
    const status = statusOf(stored);
    const row = status === null ? undefined : rowOf(request, status, before);
    const isLatest = status?.answeredRequest === request.id;
    const isGone = stored.request?.id !== request.id;
    // Another may have been answered since, so that only the row tells.
    if (isLatest || (isGone && row !== undefined)) return { stored, text: answer(request, row, status) };
    if (isGone) throw storeError(`${verb} was not answered: ${whatElse(stored.request)}`);
    await delay(LOOK_MILLIS);
  }
  throw storeError(
    `nobody has answered within ${WAIT_MILLIS / 1e3} s, so no perf-metrics fleet leads this rollout now; ${verb} stays stored for a leader that comes within 5 minutes`,
  );
}

export function statusOf({ status, evidence }: StoredState): RolloutStatus | null {
  return status === null ? null : parseRolloutState(status, evidence).status;
}

async function look(store: RolloutStore, verb: string): Promise<StoredState> {
  try {
    return await store.readState();
  } catch (error) {
    throw storeError(`${verb} was stored, and what became of it is not known: ${thrownText(error)}`, error);
  }
}

/** Each request leads to one row, of a refusal as well. */
function rowOf(
  { verb, by }: RolloutRequest,
  { decisions }: RolloutStatus,
  before: ReadonlySet<string>,
): RolloutDecision | undefined {
  return decisions.find((row) => row.decision === verb && row.by === by && !before.has(JSON.stringify(row)));
}

function answer(
  { verb }: RolloutRequest,
  row: RolloutDecision | undefined,
  status: RolloutStatus | null,
): string {
  if (row === undefined) return `${verb}: the rollout is ${status?.phase}`;
  if (row.reason.startsWith('refused:')) {
    throw new PerfMetricsError('PERF_ROLLOUT_REFUSED', `${verb} ${row.reason}`);
  }
  return `${verb}: ${row.reason}`;
}

function whatElse(latest: RolloutRequest | null): string {
  return latest === null
    ? 'the request was deleted, or the rollout began anew after it; ask again'
    : `${latest.by} has asked to ${latest.verb} since`;
}
