import type { Random } from './random.ts';

/** Where the price may be `horizonBars` from now, as logarithmic returns. */
export interface Forecast {
  readonly horizonBars: number;
  readonly probabilityOfGain: number;
  readonly p5: number;
  readonly median: number;
  readonly p95: number;
}

/** The mean length of a block; a power of two, so that a mask of the random bits decides whether one ends. */
const MEAN_BLOCK_BARS = 8;
const BLOCK_BITS = 3;

/**
 * Stationary bootstrap (Politis and Romano, The Stationary Bootstrap, JASA 1994): paths are made of blocks of past
 * returns whose lengths are geometric, so that runs of calm and of turbulence stay together.
 */
export class BootstrapForecast {
  readonly #horizonBars: number;
  readonly #ends: Float64Array;

  constructor({ paths = 12_000, horizonBars = 20 } = {}) {
    this.#horizonBars = horizonBars;
    this.#ends = new Float64Array(paths);
  }

  /** `logReturns` must not be empty. */
  run(logReturns: Float64Array, random: Random): Forecast {
    const ends = this.#ends;
    let gains = 0;
    for (let i = 0; i < ends.length; i++) {
      const end = this.path(logReturns, random);
      ends[i] = end;
      if (end > 0) gains++;
    }
    ends.sort();
    const at = (quantile: number): number => ends[Math.floor(quantile * (ends.length - 1))];
    return {
      horizonBars: this.#horizonBars,
      probabilityOfGain: gains / ends.length,
      p5: at(0.05),
      median: at(0.5),
      p95: at(0.95),
    };
  }

  /** The total return of one simulated path. */
  path(logReturns: Float64Array, random: Random): number {
    let total = 0;
    let index = 0;
    for (let bar = 0; bar < this.#horizonBars; bar++) {
      const bits = random.uint32();
      const startsBlock = bar === 0 || (bits & (MEAN_BLOCK_BARS - 1)) === 0;
      index = startsBlock ? (bits >>> BLOCK_BITS) % logReturns.length : index + 1;
      if (index === logReturns.length) index = 0;
      total += logReturns[index];
    }
    return total;
  }
}
