import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Candle } from './candle.ts';
import { CandleFileError } from './candle-file.ts';
import type { EventBus } from './event-bus.ts';
import type { Random } from './random.ts';
import { WINDOW_BARS } from './strategy.ts';
import type { Topics } from './topics.ts';
import { newTrace } from './trace.ts';

/** After a stall the feed catches up on what it missed, but on no more than this. */
const MAX_CATCH_UP_MILLIS = 1000;
const FULL_QUEUE_MILLIS = 10;

export interface DataCollectorParts {
  readonly symbol: string;
  readonly candles: readonly Candle[];
  /** Candles per second. */
  readonly rate: number;
  readonly bus: EventBus<Topics>;
  /** Where trace ids come from. */
  readonly random: Random;
  /** Whether the pipeline takes one more candle; the feed pauses while it does not. */
  readonly hasRoom: () => boolean;
}

/**
 * The market data feed: publishes recorded candles at a steady rate and starts over at their end. Each pass opens a new
 * session whose history is the first trading year, so that the first candle published already has a whole window.
 */
export class DataCollector {
  readonly #parts: DataCollectorParts;
  #published = 0;

  /** @throws CandleFileError when there are too few candles to fill the window. */
  constructor(parts: DataCollectorParts) {
    if (parts.candles.length <= WINDOW_BARS) {
      throw new CandleFileError(
        `${parts.candles.length} candles are too few: the strategy needs more than ${WINDOW_BARS}.`,
      );
    }
    this.#parts = parts;
  }

  /** Candles published so far. */
  get published(): number {
    return this.#published;
  }

  /** Opens a session without replaying anything: for candles that arrive by other ways. */
  async openSession(): Promise<void> {
    const { bus, symbol, candles } = this.#parts;
    await bus.publish('session', { symbol, history: candles.slice(0, WINDOW_BARS) });
  }

  /** Replays until `stop` is aborted, or `limit` candles were published. Never rejects. */
  async run(stop: AbortSignal, limit = Number.POSITIVE_INFINITY): Promise<void> {
    const { bus, symbol, candles, random, rate } = this.#parts;
    let due = performance.now();
    let bar = WINDOW_BARS;
    while (this.#published < limit) {
      due = await this.#waitUntil(due, stop);
      if (stop.aborted) return;
      if (bar === WINDOW_BARS) await this.openSession();
      await bus.publish('candle', { symbol, candle: candles[bar], trace: newTrace(random) });
      this.#published++;
      bar = bar + 1 < candles.length ? bar + 1 : WINDOW_BARS;
      due += 1000 / rate;
    }
  }

  /** Returns when the candle was due: `due`, or later when the feed gave up on catching up. */
  async #waitUntil(due: number, stop: AbortSignal): Promise<number> {
    await pause(due - performance.now(), stop);
    while (!this.#parts.hasRoom() && !stop.aborted) await pause(FULL_QUEUE_MILLIS, stop);
    return Math.max(due, performance.now() - MAX_CATCH_UP_MILLIS);
  }
}

/** At least one turn of the event loop, also when the feed is late. */
async function pause(delayMillis: number, stop: AbortSignal): Promise<void> {
  try {
    if (delayMillis > 0) await sleep(delayMillis, undefined, { signal: stop });
    else await nextTurn();
  } catch {
    // Aborted: the caller looks at `stop` itself.
  }
}
