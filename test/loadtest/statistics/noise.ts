import { type Block, CONDITIONS, type Condition } from '../../../loadtest/phases.ts';
import type { Random } from '../../../loadtest/statistics/random.ts';

/** Of one pair of blocks, as they vary on two cores that others use, too. */
export const DEVIATION = 0.035;

export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Mean 0, standard deviation 1 but for the outliers. */
export type Noise = (random: Random) => number;

export function draw(count: number, random: Random, noise: Noise = normal): number[] {
  return Array.from({ length: count }, () => noise(random));
}

export function block(set: number, condition: Condition, micros: number): Block {
  return {
    set,
    condition,
    beganAt: 0,
    endedAt: 1000,
    requests: 150,
    mainMicros: micros,
    processMicros: micros,
    workerMicros: 0,
    p50Millis: micros / 1e3,
    p99Millis: micros / 1e3,
    referenceMicros: 300,
    latencyPace: 1,
    machineBusy: 0.5,
  };
}

/** Sets of a machine that is now faster, now slower; a rate costs `effect` more than nothing. */
export function noisySets(
  count: number,
  random: Random,
  { effect, noise }: { effect: number; noise: Noise },
): Block[] {
  return Array.from({ length: count }, (_, set) => {
    const machine = 1 + 0.1 * random();
    return CONDITIONS.map((condition) => {
      const cost = condition.startsWith('off') ? 1 : 1 + effect;
      return block(set, condition, 3000 * machine * cost * (1 + 0.03 * noise(random)));
    });
  }).flat();
}
