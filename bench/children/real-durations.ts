/** How long the demo's strategy takes for each recorded candle: durations of real work. */
import { library, libraryModule } from '../library.ts';
import { answer, input } from './channel.ts';

export interface RealDurationsInput {
  readonly seconds: number;
}

/** In seconds, in the order of the candles. */
export type RealDurations = readonly number[];

type Demo = typeof import('../../src/demo/candle-file.ts') &
  typeof import('../../src/demo/faults.ts') &
  typeof import('../../src/demo/random.ts') &
  typeof import('../../src/demo/strategy.ts');

const { seconds } = input<RealDurationsInput>();
const { monotonicMillis } = await library();
const { readRecordedCandles } = await libraryModule<Demo>('demo/candle-file');
const { Faults } = await libraryModule<Demo>('demo/faults');
const { Random } = await libraryModule<Demo>('demo/random');
const { newAnalysis, Strategy, WINDOW_BARS } = await libraryModule<Demo>('demo/strategy');

const { candles } = await readRecordedCandles();
const strategy = new Strategy('SPX', 1, newAnalysis(), new Random(1, 'strategy'), new Faults());
strategy.restart(candles.slice(0, WINDOW_BARS));
const trace = new Uint8Array(16);
const durations: number[] = [];
const end = monotonicMillis() + seconds * 1e3;
for (const candle of candles.slice(WINDOW_BARS)) {
  const begun = monotonicMillis();
  if (begun > end) break;
  strategy.onCandle(candle, trace);
  durations.push((monotonicMillis() - begun) / 1e3);
}
await answer(durations satisfies RealDurations);
