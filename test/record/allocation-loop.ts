import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { MetricsCollector } from '../../src/record/collector.ts';

// A process of its own, with a nursery of 1 MiB: a loop of a million events that allocated two bytes an event would
// be seen as a collection. Prints the collections of one loop a line.
const EVENTS = 1_000_000;
const WARM_UP_EVENTS = 200_000;
const MAX_WARM_UPS = 40;

let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

const full = new MetricsCollector({ capacityRecords: 1024 });
const sampled = new MetricsCollector({ capacityRecords: 1024, samplingRate: 0.1 });
const keeping = new MetricsCollector({ capacityRecords: 1024, samplingRate: 0.1, keepBreaches: true });
const off = new MetricsCollector({ capacityRecords: 1024, enabled: false });
const trace = new Uint8Array(16).fill(7);
const symbol = full.symbol('ES');
const kept: { event: number }[] = [];

const loops: Readonly<Record<string, (event: number) => void>> = {
  measured: (event) => full.recordEnd(event, full.recordStart(event)),
  decorated: (event) => full.recordEnd(event, full.recordStart(event), 1, symbol, trace),
  values: (event) => full.recordValue(event, event + 0.5),
  rejected: (event) => full.recordEnd(event + 100, full.recordStart(event)),
  sampled: (event) => sampled.recordEnd(event, sampled.recordStart(event)),
  keepingBreaches: (event) => keeping.recordEnd(event, keeping.recordStart(event)),
  disabled: (event) => off.recordEnd(event, off.recordStart(event)),
  // What the measurement looks like where something is allocated.
  allocating(event) {
    kept[event] = { event };
  },
};

async function collectionsOf(loop: (event: number) => void, events: number): Promise<number> {
  const before = collections;
  for (let i = 0; i < events; i++) loop(i & 3);
  await wait(1);
  return collections - before;
}

const [, , name] = process.argv;
const loop = loops[name];
for (let i = 0; i < MAX_WARM_UPS && (await collectionsOf(loop, WARM_UP_EVENTS)) > 0; i++);
process.stdout.write(`${await collectionsOf(loop, EVENTS)}\n`);
