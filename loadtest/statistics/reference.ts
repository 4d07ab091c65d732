import type { Block, Condition } from '../phases.ts';

/** How far a figure follows the reference work: 1 for one that is 10 % higher where that is. */
export interface Slopes {
  readonly mainMicros: number;
  readonly processMicros: number;
  readonly p50Millis: number;
}

const KEYS = ['mainMicros', 'processMicros', 'p50Millis'] as const;

/** A block's figures as ratios of the means of its set, less 1. */
interface Deviation extends Slopes {
  readonly condition: Condition;
  readonly reference: number;
}

/**
 * Takes out of each block what the machine did to it, as far as the reference work tells: this costs the same under every condition, so
 * where it took more than in the rest of its set, the machine was slower. By how much each figure follows it is the slope of a
 * regression over all blocks, less the means of conditions and sets (a control variate: Owen, Monte Carlo theory, methods and
 * examples, 2013, §8.9; in experiments called CUPED: Deng et al., WSDM 2013). Latencies all follow as their median does.
 *
 * Differences between conditions stay: they are in no set's mean, and the reference work does not know of them.
 */
export function levelled(blocks: readonly Block[]): { blocks: Block[]; slopes: Slopes } {
  const sets = new Map<number, Block[]>();
  for (const block of blocks) sets.set(block.set, [...(sets.get(block.set) ?? []), block]);
  const deviations = [...sets.values()].flatMap(deviationsOf);
  const slopes = slopesOf(deviations);
  return {
    slopes,
    blocks: [...sets.values()].flatMap((set) => {
      const found = deviationsOf(set);
      return set.map((block, i): Block => {
        const by = found[i]?.reference ?? Number.NaN;
        if (!Number.isFinite(by)) return block;
        const pace = 1 + slopes.p50Millis * by;
        return {
          ...block,
          mainMicros: block.mainMicros / (1 + slopes.mainMicros * by),
          processMicros: block.processMicros / (1 + slopes.processMicros * by),
          p50Millis: block.p50Millis / pace,
          p99Millis: block.p99Millis / pace,
          latencyPace: pace,
        };
      });
    }),
  };
}

function deviationsOf(set: readonly Block[]): Deviation[] {
  const of = (value: (block: Block) => number): number[] => {
    const known = set.map(value).filter(Number.isFinite);
    const mean = known.reduce((sum, one) => sum + one, 0) / known.length;
    return set.map((block) => value(block) / mean - 1);
  };
  const reference = of(({ referenceMicros }) => referenceMicros);
  const [main, whole, p50] = KEYS.map((key) => of((block) => block[key]));
  return set.map(({ condition }, i) => ({
    condition,
    reference: reference[i] ?? Number.NaN,
    mainMicros: main?.[i] ?? Number.NaN,
    processMicros: whole?.[i] ?? Number.NaN,
    p50Millis: p50?.[i] ?? Number.NaN,
  }));
}

function slopesOf(deviations: readonly Deviation[]): Slopes {
  const whole = deviations.filter((one) =>
    [one.reference, ...KEYS.map((key) => one[key])].every(Number.isFinite),
  );
  const byCondition = new Map<Condition, Deviation[]>();
  for (const one of whole) byCondition.set(one.condition, [...(byCondition.get(one.condition) ?? []), one]);
  const slope = (key: (typeof KEYS)[number]): number => {
    let [products, squares] = [0, 0];
    for (const of of byCondition.values()) {
      const x = mean(of.map(({ reference }) => reference));
      const y = mean(of.map((one) => one[key]));
      for (const one of of) {
        products += (one.reference - x) * (one[key] - y);
        squares += (one.reference - x) ** 2;
      }
    }
    return squares === 0 ? 0 : products / squares;
  };
  return {
    mainMicros: slope('mainMicros'),
    processMicros: slope('processMicros'),
    p50Millis: slope('p50Millis'),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
