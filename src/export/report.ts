import { DURATION_UNIT } from '../contract/events.ts';
import type { EventStatistics, Statistics } from '../contract/statistics.ts';
import { findings } from './report-findings.ts';
import { health } from './report-health.ts';
import {
  clockText,
  countText,
  dateText,
  durationText,
  limitText,
  NOTHING,
  percentText,
  spanText,
  valueText,
  wholeText,
} from './report-units.ts';
import { type Column, textTable, wrapped, wrappedList } from './text-table.ts';

/** Columns of the terminal that the report is made for. */
export const REPORT_WIDTH = 100;
/** Of each event, among the slowest of the last minute. */
const SLOWEST_SHOWN = 2;

/** The summary report, for people: the same text for the same statistics. Times are UTC. */
export function renderReport(statistics: Statistics): string {
  const sections = [
    header(statistics),
    events(statistics.events),
    section(
      'What stands out',
      findings(statistics).flatMap((line) => wrapped(line, REPORT_WIDTH - 2)),
    ),
    section('Slowest of the last minute', slowest(statistics.events)),
    section('Health', health(statistics.health)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function header({
  startedAt,
  at,
  uptimeSeconds,
  events,
  ring,
  sampling,
  overhead,
  health,
}: Statistics): string[] {
  const count = events.reduce((sum, event) => sum + event.count, 0);
  const measured = sampling.enabled
    ? sampling.ratio === 1
      ? 'all of them measured'
      : `${percentText(sampling.ratio)} of them measured`
    : 'measuring is switched off';
  const lost = ring.overwritten === 0 ? 'none lost' : `${wholeText(ring.overwritten)} lost`;
  return [
    `Latency report  ${dateText(startedAt)} to ${dateText(at)} UTC (${spanText(uptimeSeconds)})`,
    '',
    `events     ${wholeText(count)} since start, ${wholeText(health.eventsPerSecond)}/s over the last 10 s, ${measured}`,
    `own cost   recording ${percentText(overhead.recordRatio)} of a core (${durationText(overhead.recordedEventSeconds)} an event), aggregation ${percentText(overhead.aggregateRatio)}`,
    `records    ${wholeText(ring.recorded)} written, ${wholeText(ring.aggregated)} aggregated, ${lost}`,
  ];
}

function events(all: readonly EventStatistics[]): string[] {
  const seen = all.filter(({ count }) => count > 0);
  const unseen = all.filter(({ count }) => count === 0).map(({ event }) => event);
  const tables = [
    table(
      'event',
      seen.filter(({ unit }) => unit === DURATION_UNIT),
    ),
    table(
      'value',
      seen.filter(({ unit }) => unit !== DURATION_UNIT),
    ),
    unseen.length > 0 ? wrappedList('not seen yet: ', unseen, REPORT_WIDTH) : [],
  ];
  return tables.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

const FIGURES: readonly Column[] = ['count', 'P50', 'P95', 'P99', 'P99.9', 'max', 'SLA', 'within'].map(
  (title) => ({
    title,
    align: 'right',
  }),
);

function table(title: string, rows: readonly EventStatistics[]): string[] {
  if (rows.length === 0) return [];
  const columns: Column[] = [{ title, align: 'left' }, ...FIGURES, { title: 'verdict', align: 'left' }];
  return textTable(columns, rows.map(row), REPORT_WIDTH);
}

function row({ event, unit, count, quantiles, max, sla, compliance }: EventStatistics): string[] {
  return [
    unit === DURATION_UNIT ? event : `${event}, ${unit}`,
    countText(count),
    valueText(quantiles?.p50, unit),
    valueText(quantiles?.p95, unit),
    valueText(quantiles?.p99, unit),
    valueText(quantiles?.p999, unit),
    valueText(max, unit),
    sla === null ? NOTHING : limitText(sla.threshold, unit),
    percentText(compliance),
    verdictOf(sla, compliance),
  ];
}

/** `BROKEN`: compliance is below the objective in a window now; `missed`: since start, but no longer. */
function verdictOf(sla: EventStatistics['sla'], compliance: number | null): string {
  if (sla === null) return NOTHING;
  if (sla.broken.length > 0) return 'BROKEN';
  return compliance !== null && compliance < sla.objective ? 'missed' : 'ok';
}

function slowest(all: readonly EventStatistics[]): string[] {
  const durations = all.filter(({ unit }) => unit === DURATION_UNIT);
  const rows = durations.flatMap(({ event, unit, slowest: kept }) =>
    kept
      .slice(0, SLOWEST_SHOWN)
      .map(({ value, at, symbol, traceId }) => [
        event,
        valueText(value, unit),
        clockText(at),
        symbol ?? NOTHING,
        traceId ?? NOTHING,
      ]),
  );
  if (rows.length === 0) return [];
  const columns: Column[] = [
    { title: 'event', align: 'left' },
    { title: 'took', align: 'right' },
    { title: 'ended (UTC)', align: 'left' },
    { title: 'symbol', align: 'left' },
    { title: 'trace id', align: 'left' },
  ];
  return textTable(columns, rows, REPORT_WIDTH - 2);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}
