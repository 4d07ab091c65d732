import { beforeEach, describe, expect, it } from 'vitest';
import { EventID } from '../../src/contract/events.ts';
import { EPOCH, ManualAggregation } from './manual-aggregation.ts';

const ID = EventID.ORDER_EXECUTION;
const trace = Uint8Array.from({ length: 16 }, (_, i) => i * 16 + 1);
const TRACE_TEXT = '01112131415161718191a1b1c1d1e1f1';

let run: ManualAggregation;
beforeEach(() => {
  run = new ManualAggregation();
  run.tick();
});

const slowestMillis = (): number[] => run.of(ID).slowest.map(({ value }) => Math.round(value * 1e3));

describe('the slowest events', () => {
  it('are the eight slowest, slowest first, with their end, symbol and trace id', () => {
    const symbol = run.collector.symbol('ES');
    run.threads[0].view.symbols.set(symbol, 'ES');
    for (const millis of [3, 50, 1, 7, 9, 2, 8, 4, 6, 5]) {
      run.event(ID, millis, millis === 50 ? { symbol, trace } : {});
    }
    const ended = run.now - 3 * 0;
    run.pass(100);
    expect(slowestMillis()).toEqual([50, 9, 8, 7, 6, 5, 4, 3]);
    const [first, second] = run.of(ID).slowest;
    expect(first).toMatchObject({ symbol: 'ES', traceId: TRACE_TEXT });
    expect(first.at).toBeCloseTo(EPOCH + 60_053, 0);
    expect(second).toMatchObject({ symbol: null, traceId: null });
    expect(ended).toBe(60_095);
  });

  it('are forgotten a minute later', () => {
    run.event(ID, 20);
    run.pass(59_000);
    expect(slowestMillis()).toEqual([20]);
    run.event(ID, 5);
    run.pass(7000);
    expect(slowestMillis()).toEqual([5]);
  });

  it('let a slower event in whenever it comes', () => {
    for (let n = 0; n < 100; n++) run.event(ID, 10);
    run.pass(100);
    run.event(ID, 11);
    run.pass(100);
    expect(slowestMillis().slice(0, 2)).toEqual([11, 10]);
  });

  it('survive a worker that dies, for a minute', () => {
    run.event(ID, 20);
    run.pass(200);
    run.restart();
    run.event(ID, 30);
    run.pass(200);
    expect(slowestMillis()).toEqual([30, 20]);
    run.pass(66_000);
    expect(slowestMillis()).toEqual([]);
  });

  it('are named after the symbols of the ring they came from', () => {
    const other = run.addThread('other');
    run.threads[0].view.symbols.set(1, 'ES');
    other.view.symbols.set(1, 'NQ');
    run.event(ID, 5, { symbol: 1 });
    const start = other.collector.recordStart(ID);
    run.now += 6;
    other.collector.recordEnd(ID, start, 0, 1);
    run.pass(100);
    expect(run.of(ID).slowest.map(({ symbol }) => symbol)).toEqual(['NQ', 'ES']);
  });
});
