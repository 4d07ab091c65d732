import { EventID, measure } from '../index.ts';
import { type BacktestResult, RollingBacktest } from './backtest.ts';
import type { Candle } from './candle.ts';
import type { Faults } from './faults.ts';
import { BootstrapForecast, type Forecast } from './forecast.ts';
import { atr, bollinger, macd, regression, rsi } from './indicators.ts';
import { PriceHistory } from './price-history.ts';
import type { Random } from './random.ts';

/** One trading year: the bars that a signal is computed from. */
export const WINDOW_BARS = 252;
/** Daily range, as a ratio of the price, up to which the whole exposure is taken. */
const CALM_RANGE = 0.012;

export interface Signal {
  readonly symbol: string;
  readonly date: string;
  readonly price: number;
  readonly rangeBps: number;
  readonly action: 'long' | 'short' | 'flat' | 'warming_up';
  /** Share of the equity to hold: -1 (all short) to 1 (all long); `null` while the window fills. */
  readonly exposure: number | null;
  readonly barsSeen: number;
  readonly reasons: Reasons | null;
}

/** What the exposure was computed from. */
export interface Reasons {
  readonly rsi: number;
  readonly macdHistogram: number;
  readonly bandPosition: number;
  readonly atr: number;
  readonly trendSlope: number;
  readonly trendFit: number;
  readonly backtest: BacktestResult;
  readonly forecast: Forecast;
}

/** Scratch memory that the strategies of all instruments share: a signal is computed in one go. */
export interface Analysis {
  readonly backtest: RollingBacktest;
  readonly forecast: BootstrapForecast;
}

export function newAnalysis(): Analysis {
  return { backtest: new RollingBacktest(), forecast: new BootstrapForecast() };
}

/** Turns the candles of one instrument into a target exposure, a bar at a time. */
export class Strategy {
  readonly #symbol: string;
  readonly #symbolId: number;
  readonly #history = new PriceHistory(WINDOW_BARS);
  readonly #analysis: Analysis;
  readonly #random: Random;
  readonly #faults: Faults;

  constructor(symbol: string, symbolId: number, analysis: Analysis, random: Random, faults: Faults) {
    this.#symbol = symbol;
    this.#symbolId = symbolId;
    this.#analysis = analysis;
    this.#random = random;
    this.#faults = faults;
  }

  get historyBytes(): number {
    return this.#history.bytes;
  }

  /** Forgets the window and fills it anew. */
  restart(candles: readonly Candle[]): void {
    this.#history.clear();
    for (const candle of candles) this.#history.append(candle);
  }

  onCandle(candle: Candle, trace: Uint8Array): Signal {
    using span = measure(EventID.SIGNAL_GENERATION);
    span.symbol = this.#symbolId;
    span.trace = trace;
    try {
      this.#history.append(candle);
      const signal = this.#decide(candle);
      this.#faults.burn('signal_generation', () => rsi(this.#history.closes, 14));
      return signal;
    } catch (error) {
      span.fail();
      throw error;
    }
  }

  #decide(candle: Candle): Signal {
    const reasons = this.#history.isFull ? this.#analyse(candle.close) : null;
    const exposure = reasons === null ? null : exposureFor(reasons, candle.close);
    return {
      symbol: this.#symbol,
      date: candle.date,
      price: candle.close,
      rangeBps: (1e4 * (candle.high - candle.low)) / candle.close,
      action: exposure === null ? 'warming_up' : exposure > 0 ? 'long' : exposure < 0 ? 'short' : 'flat',
      exposure,
      barsSeen: this.#history.length,
      reasons,
    };
  }

  #analyse(price: number): Reasons {
    const { highs, lows, closes } = this.#history;
    const logReturns = this.#history.logReturns();
    const bands = bollinger(closes);
    const width = bands.upper - bands.lower;
    const trend = regression(closes, 63);
    return {
      rsi: rsi(closes, 14),
      macdHistogram: macd(closes).histogram,
      bandPosition: width === 0 ? 0.5 : (price - bands.lower) / width,
      atr: atr(highs, lows, closes),
      trendSlope: trend.slope,
      trendFit: trend.rSquared,
      backtest: this.#analysis.backtest.run(closes, logReturns),
      forecast: this.#analysis.forecast.run(logReturns, this.#random),
    };
  }
}

/** Trend following, scaled down when the market is nervous, overstretched or the bootstrap's worst twentieth is bad. */
function exposureFor(reasons: Reasons, price: number): number {
  const { backtest, forecast } = reasons;
  const trend = Math.sign(reasons.trendSlope) * reasons.trendFit;
  const drift = 2 * forecast.probabilityOfGain - 1;
  let wanted = 0.4 * backtest.vote + 0.3 * drift + 0.2 * trend + 0.1 * Math.sign(reasons.macdHistogram);
  const overbought = reasons.rsi > 70 || reasons.bandPosition > 1;
  const oversold = reasons.rsi < 30 || reasons.bandPosition < 0;
  if ((overbought && wanted > 0) || (oversold && wanted < 0)) wanted *= 0.6;
  wanted *= Math.min(1, CALM_RANGE / (reasons.atr / price || CALM_RANGE));
  const worst = wanted > 0 ? -forecast.p5 : forecast.p95;
  if (worst > 0.1) wanted *= 0.1 / worst;
  return Math.max(-1, Math.min(1, Math.round(wanted * 100) / 100));
}
