import { beforeAll, describe, expect, it } from 'vitest';
import { RollingBacktest } from '../../src/demo/backtest.ts';
import type { Candle } from '../../src/demo/candle.ts';
import { readRecordedCandles } from '../../src/demo/candle-file.ts';
import { Faults } from '../../src/demo/faults.ts';
import { BootstrapForecast } from '../../src/demo/forecast.ts';
import { Random } from '../../src/demo/random.ts';
import { newAnalysis, Strategy, WINDOW_BARS } from '../../src/demo/strategy.ts';
import { TRACE_BYTES } from '../../src/demo/trace.ts';

const TRACE = new Uint8Array(TRACE_BYTES).fill(1);
let candles: readonly Candle[] = [];
beforeAll(async () => {
  candles = (await readRecordedCandles()).candles;
});

const newStrategy = (seed = 1): Strategy =>
  new Strategy('SPX', 1, newAnalysis(), new Random(seed, 'strategy'), new Faults());

/** A price that grows by these logarithmic returns. */
const pricesOf = (returns: readonly number[]): Float64Array => {
  let price = 100;
  return Float64Array.from([0, ...returns], (change) => {
    price *= Math.exp(change);
    return price;
  });
};

describe('Strategy', () => {
  it('asks for nothing until its window is full, and then on every bar', () => {
    const strategy = newStrategy();
    const signals = candles.slice(0, WINDOW_BARS + 5).map((candle) => strategy.onCandle(candle, TRACE));
    const warming = signals.slice(0, WINDOW_BARS - 1);
    expect(warming.every(({ action, exposure }) => action === 'warming_up' && exposure === null)).toBe(true);
    for (const { exposure, reasons, barsSeen } of signals.slice(WINDOW_BARS - 1)) {
      expect(Math.abs(exposure ?? 2)).toBeLessThanOrEqual(1);
      expect(reasons?.backtest.rules).toBe(400);
      expect(barsSeen).toBe(WINDOW_BARS);
    }
  });

  it('depends on its window alone: a restart with the same bars continues as the whole past does', () => {
    const [whole, restarted] = [newStrategy(), newStrategy()];
    for (const candle of candles.slice(0, 300 + WINDOW_BARS)) restarted.onCandle(candle, TRACE);
    restarted.restart(candles.slice(1000, 1000 + WINDOW_BARS));
    whole.restart(candles.slice(1000, 1000 + WINDOW_BARS));
    const next = candles[1000 + WINDOW_BARS] as Candle;
    const a = whole.onCandle(next, TRACE).reasons;
    const b = restarted.onCandle(next, TRACE).reasons;
    expect(b).toEqual({ ...a, forecast: expect.anything() });
  });

  it('goes long in a steady rise and short in a steady fall', () => {
    const trend = (direction: 1 | -1): Candle[] =>
      Array.from({ length: WINDOW_BARS }, (_, i) => {
        const close = 1000 * Math.exp(direction * 0.002 * i + 0.004 * Math.sin(i * 2.1));
        return { date: '2000-01-03', open: close, high: close * 1.003, low: close * 0.997, close, volume: 1 };
      });
    const last = (bars: Candle[]) => bars.map((bar) => strategy.onCandle(bar, TRACE)).at(-1)?.action;
    let strategy = newStrategy();
    expect(last(trend(1))).toBe('long');
    strategy = newStrategy();
    expect(last(trend(-1))).toBe('short');
  });
});

describe('RollingBacktest', () => {
  const returns = Float64Array.from(
    { length: 251 },
    (_, i) => 0.01 * Math.sin(i / 15) + 0.001 * Math.cos(i * 3.3),
  );
  const closes = pricesOf([...returns]);

  it('finds a rule that earns on long swings, and is on its side', () => {
    const { best, vote } = new RollingBacktest().run(closes, returns);
    expect(best.sharpe).toBeGreaterThan(1);
    expect(Math.abs(vote)).toBeLessThanOrEqual(1);
  });

  it('gives the same when it is reused, also after a window of another length', () => {
    const backtest = new RollingBacktest();
    const first = backtest.run(closes, returns);
    backtest.run(closes.slice(50), returns.slice(50));
    expect(backtest.run(closes, returns)).toEqual(first);
  });

  it('has no opinion on a price that stands still', () => {
    const flat = new RollingBacktest().run(new Float64Array(252).fill(100), new Float64Array(251));
    expect(flat).toMatchObject({ vote: 0, best: { sharpe: 0 } });
  });
});

describe('BootstrapForecast', () => {
  it('gives back a constant return, multiplied by the horizon', () => {
    const forecast = new BootstrapForecast({ paths: 100, horizonBars: 20 }).run(
      new Float64Array(250).fill(0.01),
      new Random(1, 'x'),
    );
    expect(forecast.probabilityOfGain).toBe(1);
    for (const value of [forecast.p5, forecast.median, forecast.p95]) expect(value).toBeCloseTo(0.2, 10);
  });

  it("agrees with the central limit theorem: the sum's mean is 20 times, its spread about sqrt(20) times that of one", () => {
    const random = new Random(5, 'returns');
    const returns = Float64Array.from({ length: 200_000 }, () => 0.01 * random.normal());
    const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
    const forecast = new BootstrapForecast({ paths: 20_000, horizonBars: 20 }).run(
      returns,
      new Random(1, 'x'),
    );
    const spread = 0.01 * Math.sqrt(20);
    expect(Math.abs(forecast.median - 20 * mean)).toBeLessThan(0.05 * spread);
    expect(Math.abs((forecast.p95 - forecast.p5) / (2 * 1.645 * spread) - 1)).toBeLessThan(0.03);
  });
});
