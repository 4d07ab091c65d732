/**
 * Technical indicators over a window of prices, oldest first. All are pure; windows shorter than an indicator needs give
 * NaN. Definitions: J. Welles Wilder, New Concepts in Technical Trading Systems (1978) for RSI and ATR; Gerald Appel for
 * MACD; John Bollinger for the bands.
 */

/** Exponential moving average into `out`: alpha = 2 / (period + 1), seeded with the mean of the first `period` values. */
export function ema(
  values: Float64Array,
  period: number,
  out = new Float64Array(values.length),
): Float64Array<ArrayBuffer> {
  out.fill(Number.NaN);
  if (values.length < period) return out;
  let average = 0;
  for (let i = 0; i < period; i++) average += values[i] / period;
  out[period - 1] = average;
  const alpha = 2 / (period + 1);
  for (let i = period; i < values.length; i++) {
    average += alpha * (values[i] - average);
    out[i] = average;
  }
  return out;
}

/** Relative strength index of the last value, 0 to 100, with Wilder's smoothing. 50 when the price never moved. */
export function rsi(closes: Float64Array, period: number): number {
  if (closes.length <= period) return Number.NaN;
  let gain = 0;
  let loss = 0;
  for (let i = 1; i < closes.length; i++) {
    const change = closes[i] - closes[i - 1];
    // The first `period` changes are averaged plainly, the later ones smoothed.
    const keep = i <= period ? 1 : (period - 1) / period;
    gain = gain * keep + Math.max(change, 0) / period;
    loss = loss * keep + Math.max(-change, 0) / period;
  }
  return gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
}

export interface Macd {
  readonly line: number;
  readonly signal: number;
  readonly histogram: number;
}

/** Moving average convergence/divergence of the last value. */
export function macd(closes: Float64Array, fast = 12, slow = 26, smoothing = 9): Macd {
  const fastAverage = ema(closes, fast);
  const slowAverage = ema(closes, slow);
  const line = fastAverage.map((value, i) => value - slowAverage[i]).subarray(slow - 1);
  const last = line.at(-1) ?? Number.NaN;
  const signal = ema(line, smoothing).at(-1) ?? Number.NaN;
  return { line: last, signal, histogram: last - signal };
}

export interface Bollinger {
  readonly lower: number;
  readonly middle: number;
  readonly upper: number;
}

/** Bollinger bands of the last `period` values: mean -/+ `width` population standard deviations. */
export function bollinger(closes: Float64Array, period = 20, width = 2): Bollinger {
  if (closes.length < period) return { lower: Number.NaN, middle: Number.NaN, upper: Number.NaN };
  const window = closes.subarray(closes.length - period);
  let middle = 0;
  for (const close of window) middle += close / period;
  let variance = 0;
  for (const close of window) variance += (close - middle) ** 2 / period;
  const reach = width * Math.sqrt(variance);
  return { lower: middle - reach, middle, upper: middle + reach };
}

/** Average true range of the last bar, in price units, with Wilder's smoothing. */
export function atr(highs: Float64Array, lows: Float64Array, closes: Float64Array, period = 14): number {
  if (closes.length <= period) return Number.NaN;
  let average = 0;
  for (let i = 1; i < closes.length; i++) {
    const previous = closes[i - 1];
    const range = Math.max(highs[i], previous) - Math.min(lows[i], previous);
    average = i <= period ? average + range / period : (average * (period - 1) + range) / period;
  }
  return average;
}

export interface Regression {
  /** Change per bar. */
  readonly slope: number;
  readonly intercept: number;
  /** Share of the variance explained, 0 to 1. */
  readonly rSquared: number;
}

/** Least squares line through the last `period` values, at x = 0 … period - 1. */
export function regression(values: Float64Array, period: number): Regression {
  if (values.length < period) return { slope: Number.NaN, intercept: Number.NaN, rSquared: Number.NaN };
  const window = values.subarray(values.length - period);
  const meanX = (period - 1) / 2;
  let meanY = 0;
  for (const y of window) meanY += y / period;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let x = 0; x < period; x++) {
    const dx = x - meanX;
    const dy = window[x] - meanY;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  const slope = xy / xx;
  return { slope, intercept: meanY - slope * meanX, rSquared: yy === 0 ? 0 : (xy * xy) / (xx * yy) };
}
