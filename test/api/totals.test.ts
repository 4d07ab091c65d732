import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EventID, Outcome } from '../../src/index.ts';
import { eventually } from '../support/programs.ts';
import { Service, samplesOf } from './service.ts';

const ID = EventID.CANDLE_PROCESSING;

describe('an aggregator', () => {
  it('has everything in its statistics that was recorded before it was stopped', async () => {
    await using service = await Service.start();
    for (let n = 0; n < 40_000; n++) {
      const start = service.collector.recordStart(ID);
      service.collector.recordEnd(ID, start, n % 4 === 0 ? Outcome.ERROR : Outcome.OK);
    }
    const { events, ring } = await service.stopAndCheck(ID, 40_000);
    expect([events[ID].errors, ring.overwritten]).toEqual([10_000, 0]);
  });

  it('has it also when it is stopped before the worker thread has begun', async () => {
    await using service = new Service({ optionsFile: '/nowhere/options.yaml' });
    service.record(ID, 500);
    service.aggregator.start();
    service.record(ID, 500);
    const { ring } = await service.stopAndCheck(ID, 1000);
    expect(ring.overwritten).toBe(0);
  });

  it('has it also when the worker thread dies while it is stopped', async () => {
    await using service = await Service.start();
    service.record(ID, 500);
    const stopped = service.stopAndCheck(ID, 500);
    await Promise.all([service.workers.at(-1)?.terminate(), stopped]);
    expect(service.of(ID).count).toBe(500);
  });

  it('has it also when the worker thread is dead at that moment', async () => {
    await using service = await Service.start();
    const [worker] = service.workers;
    const ended = once(worker, 'exit');
    void worker.terminate();
    await ended;
    service.record(ID, 500);
    const { health } = await service.stopAndCheck(ID, 500);
    expect(health.workerRestarts).toBe(1);
  });

  it('counts the records that a ring too small has lost, to the last one', async () => {
    await using service = await Service.start({ capacityRecords: 64 });
    let events = 0;
    for (let turn = 0; turn < 200; turn++) {
      service.record(ID, 500);
      events += 500;
      await nextTurn();
    }
    const { ring } = await service.stopAndCheck(ID, events);
    expect(ring.overwritten).toBeGreaterThan(0);
  });

  it('says the same in statistics, exposition, JSON and endpoint', async () => {
    await using service = await Service.start();
    service.record(ID, 300);
    const name = 'perf_events_total{event="candle_processing",outcome="ok"}';
    await eventually('the scrape', async () =>
      (await service.scrape()).get(name) === 300 ? true : undefined,
    );
    expect(samplesOf(service.exporter.exportPrometheus()).get(name)).toBe(300);
    expect(JSON.parse(service.exporter.exportJson()).events[ID].count).toBe(300);
    const served = await (await service.fetch('/stats.json')).text();
    expect(JSON.parse(served).events[ID].count).toBe(300);
    expect(service.exporter.exportSummaryReport()).toContain('candle_processing');
    await service.stopAndCheck(ID, 300);
  });
});
