import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fill } from '../../src/demo/order.ts';
import { Portfolio } from '../../src/demo/portfolio.ts';

const fill = (side: 'buy' | 'sell', quantity: number, price: number): Fill => ({
  orderId: 'O-1',
  symbol: 'SPX',
  side,
  quantity,
  price,
});

const anyFill = fc
  .tuple(
    fc.constantFrom('buy' as const, 'sell' as const),
    fc.integer({ min: 1, max: 1000 }),
    fc.integer({ min: 1, max: 5000 }),
  )
  .map((parts) => fill(...parts));

describe('Portfolio', () => {
  it('realises profit when a position is reduced, closed and turned round', () => {
    const portfolio = new Portfolio(10_000);
    portfolio.book(fill('buy', 10, 100));
    portfolio.book(fill('buy', 10, 110));
    expect([portfolio.quantity, portfolio.averagePrice, portfolio.realised]).toEqual([20, 105, 0]);
    portfolio.book(fill('sell', 5, 115));
    expect([portfolio.quantity, portfolio.averagePrice, portfolio.realised]).toEqual([15, 105, 50]);
    portfolio.book(fill('sell', 25, 95));
    expect([portfolio.quantity, portfolio.averagePrice, portfolio.realised]).toEqual([-10, 95, 50 - 150]);
    expect(portfolio.unrealised(90)).toBe(50);
    portfolio.book(fill('buy', 10, 90));
    expect([portfolio.quantity, portfolio.averagePrice, portfolio.realised]).toEqual([0, 0, -50]);
    expect(portfolio.cash).toBeCloseTo(10_000 - 50 - portfolio.fees, 9);
  });

  it('conserves money: equity is what was paid in, plus profit, less fees', () => {
    fc.assert(
      fc.property(fc.array(anyFill, { maxLength: 60 }), fc.integer({ min: 1, max: 5000 }), (fills, price) => {
        const portfolio = new Portfolio(1_000_000);
        for (const each of fills) portfolio.book(each);
        const { initialCash, realised, fees } = portfolio;
        const expected = initialCash + realised + portfolio.unrealised(price) - fees;
        expect(Math.abs(portfolio.equity(price) - expected)).toBeLessThan(1e-3);
      }),
    );
  });

  it('holds what was bought less what was sold, and cash moves by exactly what was paid and the fees', () => {
    fc.assert(
      fc.property(fc.array(anyFill, { maxLength: 60 }), (fills) => {
        const portfolio = new Portfolio(0);
        let units = 0;
        let paid = 0;
        for (const each of fills) {
          portfolio.book(each);
          const sign = each.side === 'buy' ? 1 : -1;
          units += sign * each.quantity;
          paid += sign * each.quantity * each.price;
        }
        expect(portfolio.quantity).toBe(units);
        expect(portfolio.cash + paid + portfolio.fees).toBeCloseTo(0, 3);
        expect(portfolio.fees).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
