import { runChild } from './child-process.ts';
import type { CpuInput, CpuResult } from './children/cpu.ts';
import { quantile, scaled, spread } from './spread.ts';
import { figureText, type Topic } from './table.ts';

const EVENTS_PER_SECOND = 10_000;
const SUBJECTS = ['library', 'library idle', 'control'] as const;
const GOAL_PERCENT = 0.5;
/** In which V8 optimises the worker's code. */
const WARM_UP_SECONDS = 4;

export async function measureAggregationCpu(isQuick: boolean): Promise<Topic> {
  const seconds = isQuick ? 6 : 20;
  // At the same time: what else the machine does meets all three alike. Together they take a few percent of a core.
  const [full, idle, control] = await Promise.all(
    SUBJECTS.map((subject) =>
      runChild<CpuResult>('cpu', {
        subject,
        seconds,
        eventsPerSecond: EVENTS_PER_SECOND,
        warmUpSeconds: WARM_UP_SECONDS,
      } satisfies CpuInput),
    ),
  );
  const percent = (shares: readonly number[]) => scaled(spread(shares), 100);
  const worker = percent(full.worker);
  const controlMedian = quantile(control.process, 0.5);
  return {
    id: 'aggregation-cpu',
    title: `Aggregation at ${EVENTS_PER_SECOND.toLocaleString('en-US')} events/s (% of one core, each second)`,
    columns: [
      { key: 'name', label: '' },
      { key: 'percent', label: 'median (P10–P90)', digits: 2 },
    ],
    rows: [
      { name: 'worker thread, as the operating system counts it', percent: worker },
      {
        name: 'worker thread, as the library reports it (mean)',
        percent: full.reported === null ? null : 100 * full.reported,
      },
      { name: 'worker thread without any event', percent: percent(idle.worker) },
      { name: 'whole process, with the library', percent: percent(full.process) },
      { name: 'whole process, without it (control)', percent: percent(control.process) },
      {
        name: 'cross-check: with − without, recording and heartbeat included',
        percent: percent(full.process.map((share) => share - controlMedian)),
      },
      {
        name: 'CPU seconds of the whole run, with − without (start included)',
        percent: full.total - control.total,
      },
    ],
    goals: [
      {
        what: 'aggregation at 10,000 events/s',
        goal: `≤ ${GOAL_PERCENT} % of a core`,
        measured: `${figureText(worker, 2)} %`,
        isMet: worker.median <= GOAL_PERCENT,
      },
    ],
    notes: [
      `five events, lognormal durations; ${seconds} s after ${WARM_UP_SECONDS} s of warm-up; endpoint on, not scraped`,
      `${full.recorded.toLocaleString('en-US')} records in all`,
    ],
  };
}
