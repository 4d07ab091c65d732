import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { MetricsCollector } from '../../src/record/collector.ts';

// A process of its own, with a nursery of 1 MiB: two million events that allocate one byte each fill it. Runs the loop
// that its argument names until a round of it met no garbage collection, which optimised code that allocates nothing
// reaches, and code that allocates never does. Prints the fewest collections that a round met.
const EVENTS_PER_ROUND = 2_000_000;
const MAX_ROUNDS = 12;

let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

const [, , name] = process.argv;
const collector = new MetricsCollector({
  capacityRecords: 1024,
  enabled: name !== 'disabled',
  samplingRate: name === 'sampled' || name === 'keepBreaches' ? 0.5 : 1,
  keepBreaches: name === 'keepBreaches',
});
const trace = new Uint8Array(16).fill(7);
const symbol = collector.symbol('ES');
const kept: { event: number }[] = [];

const loops: Readonly<Record<string, (event: number) => void>> = {
  traced: (event) => collector.recordEnd(event, collector.recordStart(event), 1, symbol, trace),
  values: (event) => collector.recordValue(event, event + 0.5),
  rejected: (event) => collector.recordEnd(event + 100, collector.recordStart(event)),
  // What a round looks like where something is allocated.
  allocating(event) {
    kept[event] = { event };
  },
};
const loop = loops[name] ?? ((event) => collector.recordEnd(event, collector.recordStart(event)));

let fewest = Number.POSITIVE_INFINITY;
for (let round = 0; round < MAX_ROUNDS && fewest > 0; round++) {
  // An empty nursery, so that what the process itself allocates meanwhile does not fill it. Not a full collection, after
  // which V8 may throw optimised code away.
  globalThis.gc?.({ type: 'minor' });
  await wait(5);
  const before = collections;
  for (let i = 0; i < EVENTS_PER_ROUND; i++) loop(i & 3);
  await wait(5);
  fewest = Math.min(fewest, collections - before);
}
process.stdout.write(String(fewest));
