/**
 * `make bench`: what the library costs and how exact it is, beside its peers, on this machine. Prints a table a topic and
 * the goals of the design, and writes the same to bench-results/latest.json. QUICK=1 takes about a minute. TOPIC=name
 * runs one.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { measureAggregationCpu } from './aggregation-cpu.ts';
import { measureAllocation } from './allocation.ts';
import { measureBlockedScrape } from './blocked-scrape.ts';
import { measureEventCost } from './event-cost.ts';
import { measureFleetScale } from './fleet-scale.ts';
import { isBuilt } from './library.ts';
import { describeMachine } from './machine.ts';
import { measureMemory } from './memory.ts';
import { measurePatterns } from './patterns.ts';
import { Progress } from './progress.ts';
import { measureAccuracy } from './sketch-accuracy.ts';
import { renderGoals, renderTopic, type Topic } from './table.ts';
import { measureDrainCost, measureThroughput } from './throughput.ts';

interface Step {
  readonly topic: string;
  readonly label: string;
  /** Estimates: full, and QUICK=1. */
  readonly seconds: readonly [number, number];
  readonly run: (isQuick: boolean) => Promise<Topic>;
}

const STEPS: readonly Step[] = [
  { topic: 'event-cost', label: 'one measured event', seconds: [42, 9], run: measureEventCost },
  { topic: 'allocation', label: 'bytes an event', seconds: [31, 12], run: measureAllocation },
  { topic: 'patterns', label: 'instrumentation patterns', seconds: [6, 4], run: measurePatterns },
  { topic: 'drain-cost', label: 'aggregation alone', seconds: [8, 4], run: measureDrainCost },
  { topic: 'accuracy', label: 'sketch accuracy', seconds: [32, 6], run: measureAccuracy },
  {
    topic: 'aggregation-cpu',
    label: 'aggregation at 10,000 events/s',
    seconds: [28, 14],
    run: measureAggregationCpu,
  },
  { topic: 'throughput', label: 'throughput', seconds: [110, 14], run: measureThroughput },
  { topic: 'memory', label: 'memory', seconds: [42, 8], run: measureMemory },
  {
    topic: 'blocked-scrape',
    label: 'scrapes of a blocked process',
    seconds: [24, 8],
    run: measureBlockedScrape,
  },
  { topic: 'fleet-scale', label: 'aggregation worker', seconds: [150, 25], run: measureFleetScale },
];
const RESULTS = new URL('../bench-results/', import.meta.url);

const isQuick = process.env.QUICK === '1';
const wanted = STEPS.filter(({ topic }) => [undefined, '', topic].includes(process.env.TOPIC));
if (wanted.length === 0) {
  console.error(`bench: TOPIC is one of ${STEPS.map(({ topic }) => topic).join(', ')}`);
  process.exit(2);
}

const machine = describeMachine();
const startedAt = new Date();
console.log(
  `${machine.cpu}, ${machine.cores} cores · ${machine.system} · Node ${machine.node} · ${machine.commit}`,
);
console.log(`load average ${machine.loadAverageBefore.map((load) => load.toFixed(2)).join(', ')}`);
if (!isBuilt)
  console.log('dist/ is not built: the sources are measured, with the type stripping of their worker thread');

const progress = new Progress(wanted.reduce((sum, { seconds }) => sum + seconds[isQuick ? 1 : 0], 0));
const topics: (Topic & { readonly loadAverage: number })[] = [];
for (const { topic, label, seconds, run } of wanted) {
  try {
    const measured = await progress.step(label, seconds[isQuick ? 1 : 0], () => run(isQuick));
    topics.push({ ...measured, loadAverage: loadavg()[0] });
    console.log(renderTopic(measured));
  } catch (error) {
    // One topic that fails leaves the others worth having.
    console.error(`\n${topic} failed: ${(error as Error).stack}`);
    process.exitCode = 1;
  }
}
console.log(renderGoals(topics.flatMap(({ goals }) => goals)));

const minutes = (Date.now() - startedAt.getTime()) / 60e3;
const results = { startedAt, minutes, isQuick, machine, loadAverageAfter: loadavg(), topics };
mkdirSync(RESULTS, { recursive: true });
writeFileSync(new URL('latest.json', RESULTS), `${JSON.stringify(results, null, 2)}\n`);
console.log(
  `\nbench-results/latest.json written after ${minutes.toFixed(1)} min, load average ${loadavg()[0].toFixed(2)}`,
);
