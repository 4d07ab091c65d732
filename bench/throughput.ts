import { loadavg } from 'node:os';
import { runChild } from './child-process.ts';
import type { DrainCostInput, DrainCostResult } from './children/drain-cost.ts';
import type { ThroughputInput, ThroughputResult } from './children/throughput.ts';
import { spread } from './spread.ts';
import type { Goal, Topic } from './table.ts';

const RUNS: readonly { readonly rate: number | null; readonly path: ThroughputInput['path'] }[] = [
  { rate: 1e6, path: 'record' },
  { rate: 2e6, path: 'record' },
  { rate: 3e6, path: 'record' },
  { rate: 5e6, path: 'record' },
  { rate: 8e6, path: 'write' },
  { rate: null, path: 'record' },
  { rate: null, path: 'write' },
];
const GOALS = [2e6, 5e6];
/** A producer that falls behind its rate by more has not shown that rate. */
const RATE_TOLERANCE = 0.98;

export async function measureThroughput(isQuick: boolean): Promise<Topic> {
  const seconds = isQuick ? 2 : 10;
  const results: ThroughputResult[] = [];
  const rows = [];
  for (const { rate, path } of RUNS) {
    const result = await runChild<ThroughputResult>('throughput', {
      rate,
      path,
      seconds: rate === null && !isQuick ? 5 : seconds,
    } satisfies ThroughputInput);
    results.push(result);
    rows.push({
      name: `${rate === null ? 'as fast as it goes' : `${rate / 1e6} M/s`}, ${path === 'record' ? 'recordStart + recordEnd' : 'ring write alone'}`,
      written: result.written / result.seconds / 1e6,
      aggregated: spread(result.aggregatedPerSecond.map((perSecond) => perSecond / 1e6)),
      overwritten: result.overwritten,
      lost: (100 * result.overwritten) / result.recorded,
      conserved: result.isConserved ? 'yes' : 'NO',
      load: loadavg()[0],
    });
  }
  return {
    id: 'throughput',
    title: `Throughput: one producer thread, the real worker thread, ${seconds} s each`,
    columns: [
      { key: 'name', label: '' },
      { key: 'written', label: 'written M/s', digits: 2 },
      { key: 'aggregated', label: 'aggregated M/s each second (P10–P90)', digits: 2 },
      { key: 'overwritten', label: 'overwritten', digits: 0 },
      { key: 'lost', label: 'lost %', digits: 3 },
      { key: 'conserved', label: 'recorded = aggregated + overwritten' },
      { key: 'load', label: 'load average', digits: 2 },
    ],
    rows,
    goals: GOALS.map((goal) => throughputGoal(goal, results, seconds)),
    notes: [
      'durations are lognormal, five events; the producer yields to its event loop every 5 ms',
      'beyond what two clock reads allow, LockFreeRingBuffer.write is called without them',
    ],
  };
}

function throughputGoal(goal: number, results: readonly ThroughputResult[], seconds: number): Goal {
  const at = RUNS.findIndex(({ rate }) => rate === goal);
  const { written, seconds: took, overwritten } = results[at];
  const rate = written / took;
  return {
    what: `aggregation without loss for ${seconds} s`,
    goal: `≥ ${goal / 1e6} M events/s`,
    measured: `${(rate / 1e6).toFixed(2)} M/s written, ${overwritten.toLocaleString('en-US')} overwritten`,
    isMet: overwritten === 0 && rate >= goal * RATE_TOLERANCE,
  };
}

export async function measureDrainCost(isQuick: boolean): Promise<Topic> {
  const given: DrainCostInput = {
    recordsPerDrain: [100, 1_000, 10_000, 32_768, 130_000],
    secondsEach: isQuick ? 0.4 : 1.2,
  };
  const results = await runChild<DrainCostResult>('drain-cost', given);
  return {
    id: 'drain-cost',
    title: 'Aggregation alone: from the ring into sketches, windows and verdicts (nanoseconds an event)',
    columns: [
      { key: 'name', label: 'records a drain' },
      { key: 'nanos', label: 'ns an event (P10–P90)' },
      { key: 'rate', label: 'M events/s of one core', digits: 2 },
    ],
    rows: results.map(({ records, nanos }) => {
      const figure = spread(nanos);
      return { name: records.toLocaleString('en-US'), nanos: figure, rate: 1e3 / figure.median };
    }),
    goals: [],
    notes: ['no thread, timer or socket; each drain is a tick of 100 ms, with its windows and SLA verdicts'],
  };
}
