import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventID, Outcome } from '../../src/contract/events.ts';
import { MetricsCollector, setDefaultCollector } from '../../src/record/collector.ts';
import { measure, measureAsync, measureSync, Span } from '../../src/record/measure.ts';
import { recordsOf } from './ring-contents.ts';

let now = 0;
let collector: MetricsCollector;
const failure = Object.freeze(new Error('the application failed'));

beforeEach(() => {
  now = 1000;
  collector = new MetricsCollector({ capacityRecords: 64, clock: () => now });
  setDefaultCollector(collector);
});
afterEach(() => setDefaultCollector(undefined));

const recorded = () =>
  recordsOf(collector.buffer).map(({ event, value, outcome }) => ({ event, value, outcome }));
const ok = (event: number, value: number) => ({ event, value: Math.fround(value), outcome: Outcome.OK });
const error = (event: number, value: number) => ({
  event,
  value: Math.fround(value),
  outcome: Outcome.ERROR,
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (thrown) {
    return thrown;
  }
  return 'nothing';
}

class Engine {
  static runs = 0;
  gain = 2;

  @measureSync(EventID.SIGNAL_GENERATION)
  compute(price: number, ..._rest: number[]): number {
    now += 7;
    return price * this.gain;
  }

  @measureAsync(EventID.CANDLE_PROCESSING)
  async process(price: number): Promise<number> {
    await undefined;
    now += 9;
    return price * this.gain;
  }

  @measureSync(EventID.ORDER_EXECUTION)
  static count(): number {
    Engine.runs += 1;
    return Engine.runs;
  }

  @measureSync(EventID.EVENT_BUS_HANDLE)
  #hidden(by: number): number {
    now += by;
    return this.gain + by;
  }

  reveal(by: number): number {
    return this.#hidden(by);
  }
}

describe('measureSync', () => {
  it('measures a method, which keeps its name, arity, receiver, arguments and result', () => {
    const engine = new Engine();
    expect(engine.compute(21)).toBe(42);
    expect([Engine.prototype.compute.name, Engine.prototype.compute.length]).toEqual(['compute', 1]);
    expect(recorded()).toEqual([ok(EventID.SIGNAL_GENERATION, 0.007)]);
  });

  it('measures static and private methods', () => {
    expect(Engine.count()).toBe(Engine.runs);
    expect(new Engine().reveal(3)).toBe(5);
    expect(recorded()).toEqual([ok(EventID.ORDER_EXECUTION, 0), ok(EventID.EVENT_BUS_HANDLE, 0.003)]);
  });

  it('measures a plain function', () => {
    const add = measureSync(EventID.SIGNAL_GENERATION)((a: number, b: number) => a + b);
    expect([add(1, 2), add.length]).toEqual([3, 2]);
    expect(recorded()).toHaveLength(1);
  });

  it('passes on what was thrown, the same object, and records an error', () => {
    const fails = measureSync(EventID.SIGNAL_GENERATION)(() => {
      now += 4;
      throw failure;
    });
    expect(thrownBy(fails)).toBe(failure);
    expect(recorded()).toEqual([error(EventID.SIGNAL_GENERATION, 0.004)]);
  });

  it.each([undefined, null, 0, 'text', Symbol.iterator])('passes on a thrown %s', (thrown) => {
    const fails = measureSync(EventID.SIGNAL_GENERATION)(() => {
      throw thrown;
    });
    expect(thrownBy(fails)).toBe(thrown);
    expect(recorded()).toHaveLength(1);
  });

  it('measures a call within a call', () => {
    const inner = measureSync(EventID.EVENT_BUS_PUBLISH)(() => {
      now += 1;
    });
    const outer = measureSync(EventID.EVENT_BUS_HANDLE)(() => {
      inner();
      now += 2;
    });
    outer();
    expect(recorded()).toEqual([ok(EventID.EVENT_BUS_PUBLISH, 0.001), ok(EventID.EVENT_BUS_HANDLE, 0.003)]);
  });
});

describe('measureAsync', () => {
  it('measures a method until its promise settles', async () => {
    const pending = new Engine().process(4);
    expect(recorded()).toEqual([]);
    expect(await pending).toBe(8);
    expect([Engine.prototype.process.name, Engine.prototype.process.length]).toEqual(['process', 1]);
    expect(recorded()).toEqual([ok(EventID.CANDLE_PROCESSING, 0.009)]);
  });

  it('passes on a rejection, the same object, and records an error', async () => {
    const fails = measureAsync(EventID.CANDLE_PROCESSING)(async () => {
      now += 2;
      throw failure;
    });
    expect(await fails().catch((rejected: unknown) => rejected)).toBe(failure);
    expect(recorded()).toEqual([error(EventID.CANDLE_PROCESSING, 0.002)]);
  });

  it.each([true, false])(
    'throws at once what a function throws before its promise, enabled: %s',
    (enabled) => {
      collector.enabled = enabled;
      const fails = measureAsync(EventID.CANDLE_PROCESSING)((): Promise<void> => {
        throw failure;
      });
      expect(thrownBy(fails)).toBe(failure);
      expect(recorded()).toEqual(enabled ? [error(EventID.CANDLE_PROCESSING, 0)] : []);
    },
  );

  it('measures until a thenable that is no promise settles', async () => {
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
      then(resolve: (value: number) => void) {
        now += 5;
        resolve(6);
      },
    };
    const lazy = measureAsync(EventID.CANDLE_PROCESSING)(() => thenable as Promise<number>);
    expect(await lazy()).toBe(6);
    expect(recorded()).toEqual([ok(EventID.CANDLE_PROCESSING, 0.005)]);
  });

  it('leaves a rejection that nobody handles to the process', async () => {
    const source = new URL('../../src/record/', import.meta.url);
    const script = `
      const { MetricsCollector } = await import('${source}collector.ts');
      const { measureAsync } = await import('${source}measure.ts');
      new MetricsCollector({ capacityRecords: 16 });
      process.on('unhandledRejection', (reason) => console.log('unhandled', reason));
      measureAsync(0)(() => Promise.reject('this'))();`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout).toBe('unhandled this\n');
  });
});

describe('a using block', () => {
  it('is measured from its declaration to its end', () => {
    {
      using _span = measure(EventID.SIGNAL_GENERATION);
      now += 6;
    }
    expect(recorded()).toEqual([ok(EventID.SIGNAL_GENERATION, 0.006)]);
  });

  it('is measured when it throws, and the error passes on', () => {
    const fails = (): void => {
      using span = measure(EventID.SIGNAL_GENERATION);
      now += 6;
      span.fail();
      throw failure;
    };
    expect(thrownBy(fails)).toBe(failure);
    expect(recorded()).toEqual([error(EventID.SIGNAL_GENERATION, 0.006)]);
  });

  it('takes a symbol and a trace id along', () => {
    const trace = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
    const symbol = collector.symbol('ES');
    {
      using span = measure(EventID.ORDER_EXECUTION);
      span.symbol = symbol;
      span.trace = trace;
    }
    expect(recordsOf(collector.buffer)).toMatchObject([{ symbol, trace: [...trace] }]);
  });

  it('ends once, whoever ends it', () => {
    const span = new Span(EventID.SIGNAL_GENERATION, collector);
    span[Symbol.dispose]();
    span[Symbol.dispose]();
    expect(recorded()).toHaveLength(1);
  });
});

describe('without a collector', () => {
  beforeEach(() => setDefaultCollector(undefined));

  it('measured code is called, and nothing else', async () => {
    const receiver = { gain: 3 };
    const call = measureSync(EventID.SIGNAL_GENERATION)(function call(this: typeof receiver, by: number) {
      return this.gain * by;
    });
    expect(call.apply(receiver, [5])).toBe(15);
    const promise = Promise.resolve(1);
    expect(measureAsync(EventID.SIGNAL_GENERATION)(() => promise)()).toBe(promise);
    {
      using _span = measure(EventID.SIGNAL_GENERATION);
    }
    expect(recorded()).toEqual([]);
  });

  it('the first one constructed becomes the default, and stays it', () => {
    const first = new MetricsCollector({ capacityRecords: 16, clock: () => now });
    const second = new MetricsCollector({ capacityRecords: 16, clock: () => now });
    measureSync(EventID.SIGNAL_GENERATION)(() => undefined)();
    expect([first.buffer.backlogRecords, second.buffer.backlogRecords]).toEqual([1, 0]);
  });
});
