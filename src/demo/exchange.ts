import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from './faults.ts';
import { type Fill, type Order, signOf } from './order.ts';
import { Random } from './random.ts';

/** Network round trip: lognormal with this median, within these bounds. Node's timers round it down to whole ms >= 1. */
const ROUND_TRIP = { medianMillis: 1, sigma: 0.35, minMillis: 0.5, maxMillis: 4 };
/** Units on offer at one price level: lognormal. */
const DEPTH = { medianUnits: 200, sigma: 0.7 };
/** An order walks at most this many levels of the book; the exchange cancels the rest. */
const MAX_LEVELS = 3;
const LEVEL_MILLIS = 1;
const REJECT_PROBABILITY = 0.01;
const REJECT_REASONS = ['price moved out of the band', 'instrument halted', 'throttled'] as const;

export type Answer =
  | { readonly status: 'rejected'; readonly reason: string }
  | { readonly status: 'accepted'; readonly fills: AsyncGenerator<Fill, void> };

export type Sleep = (delayMillis: number) => Promise<unknown>;

/**
 * A simulated exchange: answers after a network round trip, fills large orders in parts at worsening prices, cancels
 * what the book cannot take, and rejects one order in a hundred. Everything but the time an answer really takes follows
 * from the seed and the order of an instrument's orders.
 */
export class Exchange {
  readonly #seed: number;
  readonly #faults: Faults;
  readonly #sleep: Sleep;
  readonly #streams = new Map<string, Random>();

  constructor(seed: number, faults: Faults, sleepFor: Sleep = sleep) {
    this.#seed = seed;
    this.#faults = faults;
    this.#sleep = sleepFor;
  }

  /** Resolves when the exchange has answered: one network round trip. */
  async submit(order: Order): Promise<Answer> {
    const random = this.#streamOf(order.symbol);
    const { medianMillis, sigma, minMillis, maxMillis } = ROUND_TRIP;
    const roundTripMillis = Math.min(Math.max(random.lognormal(medianMillis, sigma), minMillis), maxMillis);
    const isRejected = random.uniform() < REJECT_PROBABILITY;
    const reason = REJECT_REASONS[random.uint32() % REJECT_REASONS.length];
    const fills = match(order, random);

    await this.#sleep(roundTripMillis);
    await this.#faults.wait('exchange_round_trip');
    return isRejected ? { status: 'rejected', reason } : { status: 'accepted', fills: this.#report(fills) };
  }

  /** The first fill comes with the answer, each further one after a moment. */
  async *#report(fills: readonly Fill[]): AsyncGenerator<Fill, void> {
    for (const [level, fill] of fills.entries()) {
      if (level > 0) await this.#sleep(LEVEL_MILLIS);
      yield fill;
    }
  }

  #streamOf(symbol: string): Random {
    const stream = this.#streams.get(symbol) ?? new Random(this.#seed, `exchange ${symbol}`);
    this.#streams.set(symbol, stream);
    return stream;
  }
}

/**
 * Walks the book level by level. Half a spread away from the decision's price at the first, a step worse at each further
 * one, both in proportion to the bar's range; and the market has moved a little, either way, since the decision.
 */
function match(order: Order, random: Random): Fill[] {
  const halfSpreadBps = 0.2 + 0.004 * order.rangeBps;
  const stepBps = 0.1 + 0.006 * order.rangeBps;
  const driftBps = 0.002 * order.rangeBps * random.normal();
  const fills: Fill[] = [];
  let rest = order.quantity;
  for (let level = 0; level < MAX_LEVELS && rest > 0; level++) {
    const onOffer = Math.max(1, Math.round(random.lognormal(DEPTH.medianUnits, DEPTH.sigma)));
    const quantity = Math.min(rest, onOffer);
    const worseBps = halfSpreadBps + level * stepBps + driftBps;
    const price = order.price * (1 + (signOf(order.side) * worseBps) / 1e4);
    fills.push({ orderId: order.id, symbol: order.symbol, side: order.side, quantity, price });
    rest -= quantity;
  }
  return fills;
}
