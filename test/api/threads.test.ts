import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { EventID } from '../../src/index.ts';
import { eventually } from '../support/programs.ts';
import type { ThreadOrder, ThreadTask } from './recording-thread.ts';
import { Service } from './service.ts';

const ID = EventID.EVENT_BUS_HANDLE;
const THREAD = new URL('recording-thread.ts', import.meta.url);

/** An application thread of its own, which does what it is asked and says when it has. */
class RecordingThread {
  readonly worker: Worker;

  constructor(service: Service, name: string, symbol: string) {
    const perf = service.aggregator.threadHandle(name);
    const workerData: ThreadTask = { perf, symbol };
    this.worker = new Worker(THREAD, { workerData, transferList: [perf.port], execArgv: [] });
  }

  async ask(order: ThreadOrder): Promise<void> {
    const done = once(this.worker, 'message');
    this.worker.postMessage(order);
    await done;
  }

  record(count: number, value: number): Promise<void> {
    return this.ask({ type: 'record', event: ID, count, value });
  }

  async end(): Promise<void> {
    const ended = once(this.worker, 'exit');
    this.worker.postMessage({ type: 'end' } satisfies ThreadOrder);
    await ended;
  }
}

const ringsOf = (service: Service): string[] => service.statistics.ring.rings.map(({ ring }) => ring);

async function untilOnlyMain(service: Service): Promise<void> {
  await eventually('the rings of ended threads to be let go', async () =>
    ringsOf(service).length === 1 ? true : undefined,
  );
}

/** Every event counted, none overwritten, and what was read is in balance. */
function expectTotals(service: Service, events: number): void {
  const { ring } = service.statistics;
  expect([service.of(ID).count, ring.overwritten]).toEqual([events, 0]);
  expect(ring.recorded).toBe(ring.aggregated + ring.overwritten);
  expect(ring.recorded).toBeGreaterThanOrEqual(events);
}

describe('several application threads', () => {
  it('each have a ring of their own, and one set of totals; slow events bear the symbols of their thread', async () => {
    await using service = await Service.start();
    const pricing = new RecordingThread(service, 'pricing', 'ES');
    const routing = new RecordingThread(service, 'routing', 'NQ');
    await Promise.all([pricing.record(4000, 0.2), routing.record(3000, 0.3)]);
    service.collector.recordValue(ID, 0.4, 0, service.collector.symbol('SPX'));
    expect(ringsOf(service)).toEqual(['main', 'pricing', 'routing']);
    const slowest = await eventually('the symbols', async () => {
      const { slowest: known, count } = service.of(ID);
      return count === 7001 ? known : undefined;
    });
    expect(slowest.slice(0, 2).map(({ symbol }) => symbol)).toEqual(['SPX', 'NQ']);
    await routing.end();
    await pricing.record(1, 0.5);
    await eventually('the slowest of pricing', async () =>
      service.of(ID).slowest[0]?.symbol === 'ES' ? true : undefined,
    );
    const metrics = await service.scrape();
    expect(metrics.has('perf_ring_capacity_records{ring="pricing"}')).toBe(true);
    await pricing.end();
    await untilOnlyMain(service);
    await service.aggregator.stop();
    expectTotals(service, 7002);
  });

  it('are measured from their first event on, at the rate in force', async () => {
    await using service = new Service();
    const thread = new RecordingThread(service, 'early', 'ES');
    await thread.record(1500, 0.001);
    service.aggregator.start();
    await thread.end();
    await service.aggregator.stop();
    expectTotals(service, 1500);
  });

  it('that end leave their totals, also where the worker thread is dead when they do', async () => {
    await using service = await Service.start();
    for (let n = 0; n < 3; n++) {
      const thread = new RecordingThread(service, `job ${n}`, 'ES');
      await thread.record(1000, 0.001);
      await thread.ask({ type: 'misuse' });
      const [ended] = [thread.end(), n === 1 ? service.workers.find(isWorkerOf(service))?.terminate() : 0];
      await ended;
    }
    await untilOnlyMain(service);
    expect(service.statistics.ring.rejected.unknown_event).toBe(3);
    const metrics = await eventually('a scrape', () => service.scrape());
    expect(metrics.get('perf_rejected_total{reason="unknown_event"}')).toBe(3);
    expect([...metrics.keys()].filter((name) => name.startsWith('perf_event_loop_stall_seconds'))).toEqual([
      'perf_event_loop_stall_seconds{ring="main"}',
    ]);
    await service.aggregator.stop();
    expectTotals(service, 3000);
  });

  it('may each set the sampling rate of all', async () => {
    await using service = await Service.start();
    const thread = new RecordingThread(service, 'ruler', 'ES');
    await thread.ask({ type: 'rate', rate: 0.25 });
    await eventually('the rate', async () => (service.statistics.sampling.ratio === 0.25 ? true : undefined));
    expect([service.collector.samplingRate, service.statistics.sampling.targetRatio]).toEqual([0.25, 0.25]);
    await thread.end();
    await untilOnlyMain(service);
    expectTotals(service, 0);
  });

  it('beyond 64 are not measured, which is said once; one that ends makes room', async () => {
    await using service = await Service.start({ capacityRecords: 64 });
    const handles = Array.from({ length: 63 }, (_, n) => service.aggregator.threadHandle(`thread ${n}`));
    expect(service.warnings).toEqual([]);
    service.aggregator.threadHandle('too many').port.close();
    service.aggregator.threadHandle('too many again').port.close();
    expect(service.warnings.map(({ code }) => code)).toEqual(['PERF_THREAD_LIMIT']);
    for (const { port } of handles) port.close();
    await untilOnlyMain(service);
    const thread = new RecordingThread(service, 'late', 'ES');
    await thread.record(50, 0.001);
    await thread.end();
    await untilOnlyMain(service);
    expectTotals(service, 50);
  });
});

/** The aggregator's own worker, not an application thread of the test. */
function isWorkerOf(service: Service) {
  return (worker: Worker): boolean => worker === service.workers[0];
}
