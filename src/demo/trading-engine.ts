import { setImmediate as nextTurn } from 'node:timers/promises';
import { EventID, type MetricsCollector, measureAsync } from '../index.ts';
import type { EventBus, OnError } from './event-bus.ts';
import type { Exchange } from './exchange.ts';
import type { Faults } from './faults.ts';
import { OrderExecutor } from './order-executor.ts';
import { Portfolio } from './portfolio.ts';
import { Random } from './random.ts';
import { newAnalysis, Strategy } from './strategy.ts';
import type { Decision, MarketEvent, Session, Topics } from './topics.ts';

export const INITIAL_CASH = 1_000_000;
/** Each instrument holds memory and a label's value, so their number is limited. */
export const MAX_SYMBOLS = 64;
/** Candles waiting; the feed pauses, and the service says 503, beyond. */
export const MAX_QUEUED_CANDLES = 256;

export interface EngineParts {
  readonly collector: MetricsCollector;
  readonly bus: EventBus<Topics>;
  readonly exchange: Exchange;
  readonly faults: Faults;
  readonly seed: number;
  readonly onError: OnError;
}

/** One instrument: its candles are processed in order, one at a time, beside those of other instruments. */
interface Lane {
  readonly symbolId: number;
  readonly strategy: Strategy;
  portfolio: Portfolio;
  readonly waiting: (() => Promise<void>)[];
  isRunning: boolean;
}

/** Takes candles from the bus, runs Strategy and OrderExecutor on them, and keeps the portfolios. */
export class TradingEngine {
  readonly #parts: EngineParts;
  readonly #executor: OrderExecutor;
  readonly #analysis = newAnalysis();
  readonly #lanes = new Map<string, Lane>();
  #idle = Promise.withResolvers<void>();
  #pending = 0;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    const { collector, bus, exchange, faults } = parts;
    this.#executor = new OrderExecutor(collector, bus, exchange, faults);
    this.#idle.resolve();
    bus.subscribe('candle', (event) => this.#enqueue(event));
    bus.subscribe('session', (session) => this.#restart(session));
    bus.subscribe('fill', (fill) => this.#laneOf(fill.symbol).portfolio.book(fill));
  }

  /** Candles that wait for their turn. */
  get queued(): number {
    let queued = 0;
    for (const lane of this.#lanes.values()) queued += lane.waiting.length;
    return queued;
  }

  get hasRoom(): boolean {
    return this.queued < MAX_QUEUED_CANDLES;
  }

  get historyBytes(): number {
    let bytes = 0;
    for (const lane of this.#lanes.values()) bytes += lane.strategy.historyBytes;
    return bytes;
  }

  /** Whether candles of this instrument are taken: those known are, and new ones while there is room. */
  accepts(symbol: string): boolean {
    return this.#lanes.has(symbol) || this.#lanes.size < MAX_SYMBOLS;
  }

  /** The account of an instrument; `undefined` before its first candle. */
  portfolio(symbol: string): Portfolio | undefined {
    return this.#lanes.get(symbol)?.portfolio;
  }

  /** Resolves when no candle is waiting or being processed. */
  idle(): Promise<void> {
    return this.#idle.promise;
  }

  @measureAsync(EventID.CANDLE_PROCESSING)
  protected async processCandle(lane: Lane, { candle, trace }: MarketEvent): Promise<Decision> {
    await this.#parts.faults.wait('candle_processing');
    const signal = lane.strategy.onCandle(candle, trace);
    await this.#parts.bus.publish('signal', signal);
    const order = await this.#executor.execute(signal, lane.portfolio, lane.symbolId, trace);
    if (order !== null) await this.#parts.bus.publish('order', order);
    return { signal, order };
  }

  #enqueue(event: MarketEvent): void {
    const lane = this.#laneOf(event.symbol);
    this.#push(lane, async () => {
      try {
        const decision = await this.processCandle(lane, event);
        event.reply?.(decision);
      } catch (error) {
        event.reply?.(error instanceof Error ? error : new Error(String(error)));
        this.#parts.onError(error, 'candle');
      }
    });
  }

  #restart({ symbol, history }: Session): void {
    const lane = this.#laneOf(symbol);
    this.#push(lane, async () => {
      lane.portfolio = new Portfolio(INITIAL_CASH);
      lane.strategy.restart(history);
    });
  }

  #push(lane: Lane, work: () => Promise<void>): void {
    lane.waiting.push(work);
    if (this.#pending++ === 0) this.#idle = Promise.withResolvers<void>();
    if (!lane.isRunning) void this.#run(lane);
  }

  async #run(lane: Lane): Promise<void> {
    lane.isRunning = true;
    for (;;) {
      // A turn of the event loop between two candles: timers and requests are served, and the bus is not held up.
      await nextTurn();
      const work = lane.waiting.shift();
      if (work === undefined) break;
      await work();
      if (--this.#pending === 0) this.#idle.resolve();
    }
    lane.isRunning = false;
  }

  #laneOf(symbol: string): Lane {
    const known = this.#lanes.get(symbol);
    if (known !== undefined) return known;
    if (!this.accepts(symbol))
      throw new Error(`At most ${MAX_SYMBOLS} instruments are traded; ${symbol} is one too many.`);
    const { collector, faults, seed } = this.#parts;
    const symbolId = collector.symbol(symbol);
    const random = new Random(seed, `strategy ${symbol}`);
    const strategy = new Strategy(symbol, symbolId, this.#analysis, random, faults);
    const portfolio = new Portfolio(INITIAL_CASH);
    const lane = { symbolId, strategy, portfolio, waiting: [], isRunning: false };
    this.#lanes.set(symbol, lane);
    return lane;
  }
}
