import type { Candle } from './candle.ts';
import { Faults } from './faults.ts';
import { Random } from './random.ts';
import { newAnalysis, Strategy, WINDOW_BARS } from './strategy.ts';

const SIGNALS = 60;

/**
 * Computes some signals and forgets them, so that V8 has optimised the strategy before anything is measured: the first ones
 * take three times as long, which would break the SLA of every start. To be called before there is a collector.
 */
export function warmUp(candles: readonly Candle[], seed: number): void {
  const strategy = new Strategy('warm-up', 0, newAnalysis(), new Random(seed, 'warm-up'), new Faults());
  strategy.restart(candles.slice(0, WINDOW_BARS));
  for (const candle of candles.slice(WINDOW_BARS, WINDOW_BARS + SIGNALS)) {
    strategy.onCandle(candle, new Uint8Array(16));
  }
}
