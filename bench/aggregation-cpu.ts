import { runChild } from './child-process.ts';
import type { CpuInput, CpuResult } from './children/cpu.ts';
import { quantile, scaled, spread } from './spread.ts';
import { figureText, type Topic } from './table.ts';

const EVENTS_PER_SECOND = 10_000;
const SUBJECTS = ['library', 'library idle', 'timer', 'control'] as const;
const GOAL_PERCENT = 0.5;
/** What some minutes bring at this rate. */
const WARM_UP_EVENTS = 4_000_000;

export async function measureAggregationCpu(isQuick: boolean): Promise<Topic> {
  const seconds = isQuick ? 6 : 20;
  // At the same time: what else the machine does meets all four alike. Together they take a few percent of a core.
  const [full, idle, timer, control] = await Promise.all(
    SUBJECTS.map((subject) =>
      runChild<CpuResult>('cpu', {
        subject,
        seconds,
        eventsPerSecond: EVENTS_PER_SECOND,
        warmUpEvents: WARM_UP_EVENTS,
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
      {
        name: 'floor: a worker thread that wakes ten times a second and does nothing',
        percent: percent(timer.worker),
      },
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
      `five events, lognormal durations; ${seconds} s, endpoint on but not scraped, ${full.recorded.toLocaleString('en-US')} records`,
      `after a burst of ${WARM_UP_EVENTS / 1e6} million events, which V8 has optimised the worker's code by, as some minutes do; ` +
        'the first half minute of a process costs up to twice as much',
    ],
  };
}
