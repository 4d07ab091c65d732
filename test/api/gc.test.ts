import { expect, it } from 'vitest';
import { EventID } from '../../src/index.ts';
import { eventually } from '../support/programs.ts';
import { Service, sum } from './service.ts';

const ID = EventID.CANDLE_PROCESSING;

it('garbage collections appear by kind, join the events that they fell into, and are records like others', async () => {
  await using service = await Service.start();
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('these tests run with --expose-gc');
  const start = service.collector.recordStart(ID);
  gc();
  gc({ type: 'minor' });
  service.collector.recordEnd(ID, start);
  const metrics = await eventually('both kinds', async () => {
    const samples = await service.scrape();
    const counts = ['major', 'minor'].map((kind) =>
      samples.get(`perf_gc_pause_seconds_count{kind="${kind}"}`),
    );
    return counts.every((count) => count !== undefined && count > 0) ? samples : undefined;
  });
  expect(metrics.get('perf_gc_pause_seconds_sum{kind="major"}')).toBeGreaterThan(0);
  expect(metrics.get('perf_gc_pause_seconds_bucket{kind="major",le="+Inf"}')).toBeGreaterThan(0);
  expect(metrics.get('perf_event_gc_seconds_total{event="candle_processing"}')).toBeGreaterThan(0);
  const { events, health, ring } = await service.stopAndCheck(ID, 1);
  expect(events[ID].gcSeconds).toBeLessThanOrEqual(events[ID].max ?? 0);
  for (const { seconds, maxSeconds } of health.gc) expect(seconds).toBeGreaterThanOrEqual(maxSeconds * 0.999);
  expect(ring.aggregated).toBeGreaterThanOrEqual(1 + sum(health.gc.map(({ count }) => count)));
});
