/**
 * `make loadtest`: what measuring costs, the sampling rollout under load, the way of an alert, and what happens beyond
 * saturation. QUICK=1: a few minutes. SEED=n: the order of the blocks. K6_TARGET=URL: k6 alone, at a service that is
 * deployed. Exit status: 0 pass, 1 fail, 2 undecided, 3 void.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ToolMissingError } from '../scripts/tools/install.ts';
import { describeMachine } from './machine.ts';
import { RATE } from './options.js';
import { overheadSeconds, runOverhead } from './overhead-phase.ts';
import type { LoadTestResult, Verdict } from './phases.ts';
import { Fatal } from './processes.ts';
import { Progress, tellBoth } from './progress.ts';
import { markdown } from './report/markdown.ts';
import { writeReport } from './report/write-report.ts';
import { rolloutSeconds, runRollouts } from './rollout-phase.ts';
import { prepareSla, slaSeconds } from './sla-phase.ts';
import { runStress, stressSeconds } from './stress-phase.ts';
import { aimAt } from './target.ts';

const EXIT: Readonly<Record<Verdict, number>> = { pass: 0, fail: 1, undecided: 2, void: 3 };
/** What goes first where several are true. */
const GRAVEST: readonly Verdict[] = ['fail', 'void', 'undecided', 'pass'];
const ROLLOUTS_AND_SLA = 'rollouts, SLA';

async function main(): Promise<Verdict> {
  const isQuick = process.env.QUICK === '1';
  const seed = seedOf(process.env.SEED);
  if (!(RATE > 0))
    throw new RangeError(`RATE must be requests a second, got ${JSON.stringify(process.env.RATE)}.`);
  const began = new Date();
  const name = began.toISOString().slice(0, 19).replaceAll(':', '-');
  const directory = join(import.meta.dirname, 'results', name);
  mkdirSync(directory, { recursive: true });
  const where = relative(process.cwd(), directory);
  console.error(`loadtest: raw data and the report go to ${where}, the order of the blocks is SEED=${seed}`);

  const progress = new Progress({
    overhead: overheadSeconds(isQuick),
    [ROLLOUTS_AND_SLA]: Math.max(rolloutSeconds(isQuick), slaSeconds(isQuick)),
    stress: stressSeconds(isQuick),
  });
  // Started first, since no alert comes about what has just started.
  const prepared = prepareSla({ directory });
  // Awaited by whoever needs it.
  prepared.catch(() => undefined);
  let rest: Pick<LoadTestResult, 'overhead' | 'rollouts' | 'sla'>;
  try {
    const overhead = await progress.part('overhead', (tell) =>
      runOverhead({ directory, isQuick, seed, others: prepared, tell }),
    );
    // The longest part is not lost with what may go wrong in the others.
    writeFileSync(join(directory, 'overhead.json'), JSON.stringify(overhead));
    // Neither compares CPU times, and the alert is mostly waited for.
    const [rollouts, sla] = await progress.part(ROLLOUTS_AND_SLA, (tell) => {
      const [tellRollouts, tellSla] = tellBoth(tell);
      return Promise.all([
        runRollouts({ directory, isQuick, onProgress: tellRollouts }),
        prepared.then((sla) => sla.run({ isQuick, onProgress: tellSla })),
      ]);
    });
    rest = { overhead, rollouts, sla };
  } finally {
    await prepared.then(
      (sla) => sla.stop(),
      () => undefined,
    );
  }
  const stress = await progress.part('stress', (onProgress) => runStress({ directory, isQuick, onProgress }));

  const verdicts = [rest.overhead, ...rest.rollouts, rest.sla, stress].map(
    (phase) => phase?.verdict ?? 'void',
  );
  const result: LoadTestResult = {
    verdict: GRAVEST.find((verdict) => verdicts.includes(verdict)) ?? 'void',
    isQuick,
    beganAt: began.getTime(),
    endedAt: Date.now(),
    machine: describeMachine(),
    ...rest,
    stress,
  };
  await writeReport(directory, result);
  console.log(markdown(result));
  console.log(`Kept in ${where}: report.html, summary.md, verdict.json, overhead.svg, and the raw data`);
  return result.verdict;
}

/** @throws RangeError with what is allowed. */
function seedOf(text: string | undefined): number {
  if (text === undefined || text === '') return Date.now() % 2 ** 32;
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  throw new RangeError(`SEED must be a whole number from 0 to ${2 ** 32 - 1}, got ${JSON.stringify(text)}.`);
}

// Ctrl-C: what was started is ended by the exit.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => process.exit(EXIT.void));

const target = process.env.K6_TARGET;
try {
  process.exitCode = target ? await aimAt(target) : EXIT[await main()];
} catch (error) {
  // Whatever went wrong, nothing was found out: that is void, not a failure of what is measured.
  const isUsers = error instanceof ToolMissingError || error instanceof RangeError || error instanceof Fatal;
  console.error(`loadtest: void: ${isUsers ? error.message : (error as Error).stack}`);
  process.exit(EXIT.void);
}
