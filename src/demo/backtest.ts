import { ema } from './indicators.ts';

const FAST_PERIODS = [3, 5, 7, 9, 11, 13, 15, 18, 21, 24];
const SLOW_PERIODS = [26, 30, 34, 38, 43, 48, 54, 60, 68, 76];
/** How far apart the averages must be before a rule changes sides, as a ratio of the price. */
const BANDS = [0, 0.002, 0.005, 0.01];
/** What a change of sides costs, as a ratio of the price. */
const COST = 0.0003;
const WARMUP_BARS = 76;
const BARS_PER_YEAR = 252;

/** The best rule of the grid over the window, and what the grid as a whole says now. */
export interface BacktestResult {
  readonly rules: number;
  readonly best: {
    readonly fast: number;
    readonly slow: number;
    readonly band: number;
    readonly sharpe: number;
  };
  /** -1 (all profitable rules are short) to 1 (all are long), weighted by each rule's Sharpe ratio. */
  readonly vote: number;
}

/**
 * Replays every moving-average crossover rule of a grid of 400 over the window and lets those that would have earned
 * money vote on the present side. A walk forward: it is repeated on every bar, over the last bars only.
 */
export class RollingBacktest {
  // Used again by every run: 200 KiB a candle would otherwise be garbage.
  readonly #averages = new Map<number, Float64Array<ArrayBuffer>>();
  #spread = new Float64Array(0);

  run(closes: Float64Array, logReturns: Float64Array): BacktestResult {
    for (const period of [...FAST_PERIODS, ...SLOW_PERIODS]) {
      const out = this.#averages.get(period);
      const reusable = out?.length === closes.length ? out : new Float64Array(closes.length);
      this.#averages.set(period, ema(closes, period, reusable));
    }
    if (this.#spread.length !== closes.length) this.#spread = new Float64Array(closes.length);
    let best = { fast: 0, slow: 0, band: 0, sharpe: Number.NEGATIVE_INFINITY };
    let rules = 0;
    let weights = 0;
    let votes = 0;
    for (const fast of FAST_PERIODS) {
      for (const slow of SLOW_PERIODS) {
        const spread = spreadOf(this.#average(fast), this.#average(slow), this.#spread);
        for (const band of BANDS) {
          const { sharpe, side } = replay(spread, band, logReturns);
          rules++;
          if (sharpe > best.sharpe) best = { fast, slow, band, sharpe };
          if (sharpe > 0) {
            weights += sharpe;
            votes += sharpe * side;
          }
        }
      }
    }
    return { rules, best, vote: weights === 0 ? 0 : votes / weights };
  }

  #average(period: number): Float64Array {
    return this.#averages.get(period) ?? new Float64Array(0);
  }
}

/** By how much the fast average is above the slow one, as a ratio. */
function spreadOf(fast: Float64Array, slow: Float64Array, out: Float64Array): Float64Array {
  for (let i = 0; i < out.length; i++) out[i] = fast[i] / slow[i] - 1;
  return out;
}

/** Sharpe ratio a year of one rule, and the side it is on after the last bar. Decides on one bar, earns on the next. */
function replay(
  spread: Float64Array,
  band: number,
  logReturns: Float64Array,
): { sharpe: number; side: number } {
  let side = 0;
  let sum = 0;
  let squares = 0;
  for (let bar = WARMUP_BARS; bar < spread.length; bar++) {
    const earned = side * logReturns[bar - 1];
    const wanted = spread[bar] > band ? 1 : spread[bar] < -band ? -1 : side;
    const profit = wanted === side ? earned : earned - COST;
    side = wanted;
    sum += profit;
    squares += profit * profit;
  }
  const bars = spread.length - WARMUP_BARS;
  const mean = sum / bars;
  const variance = squares / bars - mean * mean;
  return { sharpe: variance > 0 ? (mean / Math.sqrt(variance)) * Math.sqrt(BARS_PER_YEAR) : 0, side };
}
