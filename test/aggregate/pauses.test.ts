import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { defineEvents } from '../../src/contract/events.ts';
import { GC_KINDS, KIND_GC, KIND_STALL } from '../../src/contract/record.ts';
import { ManualAggregation } from './manual-aggregation.ts';

const EVENTS = defineEvents({ request: {}, slippage: { unit: 'basis_points' } });
const { request, slippage } = EVENTS.id;
const MAJOR = GC_KINDS.indexOf('major');

let run: ManualAggregation;
beforeEach(() => {
  run = new ManualAggregation(EVENTS);
});

/** A pause is written once it is over, often later than the events around it. */
const writePause = (start: number, millis: number, word = KIND_GC | MAJOR): void =>
  run.collector.buffer.write(start, millis / 1e3, word);

const gcMillis = (id = request): number => run.of(id).gcSeconds * 1e3;

describe('a garbage collection', () => {
  it('is joined with an event that ended before it was known', () => {
    run.event(request, 10);
    writePause(run.now - 6, 4);
    run.tick();
    expect(gcMillis()).toBeCloseTo(4, 3);
  });

  it('is joined with an event that was read before it was known', () => {
    run.event(request, 10);
    run.tick();
    writePause(run.now - 6, 4);
    run.tick();
    expect(gcMillis()).toBeCloseTo(4, 3);
  });

  it('is joined with an event that was under way when it was written', () => {
    const start = run.collector.recordStart(request);
    run.now += 5;
    writePause(run.now - 3, 3);
    run.now += 5;
    run.collector.recordEnd(request, start);
    run.tick();
    expect(gcMillis()).toBeCloseTo(3, 3);
  });

  it('counts with the part of it that lies within the event', () => {
    run.event(request, 10);
    writePause(run.now - 2, 8);
    run.event(request, 20);
    run.tick();
    expect(gcMillis()).toBeCloseTo(2 + 6, 3);
  });

  it('is joined with each event that it fell into, and with none of the others', () => {
    run.event(request, 10);
    const outer = run.collector.recordStart(request);
    run.event(request, 6);
    run.collector.recordEnd(request, outer);
    writePause(run.now - 5, 2);
    run.now += 1;
    run.event(request, 9);
    run.tick();
    expect(gcMillis()).toBeCloseTo(2 + 2, 3);
  });

  it('is not joined with values, which have no duration', () => {
    run.collector.recordValue(request, 0.5);
    run.collector.recordValue(slippage, 100);
    run.now += 5;
    writePause(run.now - 5, 5);
    run.collector.recordValue(request, 0.5);
    run.tick();
    expect([gcMillis(request), gcMillis(slippage)]).toEqual([0, 0]);
  });

  it('weighs what its events weigh', () => {
    run.controls = { ...run.controls, samplingRate: 0.5 };
    run.tick();
    let start = 0;
    while (start === 0) {
      run.now += 1;
      start = run.collector.recordStart(request);
    }
    run.now += 10;
    run.collector.recordEnd(request, start);
    writePause(run.now - 4, 4);
    run.tick();
    expect(gcMillis()).toBeCloseTo(2 * 4, 3);
  });

  it('is counted by kind, with its longest', () => {
    writePause(run.now, 2, KIND_GC | GC_KINDS.indexOf('minor'));
    writePause(run.now, 30);
    writePause(run.now, 10);
    writePause(run.now, 99, KIND_GC | 9);
    run.tick();
    expect(run.statistics().health.gc.map(({ kind, count }) => [kind, count])).toEqual([
      ['minor', 1],
      ['major', 2],
    ]);
    expect(run.statistics().health.gc[1].seconds).toBeCloseTo(0.04, 6);
    expect(run.statistics().health.gc[1].maxSeconds).toBeCloseTo(0.03, 6);
  });
});

describe('a stall of the event loop', () => {
  it('is joined with its events apart from garbage collections', () => {
    run.event(request, 100);
    writePause(run.now - 90, 80, KIND_STALL);
    writePause(run.now - 50, 10);
    run.tick();
    expect(run.of(request).stallSeconds).toBeCloseTo(0.08, 6);
    expect(gcMillis()).toBeCloseTo(10, 3);
    expect(run.statistics().health.stallSecondsTotal).toBeCloseTo(0.08, 6);
  });
});

describe('any pauses and events', () => {
  it('are joined as an exact comparison of all with all has it, each once', () => {
    // Back to back, as on one thread: a stretch of time is an event, a pause, both nested, or idle.
    const stretch = fc.record({
      kind: fc.constantFrom('event', 'pause', 'pause in event', 'event in flight', 'idle'),
      millis: fc.integer({ min: 1, max: 20 }),
      isRead: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 60 }), (stretches) => {
        run = new ManualAggregation(EVENTS);
        const pauses: [number, number][] = [];
        const events: [number, number][] = [];
        for (const { kind, millis, isRead } of stretches) {
          const begun = run.now;
          const start = kind.includes('event') ? run.collector.recordStart(request) : 0;
          run.now += millis;
          if (kind.startsWith('pause')) pauses.push([begun + millis / 2, begun + millis]);
          if (kind === 'event in flight') {
            pauses.push([begun, begun + millis]);
            writePause(begun, millis);
            run.now += 1;
          }
          if (start > 0) {
            run.collector.recordEnd(request, start);
            events.push([begun, run.now]);
          }
          if (kind.startsWith('pause')) writePause(begun + millis / 2, millis / 2);
          if (isRead) run.tick();
        }
        run.tick();
        const overlap = ([a, b]: [number, number], [c, d]: [number, number]): number =>
          Math.max(0, Math.min(b, d) - Math.max(a, c));
        const expected = events.flatMap((event) => pauses.map((pause) => overlap(event, pause)));
        expect(gcMillis()).toBeCloseTo(
          expected.reduce((sum, millis) => sum + millis, 0),
          3,
        );
      }),
    );
  });
});

describe('the slowest 0.1 % of events', () => {
  it('show which share of their time was garbage collection', () => {
    for (let n = 0; n < 3000; n++) run.event(request, 1);
    run.pass(100);
    expect(run.of(request).tail).toBeNull();
    for (let n = 0; n < 2; n++) {
      run.event(request, 100);
      writePause(run.now - 61, 61);
    }
    run.tick();
    expect(run.of(request).tail?.gcRatio).toBeCloseTo(0.61, 4);
    expect(run.of(request).tail?.stallRatio).toBe(0);
  });
});
