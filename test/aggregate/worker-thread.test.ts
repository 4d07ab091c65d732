import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { EventID, type SlaChange } from '../../src/index.ts';
import { RunningService } from './running-service.ts';

const SOON = { timeout: 15_000, interval: 20 };
const ID = EventID.ORDER_EXECUTION;
const THREAD = new URL('./recording-thread.ts', import.meta.url);

describe('a running aggregator', () => {
  it('has read everything once it has stopped', async () => {
    const service = await RunningService.start();
    const { collector, aggregator } = service;
    for (let n = 0; n < 50_000; n++)
      collector.recordValue(ID, n % 100 === 0 ? 0.02 : 0.001, n % 10 === 0 ? 1 : 0);
    await service[Symbol.asyncDispose]();
    const { events, ring } = aggregator.getStatistics();
    expect(events[ID]).toMatchObject({ count: 50_000, errors: 5000, breaches: 500 });
    expect(ring).toMatchObject({ recorded: service.recorded, aggregated: service.recorded, overwritten: 0 });
    expect(service.warnings).toEqual([]);
  });

  it('tells of a violation and of the recovery', async () => {
    await using service = await RunningService.start();
    const told: SlaChange[] = [];
    service.aggregator.on('violation', (change) => told.push(change));
    for (let n = 0; n < 100; n++) service.collector.recordValue(ID, 0.02);
    const isLastSecond = ({ window }: SlaChange): boolean => window === '1s';
    await vi.waitFor(() => expect(told.find(isLastSecond)).toBeDefined(), SOON);
    expect(told.find(isLastSecond)).toMatchObject({
      event: 'order_execution',
      threshold: 0.005,
      compliance: 0,
      count: 100,
    });
    const recovered: SlaChange[] = [];
    service.aggregator.on('recovery', (change) => recovered.push(change));
    await vi.waitFor(() => expect(recovered.find(isLastSecond)).toBeDefined(), SOON);
  });

  it('follows its options file: rate, generation, master switch', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'running-options-'));
    const optionsFile = join(directory, 'perf.yaml');
    const put = async (text: string): Promise<void> => {
      await writeFile(`${optionsFile}.new`, text);
      await rename(`${optionsFile}.new`, optionsFile);
    };
    await put('generation: 1\nsamplingRate: 0.5');
    {
      await using service = await RunningService.start({ optionsFile });
      const { collector, aggregator } = service;
      const sampling = () => aggregator.getStatistics().sampling;
      await vi.waitFor(() => expect(sampling()).toMatchObject({ ratio: 0.5, configGeneration: 1 }), SOON);
      await put('generation: 2\nenabled: false');
      await vi.waitFor(() => expect(sampling()).toMatchObject({ enabled: false, configGeneration: 2 }), SOON);
      expect(collector.enabled).toBe(false);
      await put('generation: 3\nsamplingRate: 2');
      await vi.waitFor(
        () => expect(sampling()).toMatchObject({ configGeneration: 2, configFileOk: false }),
        SOON,
      );
      expect(service.warnings.map(({ code }) => code)).toEqual(['PERF_OPTIONS_FILE']);
    }
    await rm(directory, { recursive: true });
  });

  it('keeps the rate that the application asked for, also in the worker that follows a dead one', async () => {
    await using service = await RunningService.start();
    const { collector, aggregator, workers } = service;
    collector.samplingRate = 0.25;
    await vi.waitFor(() => expect(aggregator.getStatistics().sampling.targetRatio).toBe(0.25), SOON);
    const ready = once(aggregator, 'ready');
    await workers[0].terminate();
    await ready;
    expect(collector.samplingRate).toBe(0.25);
  });
});

describe('another application thread', () => {
  const startThread = async (service: RunningService, name: string): Promise<Worker> => {
    const handle = service.aggregator.threadHandle(name);
    const thread = new Worker(THREAD, {
      workerData: { perf: handle },
      transferList: [handle.port],
      execArgv: [],
    });
    await once(thread, 'message');
    // It measures from the moment that the worker thread has taken its ring on.
    await vi.waitFor(async () => {
      thread.postMessage(1);
      const [isEnabled] = await once(thread, 'message');
      expect(isEnabled).toBe(true);
    }, SOON);
    return thread;
  };
  const candlesOf = (service: RunningService) => () =>
    service.aggregator.getStatistics().events[EventID.CANDLE_PROCESSING];

  it('records into the same totals, and they stay when it has ended', async () => {
    await using service = await RunningService.start();
    const { aggregator } = service;
    const threads = [await startThread(service, 'a'), await startThread(service, 'b')];
    const candles = candlesOf(service);
    const before = (await settled(candles)).count;
    for (const thread of threads) thread.postMessage(1000);
    await vi.waitFor(() => expect(candles().count).toBe(before + 2000), SOON);
    expect(candles().slowest[0].symbol).toBe('ES');
    expect(aggregator.getStatistics().ring.rings.map(({ ring }) => ring)).toEqual(['main', 'a', 'b']);
    const { recorded } = aggregator.getStatistics().ring;
    for (const thread of threads) {
      thread.postMessage(500);
      thread.postMessage(0);
      await once(thread, 'exit');
    }
    await vi.waitFor(() => expect(candles().count).toBe(before + 3000), SOON);
    await vi.waitFor(() => expect(aggregator.getStatistics().ring.rings).toHaveLength(1), SOON);
    expect(aggregator.getStatistics().ring.recorded).toBeGreaterThanOrEqual(recorded + 1000);
  });

  it('that ends while there is no worker thread loses nothing of what it has recorded', async () => {
    await using service = await RunningService.start();
    const { aggregator } = service;
    const thread = await startThread(service, 'a');
    const candles = candlesOf(service);
    const before = (await settled(candles)).count;
    await service.workers[0].terminate();
    const ready = once(aggregator, 'ready');
    thread.postMessage(700);
    thread.postMessage(0);
    await once(thread, 'exit');
    await ready;
    await vi.waitFor(() => expect(candles().count).toBe(before + 700), SOON);
    await vi.waitFor(() => expect(aggregator.getStatistics().ring.rings).toHaveLength(1), SOON);
  });
});

/** A figure that has not changed over three commits. */
async function settled<T>(read: () => T): Promise<T> {
  let last = JSON.stringify(read());
  for (let same = 0; same < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, 110));
    const next = JSON.stringify(read());
    same = next === last ? same + 1 : 0;
    last = next;
  }
  return read();
}
