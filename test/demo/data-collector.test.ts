import { describe, expect, it } from 'vitest';
import type { Candle } from '../../src/demo/candle.ts';
import { CandleFileError } from '../../src/demo/candle-file.ts';
import { DataCollector } from '../../src/demo/data-collector.ts';
import { EventBus } from '../../src/demo/event-bus.ts';
import { Faults } from '../../src/demo/faults.ts';
import { Random } from '../../src/demo/random.ts';
import { WINDOW_BARS } from '../../src/demo/strategy.ts';
import type { Topics } from '../../src/demo/topics.ts';
import { traceToHex } from '../../src/demo/trace.ts';

const BARS: Candle[] = Array.from({ length: WINDOW_BARS + 3 }, (_, i) => ({
  date: `bar ${i}`,
  open: 1,
  high: 1,
  low: 1,
  close: 1,
  volume: 1,
}));

function newFeed({ candles = BARS, hasRoom = (): boolean => true } = {}) {
  const bus = new EventBus<Topics>(new Faults(), (error) => {
    throw error;
  });
  const seen: string[] = [];
  const traces: string[] = [];
  bus.subscribe('session', ({ history }) => {
    seen.push(`session of ${history.length}`);
  });
  bus.subscribe('candle', ({ candle, trace }) => {
    seen.push(candle.date);
    traces.push(traceToHex(trace));
  });
  const random = new Random(1, 'traces');
  const feed = new DataCollector({
    symbol: 'SPX',
    candles,
    rate: Number.POSITIVE_INFINITY,
    bus,
    random,
    hasRoom,
  });
  return { feed, seen, traces };
}

describe('DataCollector', () => {
  it('opens a session with the first year, replays the rest, and starts over at the end', async () => {
    const { feed, seen, traces } = newFeed();
    await feed.run(new AbortController().signal, 4);
    const [first, second, third] = [0, 1, 2].map((i) => `bar ${WINDOW_BARS + i}`);
    const session = `session of ${WINDOW_BARS}`;
    expect(seen).toEqual([session, first, second, third, session, first]);
    expect(new Set(traces).size).toBe(4);
    expect(feed.published).toBe(4);
  });

  it('pauses while the pipeline has no room', async () => {
    let asked = 0;
    const { feed } = newFeed({ hasRoom: () => ++asked > 3 });
    await feed.run(new AbortController().signal, 1);
    expect(asked).toBe(4);
  });

  it('stops when told to, also while it pauses', async () => {
    const stop = new AbortController();
    const { feed, seen } = newFeed({
      hasRoom: () => {
        stop.abort();
        return false;
      },
    });
    await feed.run(stop.signal);
    expect(seen).toEqual([]);
  });

  it('refuses a file that is too short to fill the window', () => {
    expect(() => newFeed({ candles: BARS.slice(0, WINDOW_BARS) })).toThrow(CandleFileError);
  });
});
