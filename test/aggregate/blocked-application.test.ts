import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it, vi } from 'vitest';
import { EventID, monotonicMillis } from '../../src/index.ts';
import { RunningService } from './running-service.ts';

const BLOCK_MILLIS = 5000;
const ID = EventID.CANDLE_PROCESSING;

it('the endpoint answers while the application is blocked for 5 s, and shows the stall as it grows', async () => {
  await using service = await RunningService.start();
  const { collector, aggregator } = service;
  const scraper = new Worker(new URL('./scraper.ts', import.meta.url), {
    workerData: { url: service.url },
    execArgv: [],
  });
  await once(scraper, 'message');
  const start = collector.recordStart(ID);
  const blocked = monotonicMillis();
  while (monotonicMillis() < blocked + BLOCK_MILLIS);
  collector.recordEnd(ID, start);
  scraper.postMessage('stop');
  const [{ stalls, failures }] = await once(scraper, 'message');
  expect(failures).toEqual([]);
  const during = stalls.filter((stall: number) => stall > 0);
  expect(during.length).toBeGreaterThan(3);
  expect(during.slice(0, -1)).toEqual(during.slice(0, -1).sort((a: number, b: number) => a - b));
  expect(Math.max(...during)).toBeGreaterThan(2);
  // The stall is known once it is over, and found in the event that it fell into.
  await vi.waitFor(
    () => expect(aggregator.getStatistics().events[ID].stallSeconds).toBeGreaterThan(4.5),
    10_000,
  );
  expect(aggregator.getStatistics().health.stalls).toEqual([{ ring: 'main', seconds: 0 }]);
});
