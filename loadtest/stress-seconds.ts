import type { StressRun } from './phases.ts';

/** Of a ramp of k6, in seconds from its first request. */
export interface RampPlan {
  readonly ramp: number;
  /** No more requests at a time than the demo lets wait: throughput is what is answered in this time. */
  readonly hold: number;
  /** So many more that most must be refused; and adaptive sampling has next to no budget. */
  readonly flood: number;
  readonly recovery: number;
}

export interface SamplingLook {
  readonly at: number;
  readonly samplingRate: number;
}

/** By second of the ramp: what was answered with success, and the sampling rate at its end. Times in milliseconds since 1970. */
export function bySecond(
  beganAt: number,
  seconds: number,
  answeredAt: readonly number[],
  looks: readonly SamplingLook[],
): StressRun['perSecond'] {
  const answered = new Array<number>(seconds).fill(0);
  for (const at of answeredAt) {
    const second = Math.floor((at - beganAt) / 1e3);
    if (second >= 0 && second < seconds) answered[second] = (answered[second] ?? 0) + 1;
  }
  return answered.map((count, second) => {
    const look = looks.findLast(({ at }) => at < beganAt + (second + 1) * 1e3);
    return { answered: count, samplingRate: look?.samplingRate ?? null };
  });
}

/** Answers a second while the load was held. */
export function throughputOf(
  { ramp, hold }: RampPlan,
  beganAt: number,
  answeredAt: readonly number[],
): number {
  const from = beganAt + ramp * 1e3;
  const to = from + hold * 1e3;
  return answeredAt.filter((at) => at >= from && at < to).length / hold;
}
