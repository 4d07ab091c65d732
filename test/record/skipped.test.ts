import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { EventID } from '../../src/contract/events.ts';
import { CONTROL, encodeControl, SKIPPED } from '../../src/contract/record.ts';
import { type CollectorOptions, MetricsCollector, setDefaultCollector } from '../../src/record/collector.ts';
import { measure, measureAsync, measureSync } from '../../src/record/measure.ts';
import { RingView } from '../../src/state/ring-view.ts';

const ID = EventID.ORDER_EXECUTION;
/** Of the event: 5 ms. */
const WITHIN_SLA = 0.001;
const BREACH = 0.1;

function collect(options: CollectorOptions = {}) {
  let now = 1000;
  const collector = new MetricsCollector({ capacityRecords: 8192, seed: 5, clock: () => now, ...options });
  const view = new RingView(1, 'main', collector.buffer.shared);
  return {
    collector,
    event(seconds: number): void {
      const start = collector.recordStart(ID);
      now += seconds * 1e3;
      collector.recordEnd(ID, start);
    },
    control(word: number): void {
      Atomics.store(collector.buffer.header, CONTROL, word);
    },
    get skipped(): number {
      return view.skippedEvents(0);
    },
    get recorded(): number {
      collector.buffer.publish();
      return view.backlogRecords;
    },
  };
}

afterEach(() => setDefaultCollector(undefined));

describe('an event that is not measured is counted', () => {
  it('none where all are', () => {
    const thread = collect();
    for (let n = 0; n < 100; n++) thread.event(WITHIN_SLA);
    expect(thread.skipped).toBe(0);
  });

  it('while the options disable measuring, and while the application does', () => {
    const thread = collect({ enabled: false });
    for (let n = 0; n < 100; n++) thread.event(WITHIN_SLA);
    for (let n = 0; n < 10; n++) thread.collector.recordValue(ID, WITHIN_SLA);
    expect(thread.skipped).toBe(110);
    thread.control(encodeControl(1, false));
    thread.event(WITHIN_SLA);
    expect(thread.skipped).toBe(110);
    thread.collector.enabled = false;
    thread.event(WITHIN_SLA);
    expect(thread.skipped).toBe(111);
  });

  it('once in each of the patterns', async () => {
    const { collector, ...thread } = collect({ enabled: false });
    const view = new RingView(1, 'main', collector.buffer.shared);
    setDefaultCollector(collector);
    measureSync(ID)(() => 0)();
    await measureAsync(ID)(async () => 0)();
    {
      using _span = measure(ID);
    }
    expect([view.skippedEvents(0), thread.recorded]).toEqual([3, 0]);
  });

  it('beyond 2^32 of them, for a reader that looks before as many more', () => {
    const { collector, event } = collect({ enabled: false });
    const view = new RingView(1, 'main', collector.buffer.shared);
    let total = 0;
    for (let turn = 0; turn < 5; turn++) {
      collector.buffer.header[SKIPPED] = (total + 2 ** 31) | 0;
      event(WITHIN_SLA);
      total = view.skippedEvents(total);
    }
    expect(total).toBe(5 * (2 ** 31 + 1));
  });

  it('by every collector of its ring', () => {
    const first = collect({ enabled: false });
    first.event(WITHIN_SLA);
    const second = new MetricsCollector({ ring: first.collector.buffer.shared });
    second.recordEnd(ID, second.recordStart(ID));
    first.event(WITHIN_SLA);
    expect(first.skipped).toBe(3);
  });

  it('when it is measured, turns out to be no breach, and breaches alone are kept', () => {
    const thread = collect({ samplingRate: 0.01, keepBreaches: true });
    for (let n = 0; n < 1000; n++) thread.event(BREACH);
    expect([thread.skipped, thread.recorded]).toEqual([0, 1000]);
    for (let n = 0; n < 1000; n++) thread.event(WITHIN_SLA);
    for (let n = 0; n < 1000; n++) thread.collector.recordValue(ID, WITHIN_SLA);
    expect(thread.skipped).toBeGreaterThan(1900);
    expect(thread.skipped + thread.recorded).toBe(3000);
  });

  it('so that skipped and recorded are all that began, whatever is switched meanwhile', () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ events: fc.nat(30), seconds: fc.constantFrom(WITHIN_SLA, BREACH) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ rate: fc.constantFrom(0, 0.01, 0.1, 0.5, 1), keepBreaches: fc.boolean() }),
      },
      { weight: 1, arbitrary: fc.record({ own: fc.boolean() }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const thread = collect();
        let begun = 0;
        for (const one of steps) {
          if ('rate' in one) thread.control(encodeControl(one.rate, one.keepBreaches));
          else if ('own' in one) thread.collector.enabled = one.own;
          else {
            for (let n = 0; n < one.events; n++) thread.event(one.seconds);
            begun += one.events;
          }
        }
        expect(thread.skipped + thread.recorded).toBe(begun);
      }),
      { seed: 4, numRuns: 200 },
    );
  });
});
