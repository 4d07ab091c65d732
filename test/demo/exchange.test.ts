import { describe, expect, it } from 'vitest';
import { Exchange } from '../../src/demo/exchange.ts';
import { Faults } from '../../src/demo/faults.ts';
import type { Fill, Order } from '../../src/demo/order.ts';
import { report } from '../../src/demo/order-executor.ts';

const ORDERS: Order[] = Array.from({ length: 500 }, (_, i) => ({
  id: `O-${i}`,
  symbol: 'SPX',
  side: i % 2 === 0 ? 'buy' : 'sell',
  quantity: 1 + ((i * 37) % 1500),
  price: 1000 + i,
  rangeBps: 50 + i,
}));

async function run(exchange: Exchange, orders: readonly Order[]) {
  const results: { order: Order; fills: Fill[]; reason: string | undefined }[] = [];
  for (const order of orders) {
    const answer = await exchange.submit(order);
    const fills: Fill[] = [];
    if (answer.status === 'accepted') for await (const fill of answer.fills) fills.push(fill);
    results.push({ order, fills, reason: answer.status === 'rejected' ? answer.reason : undefined });
  }
  return results;
}

function newExchange(seed: number) {
  const delays: number[] = [];
  const exchange = new Exchange(seed, new Faults(), async (millis) => delays.push(millis));
  return { exchange, delays };
}

describe('Exchange', () => {
  it('does the same again with the same seed, delays included, and something else with another', async () => {
    const [a, b, other] = [newExchange(7), newExchange(7), newExchange(8)];
    const results = await run(a.exchange, ORDERS);
    expect(await run(b.exchange, ORDERS)).toEqual(results);
    expect(b.delays).toEqual(a.delays);
    expect(await run(other.exchange, ORDERS)).not.toEqual(results);
  });

  it('treats an instrument alike whatever else is traded', async () => {
    const alone = await run(newExchange(7).exchange, ORDERS);
    const busy = newExchange(7).exchange;
    const mixed: typeof alone = [];
    for (const order of ORDERS) {
      await run(busy, [{ ...order, symbol: 'NDX' }]);
      mixed.push(...(await run(busy, [order])));
    }
    expect(mixed).toEqual(alone);
  });

  it('fills in parts that never exceed the order, on its side, at ever worse prices', async () => {
    const results = await run(newExchange(7).exchange, ORDERS);
    const parts = new Set<number>();
    for (const { order, fills, reason } of results) {
      const total = fills.reduce((sum, { quantity }) => sum + quantity, 0);
      expect(total).toBeLessThanOrEqual(order.quantity);
      expect(
        fills.every((fill) => fill.quantity > 0 && fill.orderId === order.id && fill.side === order.side),
      ).toBe(true);
      const costs = fills.map(({ price }) => (order.side === 'buy' ? price : -price));
      expect(costs).toEqual(costs.toSorted((x, y) => x - y));
      const { status, filled } = report(order, fills, reason);
      expect(filled).toBe(total);
      expect(status).toBe(
        reason !== undefined ? 'rejected' : total === order.quantity ? 'filled' : 'partly_filled',
      );
      parts.add(fills.length);
    }
    expect([...parts].sort()).toEqual([0, 1, 2, 3]);
  });

  it('rejects about one order in a hundred, with a reason', async () => {
    const orders = Array.from({ length: 10 }, () => ORDERS).flat();
    const rejected = (await run(newExchange(7).exchange, orders)).filter(
      ({ reason }) => reason !== undefined,
    );
    expect(rejected.length).toBeGreaterThan(25);
    expect(rejected.length).toBeLessThan(75);
  });

  it('asks more slippage for larger orders and for wilder bars', async () => {
    const mean = async (change: Partial<Order>): Promise<number> => {
      const results = await run(
        newExchange(7).exchange,
        ORDERS.map((order) => ({ ...order, ...change })),
      );
      const slippages = results.flatMap(({ order, fills }) => report(order, fills).slippageBps ?? []);
      return slippages.reduce((sum, bps) => sum + bps, 0) / slippages.length;
    };
    const small = await mean({ quantity: 10, rangeBps: 100 });
    expect(small).toBeGreaterThan(0);
    expect(await mean({ quantity: 600, rangeBps: 100 })).toBeGreaterThan(small);
    expect(await mean({ quantity: 10, rangeBps: 400 })).toBeGreaterThan(small);
  });
});

describe('report', () => {
  const order: Order = { id: 'O-1', symbol: 'SPX', side: 'sell', quantity: 10, price: 100, rangeBps: 50 };
  const fill = (quantity: number, price: number): Fill => ({
    orderId: 'O-1',
    symbol: 'SPX',
    side: 'sell',
    quantity,
    price,
  });

  it('averages the fills, and counts a sale below the price of the decision as positive slippage', () => {
    expect(report(order, [fill(6, 100), fill(2, 98)])).toEqual({
      id: 'O-1',
      symbol: 'SPX',
      side: 'sell',
      quantity: 10,
      status: 'partly_filled',
      filled: 8,
      fills: 2,
      averagePrice: 99.5,
      slippageBps: 50,
    });
  });

  it('has neither price nor slippage when nothing was filled', () => {
    expect(report(order, [], 'halted')).toMatchObject({
      status: 'rejected',
      averagePrice: null,
      slippageBps: null,
      reason: 'halted',
    });
  });
});
