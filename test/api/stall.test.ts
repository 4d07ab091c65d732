import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { EventID } from '../../src/index.ts';
import { eventually } from '../support/programs.ts';
import type { Scrape } from './scraper.ts';
import { Service } from './service.ts';

const ID = EventID.SIGNAL_GENERATION;
const SCRAPER = fileURLToPath(new URL('scraper.ts', import.meta.url));
const BLOCK_MILLIS = 5000;
/** A stall shows this long after it began, at the latest: a heartbeat is due every 20 ms, and 50 ms late is a stall. */
const SHOWN_AFTER_MILLIS = 200;
/** The stall is counted from the heartbeat that was due first. */
const STALLED_SECONDS = (BLOCK_MILLIS - 100) / 1e3;

function block(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCK_MILLIS);
}

async function startScraper(service: Service) {
  const { address } = service.aggregator;
  const url = `http://${address?.host}:${address?.port}`;
  const child = spawn(process.execPath, [SCRAPER, url], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await once(child.stdout, 'data');
  return async (): Promise<Scrape[]> => {
    child.stdin.end();
    await once(child, 'close');
    return JSON.parse(output.trim().split('\n').at(-1) ?? '');
  };
}

it('scrapes answer while the application is blocked for 5 s and show the stall; then it is a record, joined with its event', async () => {
  await using service = await Service.start();
  const finish = await startScraper(service);
  const start = service.collector.recordStart(ID);
  const from = Date.now();
  block();
  const to = Date.now();
  service.collector.recordEnd(ID, start);

  const metrics = await eventually('the stall as a record', async () => {
    const samples = await service.scrape();
    return (samples.get('perf_event_loop_stalled_seconds_total') ?? 0) >= STALLED_SECONDS
      ? samples
      : undefined;
  });
  const scrapes = await finish();
  const during = scrapes.filter((scrape) => scrape.from >= from + SHOWN_AFTER_MILLIS && scrape.to <= to);
  expect(during.length).toBeGreaterThan(2);
  expect(new Set(scrapes.map(({ status }) => status))).toEqual(new Set([200]));
  const stalls = during.map(({ stallSeconds }) => stallSeconds);
  expect(stalls[0]).toBeGreaterThan(0);
  stalls.slice(1).forEach((seconds, i) => {
    expect(seconds).toBeGreaterThan(stalls[i]);
  });
  expect(metrics.get('perf_event_loop_stall_seconds{ring="main"}')).toBe(0);
  const joined = metrics.get('perf_event_stall_seconds_total{event="signal_generation"}');
  expect(joined).toBeGreaterThanOrEqual(STALLED_SECONDS);
  const { events } = await service.stopAndCheck(ID, 1);
  expect(events[ID].max).toBeGreaterThanOrEqual(events[ID].stallSeconds);
}, 60_000);

it('a stall that ends with stop() is recorded too', async () => {
  await using service = await Service.start();
  const start = service.collector.recordStart(ID);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  service.collector.recordEnd(ID, start);
  const { events, health } = await service.stopAndCheck(ID, 1);
  expect(health.stallSecondsTotal).toBeGreaterThan(0.2);
  expect(events[ID].stallSeconds).toBeGreaterThan(0.2);
  expect(health.stalls).toEqual([{ ring: 'main', seconds: 0 }]);
});
