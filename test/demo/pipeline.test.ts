import { beforeAll, describe, expect, it } from 'vitest';
import type { Candle } from '../../src/demo/candle.ts';
import { readRecordedCandles } from '../../src/demo/candle-file.ts';
import { demoEvents } from '../../src/demo/catalogue.ts';
import { DataCollector } from '../../src/demo/data-collector.ts';
import type { Fill, OrderReport } from '../../src/demo/order.ts';
import { createPaperTrading } from '../../src/demo/paper-trading.ts';
import { Random } from '../../src/demo/random.ts';
import type { Signal } from '../../src/demo/strategy.ts';
import { INITIAL_CASH } from '../../src/demo/trading-engine.ts';
import { MetricsAggregator, MetricsCollector, setDefaultCollector } from '../../src/index.ts';

const CANDLES = 400;
let candles: readonly Candle[] = [];
beforeAll(async () => {
  candles = (await readRecordedCandles()).candles;
});

/** A run of the whole pipeline over recorded candles, as fast as it goes. */
async function replay(seed: number) {
  setDefaultCollector(undefined);
  const collector = new MetricsCollector({ events: demoEvents });
  const errors: unknown[] = [];
  const trading = createPaperTrading({
    collector,
    seed,
    sleep: async () => {},
    onError: (error) => errors.push(error),
  });
  const { bus, engine } = trading;
  const signals: Signal[] = [];
  const orders: OrderReport[] = [];
  const fills: Fill[] = [];
  bus.subscribe('signal', (signal) => void signals.push(signal));
  bus.subscribe('order', (order) => void orders.push(order));
  bus.subscribe('fill', (fill) => void fills.push(fill));
  const feed = new DataCollector({
    symbol: 'SPX',
    candles,
    rate: Number.POSITIVE_INFINITY,
    bus,
    random: new Random(seed, 'traces'),
    hasRoom: () => engine.hasRoom,
  });
  const run = async (): Promise<void> => {
    await feed.run(new AbortController().signal, CANDLES);
    await engine.idle();
  };
  return { collector, trading, errors, signals, orders, fills, run };
}

describe('the whole pipeline', () => {
  it('decides, trades and books the same again with the same seed, and otherwise with another', async () => {
    const [a, b, other] = [await replay(1), await replay(1), await replay(2)];
    for (const each of [a, b, other]) await each.run();
    expect(a.signals).toHaveLength(CANDLES);
    expect(b.signals).toEqual(a.signals);
    expect(b.orders).toEqual(a.orders);
    expect(b.fills).toEqual(a.fills);
    expect(other.fills).not.toEqual(a.fills);
    expect(a.errors).toEqual([]);
  });

  it('books every fill before the next decision, and no money appears or vanishes', async () => {
    const { trading, orders, fills, run } = await replay(1);
    await run();
    expect(orders.length).toBeGreaterThan(CANDLES / 10);
    expect(orders.reduce((sum, { filled }) => sum + filled, 0)).toBe(
      fills.reduce((sum, { quantity }) => sum + quantity, 0),
    );
    const bought = fills.reduce(
      (sum, { side, quantity }) => sum + (side === 'buy' ? quantity : -quantity),
      0,
    );
    const paid = fills.reduce(
      (sum, { side, quantity, price }) => sum + (side === 'buy' ? 1 : -1) * quantity * price,
      0,
    );
    const portfolio = trading.engine.portfolio('SPX');
    expect(portfolio?.quantity).toBe(bought);
    expect(portfolio?.cash).toBeCloseTo(INITIAL_CASH - paid - (portfolio?.fees ?? 0), 4);
  });

  it('measures every step once, rejects as errors, in all three patterns', async () => {
    const { collector, trading, run } = await replay(3);
    const aggregator = new MetricsAggregator(collector.buffer, { port: 0 });
    aggregator.start();
    await run();
    await aggregator.stop();

    const { signals, orders, fills, rejects } = trading.journal;
    expect(signals).toBe(CANDLES);
    expect(rejects).toBeGreaterThan(0);
    const statistics = aggregator.getStatistics();
    const counts = Object.fromEntries(
      statistics.events.map(({ event, count, errors }) => [event, [count, errors]]),
    );
    // On the bus: one session; a candle and a signal each; an order and its fills. Three topics have two subscribers here
    // and in the journal: signal, order and fill, the last one a third, the engine.
    const published = 1 + 2 * CANDLES + orders + fills;
    const handled = 1 + CANDLES + 2 * CANDLES + 2 * orders + 3 * fills;
    expect(counts).toEqual({
      candle_processing: [CANDLES, 0],
      signal_generation: [CANDLES, 0],
      order_execution: [orders, rejects],
      event_bus_publish: [published, 0],
      event_bus_handle: [handled, 0],
      exchange_round_trip: [orders, rejects],
      order_fill_time: [orders - rejects, 0],
      slippage: [orders - rejects, 0],
    });
    const { recorded, aggregated, overwritten } = statistics.ring;
    expect(recorded).toBe(aggregated + overwritten);
    expect(overwritten).toBe(0);
  });
});
