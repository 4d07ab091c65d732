import { once } from 'node:events';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { EventID, type Statistics } from '../../src/index.ts';
import { eventually } from '../support/programs.ts';
import { Service, samplesOf } from './service.ts';

const ID = EventID.ORDER_EXECUTION;
const KILLS = 12;
const SEED = 20_261_107;
const LONGEST_LIFE_MILLIS = 400;
/** One in so many lives long enough for its successor to be started without delay. */
const LONG_LIFE_EVERY = 4;
const LONG_LIFE_MILLIS = 1050;
/** Bucket counts, counts, sums and totals: what must never fall. */
const COUNTER = /^\w+_(total|count|sum|bucket)(\{|$)/;

/** Compares each picture with the one before; remembers what fell. */
class Watch {
  readonly fallen: string[] = [];
  looks = 0;
  private last = new Map<string, number>();

  look(counters: ReadonlyMap<string, number>): void {
    this.looks++;
    for (const [name, value] of counters) {
      const before = this.last.get(name) ?? 0;
      if (value < before) this.fallen.push(`${name}: ${before}, then ${value}`);
      this.last.set(name, value);
    }
    for (const name of this.last.keys()) if (!counters.has(name)) this.fallen.push(`${name} is gone`);
  }
}

function countersOf(text: string): Map<string, number> {
  return new Map([...samplesOf(text)].filter(([name]) => COUNTER.test(name)));
}

function totalsOf({ ring, events, health, overhead }: Statistics): Map<string, number> {
  const [event] = events.slice(ID);
  return new Map<string, number>([
    ...Object.entries({ recorded: ring.recorded, aggregated: ring.aggregated, lost: ring.overwritten }),
    ...Object.entries({ count: event.count, errors: event.errors, breaches: event.breaches }),
    ...Object.entries({ restarts: health.workerRestarts, cost: overhead.recordSeconds }),
    ...Object.entries(ring.rejected),
  ]);
}

/** Numerical Recipes' linear congruential generator: 0 to 1. */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function killWorkers(service: Service): Promise<void> {
  const random = randoms(SEED);
  for (let kill = 0; kill < KILLS; kill++) {
    if (kill > 0 && kill % LONG_LIFE_EVERY === 0) {
      await once(service.aggregator, 'ready');
      await delay(LONG_LIFE_MILLIS);
    }
    // The square: most die young, some at once.
    await delay(random() ** 2 * LONGEST_LIFE_MILLIS);
    const next = once(process, 'worker');
    await service.workers.at(-1)?.terminate();
    await next;
  }
}

async function scrapeUntil(isOver: () => boolean, service: Service, watch: Watch): Promise<void> {
  while (!isOver()) {
    // Refused and cut connections are what a death looks like from outside.
    const text = await service
      .fetch('/metrics')
      .then((response) => response.text())
      .catch(() => undefined);
    if (text !== undefined) watch.look(countersOf(text));
    await delay(20);
  }
}

it('a worker thread that is killed again and again leaves no counter lower, no record unaccounted, no silence', async () => {
  await using service = await Service.start({ capacityRecords: 16_384 });
  const watches = { statistics: new Watch(), exposition: new Watch(), scrapes: new Watch() };
  let isOver = false;
  const killing = killWorkers(service).finally(() => {
    isOver = true;
  });
  const scraping = scrapeUntil(() => isOver, service, watches.scrapes);
  let events = 0;
  for (let turn = 0; !isOver; turn++) {
    service.record(ID, 100, (turn % 10) / 1000);
    events += 100;
    watches.statistics.look(totalsOf(service.statistics));
    if (turn % 16 === 0) watches.exposition.look(countersOf(service.exporter.exportPrometheus()));
    await nextTurn();
  }
  await Promise.all([killing, scraping]);

  const metrics = await eventually('the endpoint to answer again', () => service.scrape());
  watches.scrapes.look(new Map([...metrics].filter(([name]) => COUNTER.test(name))));
  expect(metrics.get('perf_worker_restarts_total')).toBeGreaterThanOrEqual(KILLS);
  for (const watch of Object.values(watches)) {
    expect(watch.fallen).toEqual([]);
    expect(watch.looks).toBeGreaterThan(1);
  }
  const statistics = await service.stopAndCheck(ID, events);
  expect(statistics.health.workerRestarts).toBeGreaterThanOrEqual(KILLS);
  expect(service.warnings.map(({ code }) => code)).toContain('PERF_WORKER_FAILED');
}, 60_000);

it('a worker thread that dies is reported once, however often the next ones fail, until one is ready', async () => {
  await using service = await Service.start();
  const kill = async (): Promise<void> => {
    const next = once(process, 'worker');
    await service.workers.at(-1)?.terminate();
    await next;
  };
  await kill();
  await kill();
  await kill();
  await once(service.aggregator, 'ready');
  expect(service.warnings.map(({ code }) => code)).toEqual(['PERF_WORKER_FAILED']);
  await kill();
  await once(service.aggregator, 'ready');
  expect(service.warnings.map(({ code }) => code)).toEqual(['PERF_WORKER_FAILED', 'PERF_WORKER_FAILED']);
  await service.stopAndCheck(ID, 0);
});
