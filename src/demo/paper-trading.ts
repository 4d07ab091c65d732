import type { MetricsCollector } from '../index.ts';
import { EventBus } from './event-bus.ts';
import { Exchange, type Sleep } from './exchange.ts';
import { Faults } from './faults.ts';
import { Journal } from './journal.ts';
import type { Topics } from './topics.ts';
import { TradingEngine } from './trading-engine.ts';

export interface PaperTrading {
  readonly bus: EventBus<Topics>;
  readonly engine: TradingEngine;
  readonly journal: Journal;
  readonly faults: Faults;
}

export interface PaperTradingOptions {
  readonly collector: MetricsCollector;
  readonly seed: number;
  /** How the simulated exchange lets time pass; timers unless told otherwise. */
  readonly sleep?: Sleep;
  readonly onError?: (error: unknown, topic: string) => void;
}

/** Wires the bus, the engine, the exchange and the journal together. Candles published on the bus run through them. */
export function createPaperTrading({ collector, seed, sleep, onError }: PaperTradingOptions): PaperTrading {
  const faults = new Faults();
  const report = (error: unknown, topic: string): void => {
    journal.errors++;
    onError?.(error, topic);
  };
  const bus = new EventBus<Topics>(faults, report);
  const journal = new Journal(bus);
  const exchange = new Exchange(seed, faults, sleep);
  const engine = new TradingEngine({ collector, bus, exchange, faults, seed, onError: report });
  return { bus, engine, journal, faults };
}
