import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { EventID } from '../../src/index.ts';
import { Service } from './service.ts';

const ID = EventID.EVENT_BUS_PUBLISH;
const APPLICATION = fileURLToPath(new URL('ending-application.ts', import.meta.url));
const run = promisify(execFile);

describe('start and stop', () => {
  it('start: a second call does nothing', async () => {
    await using service = await Service.start();
    const { address } = service.aggregator;
    service.aggregator.start();
    service.record(ID, 10);
    await service.stopAndCheck(ID, 10);
    expect([service.workers.length, address === undefined]).toEqual([1, false]);
  });

  it('stop: a second call, at the same time or later, ends with the first', async () => {
    await using service = await Service.start();
    service.record(ID, 10);
    await Promise.all([service.aggregator.stop(), service.aggregator.stop()]);
    await service.stopAndCheck(ID, 10);
    expect(service.aggregator.address).toBeUndefined();
    expect(service.workers).toHaveLength(1);
  });

  it('stop without start does nothing', async () => {
    await using service = new Service();
    service.record(ID, 10);
    await service.aggregator.stop();
    expect([service.workers.length, service.of(ID).count]).toEqual([0, 0]);
  });

  it('start after stop goes on with the totals, and with what was recorded meanwhile', async () => {
    await using service = await Service.start();
    service.record(ID, 10);
    await service.stopAndCheck(ID, 10);
    service.record(ID, 20);
    expect(service.of(ID).count).toBe(10);
    const listening = once(service.aggregator, 'listening');
    service.aggregator.start();
    await listening;
    service.record(ID, 30);
    expect((await service.fetch('/readyz')).status).toBe(200);
    await service.stopAndCheck(ID, 60);
  });

  it('start during a stop begins when the stop has ended', async () => {
    await using service = await Service.start();
    service.record(ID, 10);
    const stopped = service.aggregator.stop();
    const listening = once(service.aggregator, 'listening');
    service.aggregator.start();
    await stopped;
    await listening;
    service.record(ID, 10);
    await service.stopAndCheck(ID, 20);
    expect(service.workers).toHaveLength(2);
  });

  it('a process may wait for its endpoint, and ends by itself when its work is done, with a running aggregator', async () => {
    const { stdout, stderr } = await run(process.execPath, [APPLICATION], { timeout: 30_000 });
    expect(JSON.parse(stdout)).toEqual({ status: 200 });
    expect(stderr).toBe('');
  });
});
