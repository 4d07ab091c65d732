import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RolloutStatus } from '../src/contract/rollout.ts';
import { DemoService } from './demo-service.ts';
import { type K6Run, startK6 } from './k6.ts';
import { RATE } from './options.js';
import type { RolloutRun } from './phases.ts';
import { type RolloutPlan, rolloutPlans } from './rollout-plan.ts';
import { type Look, lookAt, mostUnderWay, stepsOf } from './rollout-steps.ts';
import { judgeRollout } from './rollout-verdict.ts';
import { RolloutWorker } from './rollout-worker.ts';

/** Of the part that runs: how much of it is done, 0 to 1, and what it does. */
export type TellRollout = (share: number, text: string) => void;

const LOOK_MILLIS = 500;
/** How long the service is looked at after the rollout has ended. */
const AFTER_END_MILLIS = 4000;

/** What both rollouts are expected to take. */
export function rolloutSeconds(isQuick: boolean): number {
  return rolloutPlans(isQuick).reduce((sum, { expectedSeconds }) => sum + expectedSeconds, 0);
}

/** One that goes through, then one whose overhead must take it back. Each has a demo, a worker and a k6 of its own. */
export async function runRollouts({
  directory,
  isQuick,
  onProgress,
}: {
  readonly directory: string;
  readonly isQuick: boolean;
  readonly onProgress: TellRollout;
}): Promise<RolloutRun[]> {
  const runs: RolloutRun[] = [];
  const total = rolloutSeconds(isQuick);
  let done = 0;
  for (const plan of rolloutPlans(isQuick)) {
    const { name, expectedSeconds } = plan;
    const tell = (seconds: number, text: string): void =>
      onProgress((done + Math.min(seconds, expectedSeconds)) / total, `${name}, ${text}`);
    runs.push(await runRollout(directory, plan, tell));
    done += expectedSeconds;
  }
  return runs;
}

async function runRollout(
  directory: string,
  plan: RolloutPlan,
  tell: (seconds: number, text: string) => void,
): Promise<RolloutRun> {
  const name = `rollout-${plan.name.replace(' ', '-')}`;
  const rolloutDirectory = join(directory, name);
  mkdirSync(rolloutDirectory);
  writeFileSync(join(rolloutDirectory, 'spec.yaml'), plan.spec);
  const demo = await DemoService.start({
    directory,
    name: `${name}-demo`,
    environment: {
      ...plan.environment,
      PERF_ENABLED: 'false',
      PERF_OPTIONS_FILE: join(rolloutDirectory, 'options.yaml'),
      PERF_INSTANCE: 'demo',
    },
  });
  let k6: K6Run | undefined;
  let worker: RolloutWorker | undefined;
  try {
    const before = await demo.probe();
    // Stopped when the rollout has ended.
    const DURATION = `${Math.ceil(plan.maxSeconds) + 60}s`;
    k6 = startK6('rollout', { directory, name, target: demo.url, environment: { DURATION } });
    const target = demo.metricsUrl;
    worker = await RolloutWorker.start({ directory, name: `${name}-worker`, rolloutDirectory, target });
    const { status, looks } = await follow(worker, demo, plan.maxSeconds, tell);
    k6.stop();
    const { samples, ...counts } = await k6.result;
    const after = await demo.probe();
    return judgeRollout(plan, {
      status,
      steps: stepsOf(looks, samples, RATE),
      k6: counts,
      received: after.requests - before.requests,
      mostUnderWay: mostUnderWay(RATE),
    });
  } finally {
    k6?.stop();
    await Promise.all([worker?.stop(), demo.stop(), k6?.result.catch(() => undefined)]);
  }
}

/** Looks at both until the rollout has ended, and a while longer. */
async function follow(
  worker: RolloutWorker,
  demo: DemoService,
  maxSeconds: number,
  tell: (seconds: number, text: string) => void,
): Promise<{ status: RolloutStatus; looks: Look[] }> {
  const looks: Look[] = [];
  const beganAt = Date.now();
  let endedAt: number | undefined;
  for (;;) {
    await delay(LOOK_MILLIS);
    const [status, stats] = await Promise.all([worker.status(), demo.stats()]);
    looks.push(lookAt(stats));
    tell((Date.now() - beganAt) / 1e3, placeText(status));
    if (status.phase === 'complete' || status.phase === 'failed') endedAt ??= Date.now();
    const isSeen = endedAt !== undefined && Date.now() - endedAt >= AFTER_END_MILLIS;
    if (isSeen || Date.now() - beganAt > maxSeconds * 1e3) return { status, looks };
  }
}

function placeText({ phase, samplingRate }: RolloutStatus): string {
  return `${phase} at ${Math.round(samplingRate * 100)} %`;
}
