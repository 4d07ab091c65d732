import { describe, expect, it } from 'vitest';
import { REJECTED } from '../../src/contract/record.ts';
import { LockFreeRingBuffer } from '../../src/record/ring-buffer.ts';
import { RingView } from '../../src/state/ring-view.ts';
import { readStatistics } from '../../src/state/statistics.ts';
import { busyPicture, Picture, START, TRACE_TEXT } from './picture.ts';

const eventOf = (picture: Picture, name: string) => {
  const event = readStatistics(picture.source).events.find(({ event: found }) => found === name);
  if (event === undefined) throw new Error(`no event ${name}`);
  return event;
};

describe('readStatistics', () => {
  it('has null where there was no event, and no NaN anywhere', () => {
    const statistics = readStatistics(new Picture().source);
    for (const event of statistics.events) {
      const empty = { count: 0, compliance: null, mean: null, min: null, max: null, quantiles: null };
      expect(event).toMatchObject({ ...empty, tail: null, slowest: [] });
      expect(Object.values(event.windows)).toEqual([1, 2, 3].map(() => expect.objectContaining(empty)));
    }
    const everything = JSON.parse(JSON.stringify(statistics));
    expect(JSON.parse(JSON.stringify(everything))).toEqual(statistics);
  });

  it('is the same after a trip through JSON', () => {
    const statistics = readStatistics(busyPicture().source);
    expect(JSON.parse(JSON.stringify(statistics))).toEqual(statistics);
  });

  it('tells counts, outcomes, breaches and quantiles of an event', () => {
    const event = eventOf(busyPicture(), 'signal_generation');
    expect(event).toMatchObject({ unit: 'seconds', count: 200, errors: 4, breaches: 100, compliance: 0.5 });
    expect(event.min).toBeCloseTo(1e-4, 8);
    expect(event.max).toBeCloseTo(0.02, 8);
    expect(event.mean).toBeCloseTo(0.01005, 8);
    expect(event.quantiles?.p50).toBeCloseTo(0.01, 3);
    expect(event.quantiles?.p99).toBeCloseTo(0.0198, 6);
    expect(event.sla).toEqual({ threshold: 0.01, objective: 0.99, broken: ['1s', '5s', '1m'] });
    expect(event.windows['1m']).toMatchObject({ count: 200, breaches: 100, compliance: 0.5 });
  });

  it('lets a window go empty while the totals stay', () => {
    const picture = busyPicture().tick(2000);
    const { windows, count } = eventOf(picture, 'signal_generation');
    expect(count).toBe(200);
    expect(windows['1s']).toMatchObject({ count: 0, compliance: null, quantiles: null, max: null });
    expect(windows['5s'].count).toBe(200);
  });

  it('names symbol and trace of the slowest events', () => {
    const { slowest } = eventOf(busyPicture(), 'order_execution');
    expect(slowest).toEqual([
      { value: Math.fround(0.0071), at: START + 100, symbol: null, traceId: null },
      { value: Math.fround(0.004), at: START + 100, symbol: 'SPX', traceId: TRACE_TEXT },
    ]);
  });

  it('keeps recorded = aggregated + overwritten when the reader is lapped', () => {
    const picture = new Picture({ capacityRecords: 16 });
    for (let i = 0; i < 100; i++) picture.record('order_execution', 0.001);
    const { recorded, aggregated, overwritten } = readStatistics(picture.tick().source).ring;
    expect(recorded).toBe(100);
    expect(aggregated + overwritten).toBe(recorded);
    expect(overwritten).toBeGreaterThanOrEqual(84);
    expect(eventOf(picture, 'order_execution').count).toBe(aggregated);
  });

  it('counts rejections of attached rings alone, since the others have none yet or are among the retired', () => {
    const picture = new Picture();
    const stranger = new LockFreeRingBuffer(16);
    picture.ring.header[REJECTED] = 3;
    stranger.header[REJECTED] = 5;
    const rings = [picture.view, new RingView(2, 'later', stranger.shared)];
    expect(readStatistics({ ...picture.source, rings }).ring.rejected.unknown_event).toBe(3);
  });

  it('tells rings of the same name apart, and sums gauges that several threads registered', () => {
    const picture = new Picture().gauge(0, 'queue', 'jobs', 2).gauge(1, 'memory', 'process', 7);
    const other = new Picture().gauge(0, 'queue', 'jobs', 3).gauge(1, 'queue', '__proto__', 1);
    other.gauge(2, 'queue', 'unread', Number.NaN);
    const second = new RingView(2, 'main', other.ring.shared);
    for (const [slot, gauge] of other.view.gauges) second.gauges.set(slot, gauge);
    const { ring, health } = readStatistics({ ...picture.source, rings: [picture.view, second] });
    expect(ring.rings.map(({ ring: name }) => name)).toEqual(['main', 'main-2']);
    expect(Object.entries(health.queues)).toEqual([
      ['jobs', 5],
      ['__proto__', 1],
    ]);
    expect(health.memoryBytes).toMatchObject({ process: 64 * 1024 * 1024, process_registered: 7 });
    expect(health.memoryBytes.rings).toBe(picture.ring.shared.byteLength + other.ring.shared.byteLength);
    expect(health.memoryBytes.state).toBe(picture.source.state.shared.byteLength);
  });

  it('tells garbage collections, sampling and time', () => {
    const picture = busyPicture().control({ samplingRate: 0.25, generation: 9, isFileBad: true });
    const { health, sampling, at, startedAt, uptimeSeconds } = readStatistics(picture.source);
    expect(health.gc).toHaveLength(1);
    expect(health.gc[0]).toMatchObject({ kind: 'minor', count: 2 });
    expect(health.gc[0]?.maxSeconds).toBeCloseTo(0.0031, 7);
    expect(sampling).toMatchObject({
      enabled: true,
      ratio: 0.25,
      targetRatio: 0.25,
      configGeneration: 9,
      configFileOk: false,
    });
    expect({ startedAt, at, uptimeSeconds }).toEqual({
      startedAt: START + 100,
      at: START + 400,
      uptimeSeconds: 0.3,
    });
  });
});
