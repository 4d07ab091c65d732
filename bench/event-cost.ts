import { runChild } from './child-process.ts';
import type { EventCostInput, EventCostResult } from './children/event-cost.ts';
import { CONTENDERS } from './contenders/all.ts';
import { TWO_CLOCK_READS } from './contenders/peers.ts';
import { bootstrapRuns, type Figure, scaled, spread } from './spread.ts';
import { figureText, type Goal, type Topic } from './table.ts';

const SEED_NANOS = 280;
const ORDER = [
  'nothing',
  TWO_CLOCK_READS,
  'performance-now-global',
  'monotonic-clock',
  'full',
  'full-aggregated',
  'symbol',
  'symbol-trace',
  'ten-percent',
  'keep-breaches',
  'disabled',
  'perf-hooks',
  'hdr',
  'prom-timer',
  'prom-child-timer',
  'prom-child-observe',
  'opentelemetry',
];

interface Measured {
  readonly nanos: Figure;
  readonly ratio: Figure;
}

export async function measureEventCost(isQuick: boolean): Promise<Topic> {
  const processes = isQuick ? 1 : 5;
  const pairs = isQuick ? 120 : 160;
  const results = new Map<string, EventCostResult[]>(ORDER.map((name) => [name, []]));
  // Round by round and in random order: what else the machine does meets all alike.
  for (let round = 0; round < processes; round++) {
    for (const contender of shuffled(ORDER)) {
      const result = await runChild<EventCostResult>('event-cost', {
        contender,
        pairs,
      } satisfies EventCostInput);
      results.get(contender)?.push(result);
    }
  }
  const measured = new Map<string, Measured>();
  for (const [name, runs] of results) measured.set(name, summarize(runs));
  const baselineNanos = spread([...results.values()].flat().flatMap((run) => run.baseline)).median;
  return {
    id: 'event-cost',
    title: 'One measured event (nanoseconds)',
    columns: [
      { key: 'name', label: '' },
      { key: 'nanos', label: 'ns, median (P10–P90)' },
      { key: 'ratio', label: '× two performance.now() (95 % interval)', digits: 3 },
    ],
    rows: [
      ...ORDER.map((name) => ({ name: CONTENDERS[name].label, ...measured.get(name) })),
      { name: "the seed's figure", nanos: SEED_NANOS, ratio: SEED_NANOS / baselineNanos },
    ],
    goals: goalsOf((name) => measured.get(name) as Measured),
    notes: [
      `each contender in ${processes} process(es) of its own: ${pairs} blocks of 3,000 events and as many of two ` +
        'performance.now(), in turns, in random order; the ratio is of neighbouring blocks, its interval from resampled processes and blocks',
      'loop and sink (the first row) are in every figure; the loop is one that V8 inlines into',
    ],
  };
}

function summarize(runs: readonly EventCostResult[]): Measured {
  const ratios = runs.map(({ baseline, candidate }) => candidate.map((nanos, i) => nanos / baseline[i]));
  return { nanos: spread(runs.flatMap((run) => run.candidate)), ratio: bootstrapRuns(ratios) };
}

function goalsOf(measured: (name: string) => Measured): Goal[] {
  const full = measured('full').ratio;
  const timer = measured('prom-timer').ratio;
  const cheaper = scaled(timer, 1 / full.median);
  const asWritten = scaled(full, 1 / measured('performance-now-global').ratio.median);
  const perfHooks = scaled(measured('perf-hooks').ratio, 1 / full.median);
  const atMost = (name: string, what: string, nanos: number): Goal => ({
    what,
    goal: `≤ ${nanos} ns`,
    measured: `${figureText(measured(name).nanos)} ns`,
    isMet: measured(name).nanos.median <= nanos,
  });
  return [
    {
      what: 'a fully measured event / two performance.now(), as usually written: of the global',
      goal: '≤ 1×',
      measured: `${figureText(asWritten, 3)}×`,
      isMet: asWritten.median <= 1,
    },
    {
      what: 'a fully measured event / two performance.now(), imported from node:perf_hooks',
      goal: '≤ 1×',
      measured: `${figureText(full, 3)}×`,
      isMet: full.median <= 1,
    },
    {
      what: 'prom-client startTimer() / a fully measured event',
      goal: '≥ 5×',
      measured: `${figureText(cheaper)}×`,
      isMet: cheaper.median >= 5,
    },
    {
      what: 'perf_hooks histogram / a fully measured event',
      goal: '> 1×',
      measured: `${figureText(perfHooks, 2)}×`,
      isMet: perfHooks.median > 1,
    },
    atMost('disabled', 'disabled', 3),
    atMost('ten-percent', 'at 10 % sampling', 15),
  ];
}

function shuffled(names: readonly string[]): string[] {
  return names
    .map((name) => ({ name, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ name }) => name);
}
