import { DURATION_UNIT } from '../../contract/events.ts';
import type { FleetEventStatistics, FleetSlaChange, ServiceStatistics } from '../../contract/fleet.ts';
import {
  clockText,
  counted,
  countText,
  dateText,
  durationText,
  limitText,
  NOTHING,
  percentText,
  shortPercentText,
  spanText,
  valueText,
  wholeText,
} from '../../export/report-units.ts';
import { type Column, textTable, wrapped, wrappedList } from '../../export/text-table.ts';
import { podLines, setAsideLines } from './report-pods.ts';
import { rolloutLines } from './report-rollout.ts';
import type { FleetStats } from './stream-text.ts';

/** Columns of the terminal that the report is made for. */
const WIDTH = 100;
const MOST_CHANGES = 10;

/** The fleet, for people: the same text for the same statistics. Times are UTC. */
export function renderFleetReport(stats: FleetStats): string {
  const { services, overall, rollout, at } = stats;
  const sections = [
    header(stats),
    ...(services.length === 1 ? [] : [serviceSection('All services', overall)]),
    ...services.map((service) => serviceSection(service.service, service)),
    section('SLA, the latest changes', changes(stats.slaChanges)),
    section('Pods, those furthest from their service first', podLines(stats, WIDTH - 2)),
    section('Set aside', setAsideLines(stats, WIDTH - 2)),
    section('Sampling rollout', rollout === null ? [] : rolloutLines(rollout, at, WIDTH - 2)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function header({ startedAt, at, round, overall, services }: FleetStats): string[] {
  const count = overall.events.reduce((sum, event) => sum + event.count, 0);
  const recent = overall.events.reduce((sum, event) => sum + event.windows['5s'].count, 0);
  const setAside = round.targets - round.merged;
  const lost = overall.overwritten === 0 ? 'none lost' : `${wholeText(overall.overwritten)} lost`;
  return [
    `Fleet report  ${dateText(startedAt)} to ${dateText(at)} UTC (${spanText((at - startedAt) / 1e3)})`,
    '',
    `pods       ${wholeText(round.targets)} of ${counted(services.length, 'service', 'services')}: ${wholeText(round.merged)} merged, ${setAside === 0 ? 'none' : wholeText(setAside)} set aside`,
    `events     ${countText(count)} since start, ${wholeText(recent / 5)}/s over the last 5 s`,
    `records    ${countText(overall.recorded)} written, ${lost}`,
    `rounds     ${wholeText(round.rounds)}, ${round.late === 0 ? 'none' : wholeText(round.late)} of them late; the last took ${durationText(round.durationSeconds)}`,
  ];
}

const COLUMNS: readonly Column[] = [
  { title: 'event', align: 'left' },
  ...['count', 'P50', 'P95', 'P99', 'P99.9', 'P99 1m', 'SLA', 'within'].map((title): Column => {
    return { title, align: 'right' };
  }),
  { title: 'verdict', align: 'left' },
];

function serviceSection(title: string, { pods, events, overwritten }: ServiceStatistics): string[] {
  const seen = events.filter(({ count }) => count > 0);
  const unseen = events.filter(({ count }) => count === 0).map(({ event }) => event);
  const lost = overwritten === 0 ? '' : `, ${counted(overwritten, 'record', 'records')} lost`;
  const lines = [
    ...(seen.length > 0 ? textTable(COLUMNS, seen.map(eventRow), WIDTH - 2) : []),
    ...(seen.some(({ sla }) => sla?.isMixed) ? ['* pods disagree on it: the strictest is shown'] : []),
    ...(unseen.length > 0 ? wrappedList('not seen yet: ', unseen, WIDTH - 2) : []),
  ];
  return section(
    `${title} (${counted(pods, 'pod', 'pods')}${lost})`,
    lines.length > 0 ? lines : ['no events yet'],
  );
}

function eventRow({
  event,
  unit,
  count,
  quantiles,
  windows,
  sla,
  compliance,
}: FleetEventStatistics): string[] {
  return [
    unit === DURATION_UNIT ? event : `${event}, ${unit}`,
    countText(count),
    valueText(quantiles?.p50, unit),
    valueText(quantiles?.p95, unit),
    valueText(quantiles?.p99, unit),
    valueText(quantiles?.p999, unit),
    valueText(windows['1m'].quantiles?.p99, unit),
    sla === null ? NOTHING : `${limitText(sla.threshold, unit)}${sla.isMixed ? '*' : ''}`,
    percentText(compliance),
    verdictOf(sla, compliance),
  ];
}

/** `BROKEN`: compliance is below the objective in a window now; `missed`: since start, but no longer. */
function verdictOf(sla: FleetEventStatistics['sla'], compliance: number | null): string {
  if (sla === null) return NOTHING;
  if (sla.broken.length > 0) return 'BROKEN';
  return compliance !== null && compliance < sla.objective ? 'missed' : 'ok';
}

function changes(latest: readonly FleetSlaChange[]): string[] {
  return latest.slice(0, MOST_CHANGES).flatMap((change) => {
    const { at, kind, service, event, window, compliance, objective } = change;
    const verb = kind === 'violation' ? 'broken' : 'kept again';
    const where = service === '' ? 'all services' : service;
    const figures = Number.isFinite(compliance)
      ? `: ${percentText(compliance)} within, objective ${shortPercentText(objective)}`
      : '';
    return wrapped(
      `${clockText(at).slice(0, 8)}  ${event} of ${where} ${verb} over ${window}${figures}`,
      WIDTH - 2,
    );
  });
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}
