import { describe, expect, it } from 'vitest';
import { eventsOf, lossControl } from '../../loadtest/stress-losses.ts';
import { demoEvents } from '../../src/demo/catalogue.ts';
import { createPaperTrading } from '../../src/demo/paper-trading.ts';
import { MetricsAggregator, MetricsCollector } from '../../src/index.ts';

const SYMBOLS = ['AAPL', 'MSFT'];
/** Enough for orders, fills in parts and rejects. */
const BARS = 700;

describe("the demo's own books", () => {
  it('tell how many events were measured, exactly', async () => {
    const collector = new MetricsCollector({ events: demoEvents, port: 0, adaptiveSampling: false });
    const aggregator = new MetricsAggregator(collector.buffer);
    const trading = createPaperTrading({ collector, seed: 1, sleep: async () => undefined });
    aggregator.start();
    await trading.bus.publish('session', { symbol: 'SPX', history: [] });
    for (let bar = 0; bar < BARS; bar++) {
      for (const [phase, symbol] of SYMBOLS.entries()) {
        const price = (i: number): number =>
          100 + 20 * Math.sin(i / 40 + phase) + 3 * Math.sin(i * 1.7 + phase);
        const [open, close] = [price(bar), price(bar + 1)];
        const [high, low] = [Math.max(open, close) + 0.5, Math.min(open, close) - 0.5];
        const candle = { date: '2020-01-02', open, high, low, close, volume: 1e6 };
        await trading.bus.publish('candle', { symbol, candle, trace: new Uint8Array(16) });
      }
      await trading.engine.idle();
    }
    await aggregator.stop();
    const { events, ring } = aggregator.getStatistics();
    const { signals, orders, fills, rejects, errors } = trading.journal;
    const journal = { queued: 0, signals, orders, fills, rejects, errors };

    expect(errors).toBe(0);
    expect(rejects).toBeGreaterThan(0);
    expect(fills).toBeGreaterThan(orders);
    expect(ring.overwritten).toBe(0);
    expect(events.reduce((sum, { count }) => sum + count, 0)).toBe(eventsOf(journal));
  }, 60_000);
});

describe('losses', () => {
  const journal = { queued: 0, signals: 2000, orders: 0, fills: 0, rejects: 0, errors: 0 };
  const happened = 12_002;
  const overwritten = 5000;
  /** Of the overwritten records so many were no events. */
  const stats = ({ pauses = 0, ring = {} } = {}) => ({
    events: [{ event: 'candle_processing', count: happened - overwritten + pauses }],
    ring: {
      recorded: happened + pauses,
      aggregated: happened + pauses - overwritten,
      overwritten,
      ...ring,
    },
  });

  it('are counted when every event that is missing was overwritten', () => {
    expect(lossControl(journal, stats()).isKept).toBe(true);
    expect(lossControl(journal, stats({ pauses: 20 })).isKept).toBe(true);
  });

  it('are not when one that is missing was not overwritten, or one was that is not missing', () => {
    expect(lossControl(journal, stats({ pauses: -1 })).isKept).toBe(false);
    expect(lossControl(journal, stats({ pauses: 200 })).isKept).toBe(false);
  });

  it('are not when records are neither aggregated nor overwritten', () => {
    expect(lossControl(journal, stats({ ring: { recorded: happened + 1 } })).isKept).toBe(false);
  });

  it('are not proven when nothing was lost', () => {
    const ring = { recorded: happened, aggregated: happened, overwritten: 0 };
    const events = [{ event: 'candle_processing', count: happened }];
    expect(lossControl(journal, { events, ring }).isKept).toBe(false);
  });
});
