import type { Candle } from './candle.ts';
import type { Fill, OrderReport } from './order.ts';
import type { Signal } from './strategy.ts';

/** A candle on its way through the pipeline. */
export interface MarketEvent {
  readonly symbol: string;
  readonly candle: Candle;
  readonly trace: Uint8Array;
  /** Called once, with what the pipeline decided or with the error that stopped it. */
  readonly reply?: (decision: Decision | Error) => void;
}

/** The replay starts over: positions and history of `symbol` are forgotten, and the history refilled. */
export interface Session {
  readonly symbol: string;
  readonly history: readonly Candle[];
}

/** What came out of one candle. */
export interface Decision {
  readonly signal: Signal;
  readonly order: OrderReport | null;
}

/** Everything that travels on the event bus. */
export interface Topics {
  session: Session;
  candle: MarketEvent;
  signal: Signal;
  fill: Fill;
  order: OrderReport;
}
