import { DURATION_UNIT } from '../contract/events.ts';
import type { DumpSummary, EventSummary } from './dump-summary.ts';
import {
  countText,
  dateText,
  limitText,
  NOTHING,
  percentText,
  spanText,
  valueText,
  wholeText,
} from './report-units.ts';
import { type Column, textTable } from './text-table.ts';

const WIDTH = 100;

/** What `perf-metrics report DIR` prints. Times are UTC. */
export function renderDumpReport({ from, to, dumps, runs, events }: DumpSummary): string {
  if (from === null || to === null) return 'No dumps in this period.\n';
  const seen = events.filter(({ count }) => count > 0);
  const lines = [
    `Latency history  ${dateText(from)} to ${dateText(to)} UTC (${spanText((to - from) / 1e3)})`,
    `${wholeText(dumps)} ${dumps === 1 ? 'dump' : 'dumps'} of ${wholeText(runs)} ${runs === 1 ? 'run' : 'runs'} of a process`,
    '',
    ...(seen.length === 0 ? ['No events in this period.'] : table(seen)),
  ];
  return `${lines.join('\n')}\n`;
}

function table(events: readonly EventSummary[]): string[] {
  const worst = events
    .filter(({ worstAt }) => worstAt !== null)
    .map(
      ({ event, unit, worstP99, worstAt }) =>
        `  ${event}: ${valueText(worstP99, unit)} at ${dateText(worstAt ?? 0)} UTC`,
    );
  return [
    ...textTable(COLUMNS, events.map(row), WIDTH),
    '',
    'median, worst: P99 of the minute before each dump. P50, P99, P99.9: since start, in the last dump.',
    ...(worst.length > 0 ? ['', 'Worst P99', ...worst] : []),
  ];
}

const COLUMNS: readonly Column[] = [
  { title: 'event', align: 'left' },
  ...['count', 'median', 'worst', 'P50', 'P99', 'P99.9', 'SLA', 'within', 'breaches'].map(
    (title): Column => ({ title, align: 'right' }),
  ),
];

function row({
  event,
  unit,
  count,
  breaches,
  compliance,
  threshold,
  medianP99,
  worstP99,
  quantiles,
}: EventSummary): string[] {
  return [
    unit === DURATION_UNIT ? event : `${event}, ${unit}`,
    countText(count),
    valueText(medianP99, unit),
    valueText(worstP99, unit),
    valueText(quantiles?.p50, unit),
    valueText(quantiles?.p99, unit),
    valueText(quantiles?.p999, unit),
    threshold === null ? NOTHING : limitText(threshold, unit),
    percentText(compliance),
    threshold === null ? NOTHING : countText(breaches),
  ];
}
