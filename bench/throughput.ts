import { runChild } from './child-process.ts';
import type { DrainCostInput, DrainCostResult } from './children/drain-cost.ts';
import type { ThroughputInput, ThroughputResult } from './children/throughput.ts';
import { spread } from './spread.ts';
import type { Cell, Goal, Topic } from './table.ts';

interface Load {
  readonly rate: number | null;
  readonly path: ThroughputInput['path'];
  /** A goal: it is tried again when records were lost, since a machine that others use may be what lost them. */
  readonly isGoal?: boolean;
}

interface Run extends Load {
  readonly result: ThroughputResult;
}

const LOADS: readonly Load[] = [
  { rate: 1e6, path: 'record' },
  { rate: 2e6, path: 'record', isGoal: true },
  { rate: 3e6, path: 'record' },
  { rate: 5e6, path: 'record', isGoal: true },
  { rate: 8e6, path: 'write' },
  { rate: null, path: 'record' },
  { rate: null, path: 'write' },
];
const TRIES = 3;
const UNLIMITED_SECONDS = 4;
/** A producer that falls behind its rate by more has not shown that rate. */
const RATE_TOLERANCE = 0.98;

export async function measureThroughput(isQuick: boolean): Promise<Topic> {
  const seconds = isQuick ? 1.5 : 10;
  const runs: Run[] = [];
  for (const load of isQuick ? LOADS.filter(({ isGoal, rate }) => isGoal || rate === null) : LOADS) {
    for (let attempt = 1; attempt <= (load.isGoal && !isQuick ? TRIES : 1); attempt++) {
      const { rate, path } = load;
      const length = rate === null ? Math.min(seconds, UNLIMITED_SECONDS) : seconds;
      const given: ThroughputInput = { rate, path, seconds: length };
      const result = await runChild<ThroughputResult>('throughput', given);
      runs.push({ ...load, result });
      if (result.overwritten === 0) break;
    }
  }
  return {
    id: 'throughput',
    title: `Throughput: one producer thread, the real worker thread, ${seconds} s each`,
    columns: [
      { key: 'name', label: '' },
      { key: 'written', label: 'written M/s', digits: 2 },
      { key: 'aggregated', label: 'aggregated M/s, by second (P10–P90)', digits: 2 },
      { key: 'overwritten', label: 'overwritten', digits: 0 },
      { key: 'lost', label: 'lost %', digits: 3 },
      { key: 'worker', label: 'worker, cores', digits: 2 },
      { key: 'others', label: 'others, cores', digits: 2 },
      { key: 'conserved', label: 'conserved' },
    ],
    rows: runs.map(rowOf),
    goals: LOADS.filter(({ isGoal }) => isGoal).map(({ rate }) => goalOf(rate ?? 0, runs, seconds)),
    notes: [
      'durations are lognormal, five events; the producer yields to its event loop every 5 ms',
      'beyond what two clock reads allow, LockFreeRingBuffer.write is called without them',
      `a goal that lost records is tried up to ${TRIES} times, each with its row; "others": CPU that other processes took`,
      'conserved: recorded = aggregated + overwritten, exactly',
    ],
  };
}

function rowOf({ rate, path, result }: Run): Record<string, Cell> {
  const speed = rate === null ? 'as fast as it goes' : `${rate / 1e6} M/s`;
  return {
    name: `${speed}, ${path === 'record' ? 'recordStart + recordEnd' : 'ring write alone'}`,
    written: result.written / result.seconds / 1e6,
    aggregated: spread(result.aggregatedPerSecond.map((perSecond) => perSecond / 1e6)),
    overwritten: result.overwritten,
    lost: (100 * result.overwritten) / result.recorded,
    worker: result.workerCores,
    others: result.otherCores,
    conserved: result.isConserved ? 'yes' : 'NO',
  };
}

function goalOf(goal: number, runs: readonly Run[], seconds: number): Goal {
  const tries = runs.filter(({ rate }) => rate === goal).map(({ result }) => result);
  const rates = tries.map(({ written, seconds: took }) => written / took);
  const lost = tries.map(({ overwritten }) => overwritten.toLocaleString('en-US'));
  return {
    what: `aggregation without loss for ${seconds} s`,
    goal: `≥ ${goal / 1e6} M events/s`,
    measured: `${(rates[rates.length - 1] / 1e6).toFixed(2)} M/s written, overwritten: ${lost.join(', then ')}`,
    isMet: tries.some(({ overwritten }, i) => overwritten === 0 && rates[i] >= goal * RATE_TOLERANCE),
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
