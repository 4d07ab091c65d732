import { type AccuracyRow, QUANTILES } from './accuracy.ts';
import { runChild } from './child-process.ts';
import type { AccuracyInput } from './children/accuracy.ts';
import type { RealDurations, RealDurationsInput } from './children/real-durations.ts';
import type { Cell, Topic } from './table.ts';

const GOAL_RATIO = 0.01;
/** Of the rows: the sketches that the aggregator keeps. */
const OURS = /^perf-metrics/;
const REAL = 'real durations';

export async function measureAccuracy(isQuick: boolean): Promise<Topic> {
  const { durations, problem } = await realDurations(isQuick ? 2 : 12);
  const given: AccuracyInput = { durations, samples: isQuick ? 30_000 : 100_000, seeds: isQuick ? 1 : 5 };
  const rows = await runChild<AccuracyRow[]>('accuracy', given);
  const ours = rows.filter(({ sketch }) => OURS.test(sketch));
  const worst = [...ours].sort((a, b) => p999(b) - p999(a))[0];
  return {
    id: 'accuracy',
    title: 'Sketches against exact quantiles: relative error in %, median / worst of the seeds',
    columns: [
      { key: 'distribution', label: 'distribution' },
      { key: 'sketch', label: 'sketch' },
      { key: 'feeding', label: 'fed' },
      ...QUANTILES.map((q) => ({ key: `p${q}`, label: `P${100 * q}` })),
      { key: 'bytes', label: 'bytes', digits: 0 },
    ],
    rows: rows.map((row) => ({
      distribution: row.distribution,
      sketch: row.sketch,
      feeding: row.feeding,
      ...Object.fromEntries(QUANTILES.map((q, i): [string, Cell] => [`p${q}`, errorText(row, i)])),
      bytes: row.bytes,
    })),
    goals: [
      {
        what: 'P99.9 against the exact quantile, alone and merged from 100, worst of all distributions and seeds',
        goal: `≤ ${100 * GOAL_RATIO} %`,
        measured: `${(100 * p999(worst)).toFixed(2)} % (${worst.sketch}, ${worst.distribution}, ${worst.feeding})`,
        isMet: p999(worst) <= GOAL_RATIO,
      },
    ],
    notes: [
      `${given.samples.toLocaleString('en-US')} samples, ${given.seeds} seeds; merged: 100 sketches of a hundredth each`,
      problem ??
        `${REAL}: ${durations.length.toLocaleString('en-US')} candles through the demo's strategy, on this machine`,
    ],
  };
}

async function realDurations(seconds: number): Promise<{ durations: RealDurations; problem?: string }> {
  try {
    const given: RealDurationsInput = { seconds };
    return { durations: await runChild<RealDurations>('real-durations', given) };
  } catch (error) {
    return {
      durations: [],
      problem: `${REAL} are left out, the demo is not built: ${(error as Error).message}`,
    };
  }
}

function p999({ worst }: AccuracyRow): number {
  return worst[QUANTILES.indexOf(0.999)];
}

function errorText({ median, worst }: AccuracyRow, at: number): string {
  return `${(100 * median[at]).toFixed(2)} / ${(100 * worst[at]).toFixed(2)}`;
}
