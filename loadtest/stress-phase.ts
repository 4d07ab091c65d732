import type { StressResult, Verdict } from './phases.ts';
import { runLosses } from './stress-losses.ts';
import { type RampResult, runRamp } from './stress-ramp.ts';
import type { RampPlan } from './stress-seconds.ts';

/** In the order in which they are run. */
const NAMES = ['off', 'on'] as const;
const PLANS: Record<'quick' | 'full', RampPlan> = {
  quick: { ramp: 2, hold: 6, flood: 3, recovery: 3 },
  full: { ramp: 20, hold: 40, flood: 20, recovery: 20 },
};
/** Demo and k6 must start, prices must be filled in, and the sampling rate must come back. */
const AROUND_RAMP_SECONDS = 6;
const LOSSES_SECONDS = 7;

function planOf(isQuick: boolean): RampPlan {
  return PLANS[isQuick ? 'quick' : 'full'];
}

/** How long it is expected to take. */
export function stressSeconds(isQuick: boolean): number {
  const { ramp, hold, flood, recovery } = planOf(isQuick);
  return NAMES.length * (AROUND_RAMP_SECONDS + ramp + hold + flood + recovery) + LOSSES_SECONDS;
}

/** More than the demo can do: with measuring off, and on; then records are lost on purpose. */
export async function runStress({
  directory,
  isQuick,
  onProgress,
}: {
  readonly directory: string;
  readonly isQuick: boolean;
  /** How much of it is done, 0 to 1, and what it does. */
  readonly onProgress: (share: number, text: string) => void;
}): Promise<StressResult> {
  const beganAt = Date.now();
  const tell = (text: string): void =>
    onProgress(Math.min(1, (Date.now() - beganAt) / 1e3 / stressSeconds(isQuick)), text);
  const ramps: RampResult[] = [];
  for (const name of NAMES) {
    ramps.push(await runRamp({ name, directory, plan: planOf(isQuick), tell }));
  }
  tell('losing records');
  const losses = await runLosses(directory);
  return {
    verdict: judgeStress(ramps, losses.isKept),
    runs: ramps.map(({ run }) => run),
    controls: [...ramps.flatMap(({ saturation, controls }) => [saturation, ...controls]), losses],
  };
}

/** Throughput is told, not judged: on a machine that others use it says too little. */
export function judgeStress(
  ramps: readonly Pick<RampResult, 'saturation' | 'controls'>[],
  areLossesCounted: boolean,
): Extract<Verdict, 'pass' | 'fail' | 'void'> {
  const isKept = ramps.every(({ controls }) => controls.every((control) => control.isKept));
  if (!isKept || !areLossesCounted) return 'fail';
  return ramps.every(({ saturation }) => saturation.isKept) ? 'pass' : 'void';
}
