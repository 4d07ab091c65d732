import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMillis } from '../contract/clock.ts';
import { thrownText } from '../contract/errors.ts';
import { type Check, type Finding, fault } from './check.ts';

const PAUSE_MILLIS = 1000;
const PROGRESS_MILLIS = 5000;

export interface CheckResult extends Finding {
  readonly name: string;
}

/** Names of the checks that do not hold yet, and how long it has taken. */
export type Progress = (waiting: readonly string[], seconds: number) => void;

/**
 * Looks at all checks at once, again each second at those that do not hold, until all have held or the time is up: on a
 * fresh installation nothing has been scraped yet. What is returned is the last finding of each.
 */
export async function runChecks(
  checks: readonly Check[],
  timeoutMillis: number,
  progress: Progress,
): Promise<CheckResult[]> {
  const start = monotonicMillis();
  const deadline = AbortSignal.timeout(timeoutMillis);
  const waiting = new Set(checks.map(({ name }) => name));
  const tell = setInterval(() => progress([...waiting], (monotonicMillis() - start) / 1000), PROGRESS_MILLIS);
  try {
    return await Promise.all(
      checks.map(async (check) => {
        const finding = await untilOk(check, deadline);
        waiting.delete(check.name);
        return { name: check.name, ...finding };
      }),
    );
  } finally {
    clearInterval(tell);
  }
}

/** A look that the deadline cut off has found nothing; the one before it has. */
async function untilOk(check: Check, deadline: AbortSignal): Promise<Finding> {
  let last: Finding | undefined;
  while (!deadline.aborted) {
    const finding = await check.look(deadline).catch((error: unknown) => fault(thrownText(error)));
    if (last === undefined || !deadline.aborted || finding.isOk) last = finding;
    if (finding.isOk) break;
    await delay(PAUSE_MILLIS, undefined, { signal: deadline }).catch(() => undefined);
  }
  return last ?? fault('there was no time to look');
}
