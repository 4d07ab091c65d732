import { describe, expect, it } from 'vitest';
import { atr, bollinger, ema, macd, regression, rsi } from '../../src/demo/indicators.ts';

const prices = (...values: number[]): Float64Array => Float64Array.from(values);

/** The closes of StockCharts' ChartSchool example "Relative Strength Index (RSI)". */
const CHART_SCHOOL = prices(
  44.3389,
  44.0902,
  44.1497,
  43.6124,
  44.3278,
  44.8264,
  45.0955,
  45.4245,
  45.8433,
  46.0826,
  45.8931,
  46.0328,
  45.614,
  46.282,
  46.282,
  46.0028,
  46.0328,
  46.4116,
);

/** A price that swings, with no pattern that an indicator could be right about by chance. */
const SWINGING = Float64Array.from(
  { length: 120 },
  (_, i) => 100 + 7 * Math.sin(i / 5) + 3 * Math.cos(i * 1.7) + i / 20,
);

describe('ema', () => {
  it('is the plain mean of the first period, then moves by 2 / (period + 1) of the difference', () => {
    const [a, b, c, d, e] = ema(prices(2, 4, 6, 12, 4), 3);
    expect([a, b]).toEqual([Number.NaN, Number.NaN]);
    expect([c, d, e]).toEqual([4, 8, 6]);
  });

  it('equals the weighted sum written out', () => {
    const period = 10;
    const keep = 1 - 2 / (period + 1);
    const seed = SWINGING.subarray(0, period).reduce((sum, value) => sum + value, 0) / period;
    const later = SWINGING.subarray(period);
    const weighted = later.reduce(
      (sum, value, i) => sum + value * (1 - keep) * keep ** (later.length - 1 - i),
      0,
    );
    expect(ema(SWINGING, period).at(-1)).toBeCloseTo(seed * keep ** later.length + weighted, 10);
  });

  it('overwrites what the given array held', () => {
    const out = Float64Array.of(9, 9, 9);
    expect(ema(prices(1, 2, 3), 2, out)).toBe(out);
    expect([...out]).toEqual([Number.NaN, 1.5, 2.5]);
  });
});

describe('rsi', () => {
  it('gives the published values', () => {
    expect(rsi(CHART_SCHOOL.subarray(0, 15), 14)).toBeCloseTo(70.53, 2);
    expect(rsi(CHART_SCHOOL.subarray(0, 16), 14)).toBeCloseTo(66.32, 2);
    expect(rsi(CHART_SCHOOL, 14)).toBeCloseTo(69.41, 2);
  });

  it('is 100 for a price that only rises, 0 for one that only falls, 50 for one that stands still', () => {
    expect(rsi(prices(1, 2, 3, 4, 5), 3)).toBe(100);
    expect(rsi(prices(5, 4, 3, 2, 1), 3)).toBe(0);
    expect(rsi(prices(3, 3, 3, 3, 3), 3)).toBe(50);
  });

  it('is NaN for a window that is too short', () => {
    expect(rsi(prices(1, 2, 3), 3)).toBeNaN();
  });
});

describe('macd', () => {
  it('is the difference of two averages, and its own average', () => {
    const fast = ema(SWINGING, 12);
    const slow = ema(SWINGING, 26);
    const differences = SWINGING.map((_, i) => fast[i] - slow[i]).slice(25);
    const { line, signal, histogram } = macd(SWINGING);
    expect(line).toBe(differences.at(-1));
    expect(signal).toBe(ema(differences, 9).at(-1));
    expect(histogram).toBe(line - signal);
  });

  it('gives values worked out by hand for short periods', () => {
    // Averages of 2: 1.5, 2.5, 5.5; of 3: -, 2, 4.5; line 0.5, 1 and its average of 2: 0.75.
    expect(macd(prices(1, 2, 3, 7), 2, 3, 2)).toEqual({
      line: expect.closeTo(5.5 - 4.5, 12),
      signal: expect.closeTo(0.75, 12),
      histogram: expect.closeTo(0.25, 12),
    });
  });
});

describe('bollinger', () => {
  it('is the mean and two population standard deviations on either side', () => {
    // Mean 5, squared deviations 9 1 1 1 0 0 4 16: variance 4.
    expect(bollinger(prices(99, 2, 4, 4, 4, 5, 5, 7, 9), 8)).toEqual({ lower: 1, middle: 5, upper: 9 });
  });
});

describe('atr', () => {
  it('averages true ranges, which include the gap from the last close', () => {
    const highs = prices(10, 12, 20, 11);
    const lows = prices(8, 11, 18, 9);
    const closes = prices(9, 11, 19, 10);
    // True ranges 3 (12 - 9), 9 (20 - 11), 10 (19 - 9); the first two averaged, the third smoothed.
    expect(atr(highs, lows, closes, 2)).toBe((6 + 10) / 2);
  });
});

describe('regression', () => {
  it('finds a straight line exactly', () => {
    const fit = regression(prices(50, 1, 3, 5, 7), 4);
    expect(fit).toEqual({ slope: 2, intercept: 1, rSquared: 1 });
  });

  it("agrees with the normal equations and with Pearson's correlation", () => {
    const y = SWINGING.subarray(-63);
    const n = y.length;
    let [sx, sy, sxx, sxy, syy] = [0, 0, 0, 0, 0];
    for (const [x, value] of y.entries()) {
      sx += x;
      sy += value;
      sxx += x * x;
      sxy += x * value;
      syy += value * value;
    }
    const slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
    const correlation = (n * sxy - sx * sy) / Math.sqrt((n * sxx - sx * sx) * (n * syy - sy * sy));
    const fit = regression(SWINGING, 63);
    expect(fit.slope).toBeCloseTo(slope, 10);
    expect(fit.intercept).toBeCloseTo((sy - slope * sx) / n, 8);
    expect(fit.rSquared).toBeCloseTo(correlation ** 2, 10);
  });

  it('explains nothing of a price that stands still', () => {
    expect(regression(prices(3, 3, 3), 3)).toEqual({ slope: 0, intercept: 3, rSquared: 0 });
  });
});
