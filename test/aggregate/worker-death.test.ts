import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EventID } from '../../src/index.ts';
import { RunningService } from './running-service.ts';

const ID = EventID.SIGNAL_GENERATION;
/** From the birth of a worker thread to its end, in milliseconds: while it loads, begins, ticks and serves. */
const LIVES_MILLIS = [0, 60, 150, 260];
const EVENTS_PER_TURN = 40;
/** Less than the larger ring holds. */
const MAX_EVENTS = 100_000;

interface Totals {
  readonly recorded: number;
  readonly aggregated: number;
  readonly overwritten: number;
  readonly count: number;
  readonly restarts: number;
}

function totalsOf({ aggregator }: RunningService): Totals {
  const { ring, events, health } = aggregator.getStatistics();
  const { recorded, aggregated, overwritten } = ring;
  return { recorded, aggregated, overwritten, count: events[ID].count, restarts: health.workerRestarts };
}

/** Records for as long as `until` takes, and looks at the totals at every turn. Returns how many events it recorded. */
async function recordUntil(
  service: RunningService,
  until: Promise<unknown>,
  onTotals: (totals: Totals) => void,
) {
  let isOver = false;
  void until.finally(() => {
    isOver = true;
  });
  let events = 0;
  while (!isOver) {
    for (let n = 0; n < EVENTS_PER_TURN && events < MAX_EVENTS; n++, events++)
      service.collector.recordValue(ID, 0.001);
    onTotals(totalsOf(service));
    await wait(2);
  }
  return events;
}

/** Lets each worker thread live as long as the list says, the next one until it serves. */
async function killWorkers(service: RunningService): Promise<void> {
  for (const [n, millis] of LIVES_MILLIS.entries()) {
    await wait(millis);
    const born = once(process, 'worker');
    await service.workers[n].terminate();
    await born;
  }
  await once(service.aggregator, 'listening');
}

describe('a worker thread that is killed while the application records', () => {
  it.each([
    { name: 'a ring that holds everything', capacityRecords: 131_072, isLapped: false },
    { name: 'a ring that is lapped meanwhile', capacityRecords: 256, isLapped: true },
  ])('is started again, and no total goes backwards, with $name', async ({ capacityRecords, isLapped }) => {
    const service = await RunningService.start({ capacityRecords });
    let last = totalsOf(service);
    const backwards: [Totals, Totals][] = [];
    const events = await recordUntil(service, killWorkers(service), (totals) => {
      const isForward = Object.entries(totals).every(([key, total]) => total >= last[key as keyof Totals]);
      if (!isForward || totals.aggregated + totals.overwritten !== totals.recorded)
        backwards.push([last, totals]);
      last = totals;
    });
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    await service[Symbol.asyncDispose]();
    const { recorded, aggregated, overwritten, count, restarts } = totalsOf(service);
    expect(backwards).toEqual([]);
    expect(restarts).toBe(LIVES_MILLIS.length);
    expect([recorded, aggregated + overwritten]).toEqual([service.recorded, service.recorded]);
    if (isLapped) expect(overwritten).toBeGreaterThan(0);
    else expect([count, overwritten]).toEqual([events, 0]);
    expect(count).toBeLessThanOrEqual(aggregated);
  });
});
