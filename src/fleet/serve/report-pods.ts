import type { FleetStatistics, PodFigures, SetAsideReason } from '../../contract/fleet.ts';
import {
  counted,
  NOTHING,
  percentText,
  shortPercentText,
  spanText,
  valueText,
  wholeText,
} from '../../export/report-units.ts';
import { type Column, textTable } from '../../export/text-table.ts';
import { type PodDeviation, podDeviations } from './outliers.ts';

const MOST_PODS = 30;
const MOST_SET_ASIDE = 30;

/** Why a pod's answer is not among the figures, in words. */
const REASONS: Readonly<Record<SetAsideReason, string>> = {
  timeout: 'no answer in time',
  unreachable: 'no connection',
  http_status: 'another status than 200',
  too_large: 'the answer is too large',
  not_a_snapshot: 'the answer is no digest',
  version: 'a digest of another version',
  truncated: 'the digest ends too early',
  trailing_bytes: 'the digest does not end where it should',
  limit: 'the digest is beyond a limit',
  number: 'the digest holds an impossible number',
  order: 'the digest is out of order',
  name: 'the digest holds a bad name',
  inconsistent: 'the digest contradicts itself',
  implausible: 'figures that cannot be true',
  went_backwards: 'totals of one run that fell',
  stale: 'its worker thread commits no more',
  unit_conflict: 'an event in another unit than elsewhere',
  too_many_events: 'more events or services than are kept apart',
};

const POD_COLUMNS: readonly Column[] = [
  { title: 'pod', align: 'left' },
  { title: 'service', align: 'left' },
  { title: 'event', align: 'left' },
  { title: 'P99 1m', align: 'right' },
  { title: 'of service', align: 'right' },
  { title: 'sampling', align: 'right' },
  { title: 'own cost', align: 'right' },
];

export function podLines(statistics: FleetStatistics, width: number): string[] {
  const all = podDeviations(statistics);
  if (all.length === 0) return [];
  const rows = all.slice(0, MOST_PODS).map(podRow);
  const more = all.length - rows.length;
  return [
    ...textTable(POD_COLUMNS, rows, width),
    ...(more > 0
      ? [`and ${counted(more, 'pod that is nearer to its service', 'pods that are nearer to their service')}`]
      : []),
  ];
}

function podRow({ pod, event, unit, p99, ratio }: PodDeviation): string[] {
  const { name, service, figures } = pod;
  return [
    name,
    service,
    event ?? NOTHING,
    valueText(p99, unit),
    event === null ? NOTHING : `× ${ratio.toFixed(ratio < 10 ? 2 : 0)}`,
    figures === null ? NOTHING : samplingText(figures),
    figures === null ? NOTHING : percentText(figures.recordOverheadRatio + figures.aggregateOverheadRatio),
  ];
}

function samplingText({ enabled, rate }: PodFigures): string {
  return enabled ? shortPercentText(rate) : 'off';
}

const SET_ASIDE_COLUMNS: readonly Column[] = [
  { title: 'pod', align: 'left' },
  { title: 'service', align: 'left' },
  { title: 'last merged', align: 'left' },
  { title: 'because', align: 'left' },
];

export function setAsideLines({ pods, setAside, at }: FleetStatistics, width: number): string[] {
  const now = pods.filter(({ state }) => state === 'set_aside');
  const rows = now
    .slice(0, MOST_SET_ASIDE)
    .map(({ name, service, mergedAt, reason }) => [
      name,
      service,
      mergedAt === null ? 'never' : `${spanText(Math.max(0, at - mergedAt) / 1e3)} ago`,
      reason === null ? NOTHING : REASONS[reason],
    ]);
  const more = now.length - rows.length;
  const total = Object.values(setAside).reduce((sum, count) => sum + count, 0);
  if (total === 0 && rows.length === 0) return [];
  return [
    ...(rows.length > 0 ? textTable(SET_ASIDE_COLUMNS, rows, width) : []),
    ...(more > 0 ? [`and ${counted(more, 'other', 'others')}`] : []),
    `answers set aside since this process started: ${wholeText(total)}`,
  ];
}
