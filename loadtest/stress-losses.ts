import { setTimeout as delay } from 'node:timers/promises';
import { DemoService, type Stats } from './demo-service.ts';
import { startK6 } from './k6.ts';
import type { Control } from './phases.ts';
import { eventually } from './processes.ts';
import { type Journal, readJournal } from './warm-up.ts';

/** So small a ring keeps up with aggregation, but not a second without it. */
const CAPACITY_RECORDS = 1024;
/** Nothing else may change what is recorded: every event is, whatever it costs. */
const EVERY_EVENT = { adaptiveSampling: false };
/** Candles a second: some 4,000 records. */
const RATE = 600;
const LOAD_SECONDS = 4;
const BEFORE_MILLIS = 500;
const WITHOUT_AGGREGATION_MILLIS = 2000;
/** Garbage collections and stalls are written into the ring besides events: of what was lost they are at most this share. */
const MAX_PAUSES_RATIO = 0.02;

/** Loses records on purpose, and compares what the library says of them with what the demo says it has done. */
export async function runLosses(directory: string): Promise<Control> {
  await using stack = new AsyncDisposableStack();
  const demo = await DemoService.start({
    directory,
    name: 'stress-losses-demo',
    environment: { PERF_CAPACITY_RECORDS: String(CAPACITY_RECORDS), PERF_ADAPTIVE_SAMPLING: 'false' },
  });
  stack.defer(() => demo.stop());
  const { requests: before } = await demo.probe();
  const k6 = startK6('overhead', {
    directory,
    name: 'stress-losses',
    target: demo.url,
    environment: { RATE: String(RATE), DURATION: `${LOAD_SECONDS}s` },
  });
  stack.defer(async () => {
    k6.stop();
    await k6.result.catch(() => undefined);
  });
  await eventually('the first request', async () => (await demo.probe()).requests > before || undefined);
  await delay(BEFORE_MILLIS);
  await demo.setOptions({ ...EVERY_EVENT, aggregationEnabled: false });
  await delay(WITHOUT_AGGREGATION_MILLIS);
  await demo.setOptions(EVERY_EVENT);
  await k6.result;
  const journal = await eventually('the queue to be empty', async () => {
    const journal = await readJournal(demo);
    return journal.queued === 0 ? journal : undefined;
  });
  return lossControl(journal, await settled(demo));
}

/** Statistics once nothing is written any more but what the process does by itself. */
async function settled(demo: DemoService): Promise<Stats> {
  let before = -1;
  return eventually('every record to be aggregated', async () => {
    const stats = await demo.stats();
    const counted = countOf(stats);
    const isSettled = counted === before;
    before = counted;
    return isSettled ? stats : undefined;
  });
}

function countOf({ events }: Pick<Stats, 'events'>): number {
  return events.reduce((sum, { count }) => sum + count, 0);
}

/**
 * How many events the demo has measured, by its own books. A candle: its processing, its signal, and each published and
 * handled. An order: its execution, its way to the exchange, and what was said of it, published and handled; unless rejected,
 * its time to be filled and its slippage. A fill is published once and handled twice. And the demo opened one session.
 */
export function eventsOf({ signals, orders, fills, rejects }: Journal): number {
  return 6 * signals + 4 * orders + 2 * (orders - rejects) + 3 * fills + 2;
}

export function lossControl(journal: Journal, stats: Pick<Stats, 'events' | 'ring'>): Control {
  const { recorded, aggregated, overwritten } = stats.ring;
  const happened = eventsOf(journal);
  const lost = happened - countOf(stats);
  const pauses = overwritten - lost;
  return {
    name: 'losses counted',
    isKept:
      recorded === aggregated + overwritten &&
      lost > 0 &&
      pauses >= 0 &&
      pauses <= MAX_PAUSES_RATIO * overwritten,
    text: `with a ring of ${CAPACITY_RECORDS} records and no aggregation for ${WITHOUT_AGGREGATION_MILLIS / 1e3} s, ${recorded} records were written: ${aggregated} aggregated, ${overwritten} overwritten; of ${happened} events by the demo's own books ${lost} are missing, and ${pauses} of those overwritten were garbage collections or stalls`,
  };
}
