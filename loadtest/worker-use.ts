import { setTimeout as delay } from 'node:timers/promises';
import { optionsOf, type RawBlock } from './blocks.ts';
import type { DemoService } from './demo-service.ts';
import { startK6 } from './k6.ts';
import { CONDITIONS, type Condition, type WorkerSteady, type WorkerUse } from './phases.ts';

/** The two shorter windows are full, or empty; nothing leaves the longest one before it is a minute old. */
const SETTLING_SECONDS = 6;
/** All windows are. */
const SETTLING_ALL_SECONDS = 66;
const READING_SECONDS = 9;

/** How long `workerAtFirst` takes. */
export const FIRST_WORKER_SECONDS = 2 * (SETTLING_SECONDS + READING_SECONDS + 1);
/** How long `workerAtLast` takes. */
export const LAST_WORKER_SECONDS = 4 * (SETTLING_ALL_SECONDS + READING_SECONDS);

/**
 * CPU time of the worker thread per request under steady conditions, before the first block: at 100 %, which is taken for the lower rates,
 * too, then with measuring off, each for seconds. Everything must have been on for less than half a minute.
 */
export async function workerAtFirst(demo: DemoService, directory: string): Promise<WorkerSteady> {
  const k6 = startK6('overhead', {
    directory,
    name: 'worker',
    target: demo.url,
    environment: { DURATION: `${FIRST_WORKER_SECONDS}s` },
  });
  const full = await steadyMicros(demo, '100', SETTLING_SECONDS);
  const off = await steadyMicros(demo, 'off', SETTLING_SECONDS);
  k6.stop();
  await k6.result;
  return { off, '10': full, '50': full, '100': full };
}

/** The same after the last block, while k6 goes on, each condition for more than a minute. */
export async function workerAtLast(demo: DemoService): Promise<WorkerSteady> {
  return {
    '100': await steadyMicros(demo, '100', SETTLING_ALL_SECONDS),
    '50': await steadyMicros(demo, '50', SETTLING_ALL_SECONDS),
    '10': await steadyMicros(demo, '10', SETTLING_ALL_SECONDS),
    off: await steadyMicros(demo, 'off', SETTLING_ALL_SECONDS),
  };
}

async function steadyMicros(demo: DemoService, condition: Condition, settling: number): Promise<number> {
  await demo.setOptions(optionsOf(condition));
  await delay(settling * 1e3);
  const [before, microsBefore] = [await demo.probe(), demo.workerMicros()];
  await delay(READING_SECONDS * 1e3);
  const [after, microsAfter] = [await demo.probe(), demo.workerMicros()];
  return (microsAfter - microsBefore) / (after.requests - before.requests);
}

/** `steady` beside what the blocks themselves say; null where the system tells neither. */
export function workerUse(raw: readonly RawBlock[], steady: WorkerSteady): WorkerUse | null {
  if (Number.isNaN(steady.off)) return null;
  const blocks: Partial<Record<Condition, number>> = {};
  for (const condition of CONDITIONS) {
    const of = raw.filter((block) => block.condition === condition);
    if (of.length === 0) continue;
    const requests = of.reduce((sum, { begin, end }) => sum + end.requests - begin.requests, 0);
    blocks[condition] = of.reduce((sum, block) => sum + block.workerMicros, 0) / requests;
  }
  return { steady, blocks };
}
