import { EventID, type MetricsCollector, Outcome } from '../index.ts';
import { demoEvents } from './catalogue.ts';
import type { EventBus } from './event-bus.ts';
import type { Exchange } from './exchange.ts';
import type { Faults } from './faults.ts';
import { type Fill, type Order, type OrderReport, signOf } from './order.ts';
import type { Portfolio } from './portfolio.ts';
import type { Signal } from './strategy.ts';
import type { Topics } from './topics.ts';

/** Changes of position smaller than this share of the equity are not worth their cost. */
const REBALANCE_SHARE = 0.04;

/** Brings positions to the exposure that signals ask for, and measures every step with manual start and end. */
export class OrderExecutor {
  readonly #collector: MetricsCollector;
  readonly #bus: EventBus<Topics>;
  readonly #exchange: Exchange;
  readonly #faults: Faults;
  #lastOrder = 0;

  constructor(collector: MetricsCollector, bus: EventBus<Topics>, exchange: Exchange, faults: Faults) {
    this.#collector = collector;
    this.#bus = bus;
    this.#exchange = exchange;
    this.#faults = faults;
  }

  /** `null` when the signal asks for no order. Fills are published on the bus, and booked when this resolves. */
  async execute(
    signal: Signal,
    portfolio: Portfolio,
    symbolId: number,
    trace: Uint8Array,
  ): Promise<OrderReport | null> {
    const order = this.#orderFor(signal, portfolio);
    if (order === null) return null;
    const collector = this.#collector;
    const start = collector.recordStart(EventID.ORDER_EXECUTION);
    let outcome: Outcome = Outcome.ERROR;
    try {
      await this.#faults.wait('order_execution');
      const report = await this.#send(order, symbolId, trace);
      if (report.status !== 'rejected') outcome = Outcome.OK;
      return report;
    } finally {
      collector.recordEnd(EventID.ORDER_EXECUTION, start, outcome, symbolId, trace);
    }
  }

  #orderFor({ symbol, price, rangeBps, exposure }: Signal, portfolio: Portfolio): Order | null {
    const equity = portfolio.equity(price);
    if (exposure === null || equity <= 0) return null;
    const change = Math.trunc((exposure * equity) / price) - portfolio.quantity;
    if (change === 0 || Math.abs(change) * price < REBALANCE_SHARE * equity) return null;
    this.#lastOrder++;
    const side = change > 0 ? 'buy' : 'sell';
    return { id: `O-${this.#lastOrder}`, symbol, side, quantity: Math.abs(change), price, rangeBps };
  }

  async #send(order: Order, symbolId: number, trace: Uint8Array): Promise<OrderReport> {
    const collector = this.#collector;
    const { exchange_round_trip, order_fill_time, slippage } = demoEvents.id;
    const sent = collector.recordStart(exchange_round_trip);
    const filling = collector.recordStart(order_fill_time);
    const answer = await this.#exchange.submit(order);
    const isRejected = answer.status === 'rejected';
    collector.recordEnd(exchange_round_trip, sent, isRejected ? Outcome.ERROR : Outcome.OK, symbolId, trace);
    if (isRejected) return report(order, [], answer.reason);

    const fills: Fill[] = [];
    for await (const fill of answer.fills) {
      fills.push(fill);
      await this.#bus.publish('fill', fill);
    }
    collector.recordEnd(order_fill_time, filling, Outcome.OK, symbolId, trace);
    const done = report(order, fills);
    if (done.slippageBps !== null) collector.recordValue(slippage, done.slippageBps, Outcome.OK, symbolId);
    return done;
  }
}

/** Sums up what became of an order. */
export function report(order: Order, fills: readonly Fill[], reason?: string): OrderReport {
  const { id, symbol, side, quantity, price } = order;
  let filled = 0;
  let value = 0;
  for (const fill of fills) {
    filled += fill.quantity;
    value += fill.quantity * fill.price;
  }
  const averagePrice = filled === 0 ? null : value / filled;
  return {
    id,
    symbol,
    side,
    quantity,
    status: reason !== undefined ? 'rejected' : filled < quantity ? 'partly_filled' : 'filled',
    filled,
    fills: fills.length,
    averagePrice,
    slippageBps: averagePrice === null ? null : (signOf(side) * 1e4 * (averagePrice - price)) / price,
    ...(reason === undefined ? {} : { reason }),
  };
}
