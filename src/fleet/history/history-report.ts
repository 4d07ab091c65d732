import { DURATION_UNIT } from '../../contract/events.ts';
import {
  counted,
  countText,
  dateText,
  limitText,
  NOTHING,
  percentText,
  spanText,
  valueText,
} from '../../export/report-units.ts';
import { type Column, textTable } from '../../export/text-table.ts';
import type { Gap } from './coverage.ts';
import type { EventPeriodSummary } from './event-period.ts';
import type { FleetSummary } from './fleet-summary.ts';

const WIDTH = 100;
const GAPS_SHOWN = 5;

/** What `perf-metrics report DIR` prints of a fleet's history. Times are UTC. */
export function renderHistoryReport({ from, to, minutes, coverage, gaps, events }: FleetSummary): string {
  if (from === null || to === null) return 'No minutes in this period.\n';
  const seen = events.filter(({ count }) => count > 0);
  const groups = Map.groupBy(seen, ({ service }) => service);
  // What one service did is what all did: said once, under its name.
  if (groups.size === 2) groups.delete('');
  const lines = [
    `Fleet history  ${periodText({ from, to })} UTC (${spanText((to - from) / 1e3)})`,
    `${counted(minutes, 'minute', 'minutes')}, ${percentText(coverage)} of the period`,
    ...gapLines(gaps),
    ...(seen.length === 0 ? ['', 'No events in this period.'] : []),
    ...[...groups].flatMap(([service, group]) => section(service, group)),
  ];
  return `${lines.join('\n')}\n`;
}

function gapLines(gaps: readonly Gap[]): string[] {
  if (gaps.length === 0) return [];
  const more = gaps.length - GAPS_SHOWN;
  return [
    `${counted(gaps.length, 'gap', 'gaps')}:`,
    ...gaps
      .slice(0, GAPS_SHOWN)
      .map(({ from, to }) => `  ${periodText({ from, to })} (${spanText((to - from) / 1e3)})`),
    ...(more > 0 ? [`  and ${more} more (--json lists all)`] : []),
  ];
}

function section(service: string, events: readonly EventPeriodSummary[]): string[] {
  const worst = events.flatMap(({ event, unit, worst }) =>
    worst === null ? [] : [`  ${event}: P99 ${valueText(worst.p99, unit)}, ${periodText(worst)}`],
  );
  return [
    '',
    service === '' ? 'All services' : service,
    '',
    ...textTable(COLUMNS, events.map(row), WIDTH),
    ...(worst.length > 0 ? ['', 'Worst minute', ...worst] : []),
  ];
}

/** `2026-08-07 10:00:00 to 10:01:00`; the day twice when there are two. */
function periodText({ from, to }: Gap): string {
  const [begin, end] = [dateText(from), dateText(to)];
  return `${begin} to ${begin.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end}`;
}

const COLUMNS: readonly Column[] = [
  { title: 'event', align: 'left' },
  ...['count', 'errors', 'P50', 'P95', 'P99', 'P99.9', 'SLA', 'within', 'breaches'].map(
    (title): Column => ({ title, align: 'right' }),
  ),
];

function row({
  event,
  unit,
  count,
  errors,
  breaches,
  compliance,
  sla,
  quantiles,
}: EventPeriodSummary): string[] {
  return [
    unit === DURATION_UNIT ? event : `${event}, ${unit}`,
    countText(count),
    countText(errors),
    valueText(quantiles?.p50, unit),
    valueText(quantiles?.p95, unit),
    valueText(quantiles?.p99, unit),
    valueText(quantiles?.p999, unit),
    sla === null ? NOTHING : limitText(sla.threshold, unit),
    percentText(compliance),
    sla === null ? NOTHING : countText(breaches),
  ];
}
