import { describe, expect, it } from 'vitest';
import { type Block, CONDITIONS } from '../../../loadtest/phases.ts';
import { meanAndError, meanInterval } from '../../../loadtest/statistics/bootstrap.ts';
import { pairedDifferences } from '../../../loadtest/statistics/pairing.ts';
import { type Random, seededRandom } from '../../../loadtest/statistics/random.ts';
import { levelled } from '../../../loadtest/statistics/reference.ts';
import { block, normal } from './noise.ts';

const COST = 0.02;

interface Machine {
  readonly sets?: number;
  /** What others do to a block, to the reference work as well; as a ratio. */
  readonly shared?: number;
  /** How much more of it the blocks' own work feels. */
  readonly slope?: number;
  /** What else happens to a block, and to its reference work. */
  readonly own?: number;
}

/** Every rate costs 2 % more than nothing. */
function run(random: Random, { sets = 40, shared = 0.05, slope = 1, own = 0.01 }: Machine = {}): Block[] {
  return Array.from({ length: sets }, (_, set) =>
    CONDITIONS.map((condition) => {
      const by = shared * normal(random);
      const cost = condition.startsWith('off') ? 1 : 1 + COST;
      const pace = (1 + slope * by) * (1 + own * normal(random));
      const referenceMicros = 300 * (1 + by) * (1 + (own / 2) * normal(random));
      return { ...block(set, condition, 3000 * cost * pace), referenceMicros };
    }),
  ).flat();
}

function spread(blocks: readonly Block[]): number {
  return meanAndError(pairedDifferences(blocks, '100', 'cpu_process')).error;
}

describe('the reference work', () => {
  it.each([0.7, 1, 1.3])(
    'takes out what others do to a block, of which its work feels %d times as much',
    (slope) => {
      const blocks = run(seededRandom(1), { sets: 200, slope });
      const { blocks: level, slopes } = levelled(blocks);
      expect(slopes.mainMicros).toBeCloseTo(slope, 1);
      expect(slopes.p50Millis).toBeCloseTo(slope, 1);
      expect(spread(level)).toBeLessThan(spread(blocks) / 2.5);
    },
  );

  it('leaves what a condition costs', () => {
    const { blocks } = levelled(run(seededRandom(2), { sets: 1000 }));
    const { mean, error } = meanAndError(pairedDifferences(blocks, '100', 'cpu_main'));
    expect(Math.abs(mean - COST)).toBeLessThan(4 * error);
    expect(error).toBeLessThan(0.0006);
  });

  it('makes nothing worse that does not follow it', () => {
    const blocks = run(seededRandom(3), { slope: 0, own: 0.03 });
    expect(spread(levelled(blocks).blocks)).toBeLessThan(1.1 * spread(blocks));
  });

  it('changes nothing where it is always the same, or unknown', () => {
    for (const referenceMicros of [300, Number.NaN]) {
      const blocks = run(seededRandom(4)).map((one) => ({ ...one, referenceMicros }));
      expect(levelled(blocks).blocks.map(({ mainMicros }) => mainMicros)).toEqual(
        blocks.map(({ mainMicros }) => mainMicros),
      );
    }
  });

  it('divides latencies by as much as their median', () => {
    const blocks = run(seededRandom(5));
    for (const [i, { latencyPace, p50Millis, p99Millis }] of levelled(blocks).blocks.entries()) {
      expect(p50Millis * latencyPace).toBeCloseTo(blocks[i]?.p50Millis ?? 0, 9);
      expect(p99Millis * latencyPace).toBeCloseTo(blocks[i]?.p99Millis ?? 0, 9);
    }
  });

  it('keeps intervals that hold the truth 93 to 97 times in a hundred', () => {
    const random = seededRandom(6);
    const runs = 1000;
    let held = 0;
    for (let seed = 0; seed < runs; seed++) {
      const { blocks } = levelled(run(random));
      const options = { confidence: 0.95, seed, resamples: 399 };
      const { low, high } = meanInterval(pairedDifferences(blocks, '100', 'cpu_process'), options);
      if (low <= COST && high >= COST) held++;
    }
    expect(held / runs).toBeGreaterThanOrEqual(0.93);
    expect(held / runs).toBeLessThanOrEqual(0.97);
  });
});
