import { Outcome } from '../contract/events.ts';
import { defaultCollector, type MetricsCollector, NOT_MEASURED } from './collector.ts';

/**
 * One event of a `using` block: begins when it is made, ends when the block does, however it does.
 *
 * A block does not tell its resources whether it threw: call `fail()` where it matters, or use `measureSync`.
 */
export class Span implements Disposable {
  /** Id from `collector.symbol(name)`. */
  symbol = 0;
  /** Sixteen bytes. */
  trace: Uint8Array | undefined;
  private outcome: Outcome = Outcome.OK;
  private readonly collector: MetricsCollector | undefined;
  private readonly event: number;
  private readonly start: number;
  private isEnded = false;

  constructor(event: number, collector = defaultCollector()) {
    this.collector = collector;
    this.event = event;
    this.start = collector === undefined ? NOT_MEASURED : collector.recordStart(event);
  }

  /** The event ends as an error. */
  fail(): void {
    this.outcome = Outcome.ERROR;
  }

  /** Ends the event; a second call does nothing. */
  [Symbol.dispose](): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.collector?.recordEnd(this.event, this.start, this.outcome, this.symbol, this.trace);
  }
}

/** Measures a block: `using span = measure(EventID.SIGNAL_GENERATION);`. */
export function measure(event: number): Span {
  return new Span(event);
}

/**
 * Measures a synchronous function: as a decorator of a method, `@measureSync(EventID.SIGNAL_GENERATION)`, or around a
 * plain function, `measureSync(EventID.SIGNAL_GENERATION)(compute)`. What the function throws passes through untouched
 * and is recorded as `outcome="error"`.
 */
export function measureSync(event: number) {
  return <This, Args extends unknown[], Result>(
    measured: (this: This, ...args: Args) => Result,
    _context?: ClassMethodDecoratorContext,
  ): ((this: This, ...args: Args) => Result) => {
    function measuredSync(this: This, ...args: Args): Result {
      const collector = defaultCollector();
      if (collector === undefined) return measured.apply(this, args);
      const start = collector.recordStart(event);
      if (start === NOT_MEASURED) {
        // Counted as one that was not measured, without what it takes to see it end.
        collector.recordEnd(event, start);
        return measured.apply(this, args);
      }
      let outcome: Outcome = Outcome.ERROR;
      try {
        const result = measured.apply(this, args);
        outcome = Outcome.OK;
        return result;
      } finally {
        collector.recordEnd(event, start, outcome);
      }
    }
    return named(measuredSync, measured);
  };
}

/**
 * Measures an asynchronous function until its promise settles: as a decorator of a method,
 * `@measureAsync(EventID.CANDLE_PROCESSING)`, or around a plain function, `measureAsync(EventID.CANDLE_PROCESSING)(run)`.
 * A rejection passes through untouched and is recorded as `outcome="error"`.
 */
export function measureAsync(event: number) {
  return <This, Args extends unknown[], Result>(
    measured: (this: This, ...args: Args) => Promise<Result>,
    _context?: ClassMethodDecoratorContext,
  ): ((this: This, ...args: Args) => Promise<Result>) => {
    function measuredAsync(this: This, ...args: Args): Promise<Result> {
      const collector = defaultCollector();
      if (collector === undefined) return measured.apply(this, args);
      const start = collector.recordStart(event);
      if (start === NOT_MEASURED) {
        // Counted as one that was not measured, without what it takes to see it end.
        collector.recordEnd(event, start);
        return measured.apply(this, args);
      }
      let promise: Promise<Result>;
      try {
        promise = measured.apply(this, args);
      } catch (error) {
        // Thrown before there was a promise: it must not become a rejection only because this call was measured.
        collector.recordEnd(event, start, Outcome.ERROR);
        throw error;
      }
      return settle(collector, event, start, promise);
    }
    return named(measuredAsync, measured);
  };
}

async function settle<Result>(
  collector: MetricsCollector,
  event: number,
  start: number,
  promise: Promise<Result>,
): Promise<Result> {
  let outcome: Outcome = Outcome.ERROR;
  try {
    const result = await promise;
    outcome = Outcome.OK;
    return result;
  } finally {
    collector.recordEnd(event, start, outcome);
  }
}

/** Stack traces and `length` checks see the measured function's own name and arity. */
function named<F extends (...args: never[]) => unknown>(
  wrapper: F,
  measured: { name: string; length: number },
): F {
  Object.defineProperty(wrapper, 'name', { value: measured.name, configurable: true });
  Object.defineProperty(wrapper, 'length', { value: measured.length, configurable: true });
  return wrapper;
}
