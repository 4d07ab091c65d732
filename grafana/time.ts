import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { FAMILIES } from '../src/contract/families.ts';
import { FLEET_FAMILIES } from '../src/contract/fleet-families.ts';
import { frame } from './frame.ts';
import { heatmap, timeSeries } from './panels.ts';
import {
  BY_EVENT,
  BY_INSTANCE,
  EVENT_LEGEND,
  MINUTE,
  measured,
  merged,
  P50,
  P95,
  P99,
  P999,
  rate,
} from './series.ts';
import { EVENT_COLUMNS, EVENT_OF_INSTANCE, rowLink, table } from './table.ts';

const NO_DURATIONS = 'No durations';
const NOT_MERGED = 'No aggregation worker, or no durations';

export function time(): Dashboard {
  return frame(
    'time',
    'How long each event takes, how the durations are spread, and what the slowest of them were waiting for.',
    [
      { id: 100, title: 'All events', panels: overview() },
      { id: 200, title: '$event', repeat: 'event', panels: distribution() },
      { id: 300, title: 'What the time went into', panels: causes() },
      { id: 400, title: 'The slowest', panels: slowest() },
    ],
  );
}

function overview() {
  return [
    timeSeries({
      id: 101,
      title: 'P99 of all instances',
      description:
        'From the merged t-digests of the aggregation worker, over the last minute: the true P99 of all instances together, not an average of theirs. An event that rises alone: open its row below. All together: "Is the service healthy?".',
      size: [12, 8],
      unit: 's',
      min: 0,
      curves: [
        // Replicas of the worker merge alike.
        {
          expr: `max by (${BY_EVENT}) (${merged(FLEET_FAMILIES.window, { ...MINUTE, ...P99 })})`,
          legend: EVENT_LEGEND,
        },
      ],
      emptyText: NOT_MERGED,
    }),
    timeSeries({
      id: 102,
      title: 'P99 of the worst instance',
      description:
        'From each instance\'s own t-digest, over the last minute. Far above the panel beside it: one instance is slow, see "Slowest instances" below.',
      size: [12, 8],
      unit: 's',
      min: 0,
      curves: [
        {
          expr: `max by (${BY_EVENT}) (${measured(FAMILIES.eventWindow, { ...MINUTE, ...P99 })})`,
          legend: EVENT_LEGEND,
        },
      ],
      emptyText: NO_DURATIONS,
    }),
    table({
      id: 103,
      title: 'Quantiles of the last minute, all instances',
      description:
        'Merged by the aggregation worker. A P99.9 ten times the P99 is a pause (garbage collection, a stall, a retry); a P99 near the P50 is steady work. Click an event for it alone.',
      size: [12, 8],
      emptyText: NOT_MERGED,
      names: [
        { label: 'service', name: 'Service' },
        { label: 'event', name: 'Event', links: [rowLink('time', { service: 'Service', event: 'Event' })] },
      ],
      figures: [
        ...[P50, P95, P99, P999].map((quantile) => ({
          name: `P${Number(quantile.quantile) * 100}`,
          expr: `max by (service, event) (${merged(FLEET_FAMILIES.window, { ...MINUTE, ...quantile })})`,
          unit: 's',
        })),
        {
          name: 'SLA',
          expr: `max by (service, event) (${merged(FLEET_FAMILIES.slaThreshold)})`,
          unit: 's',
        },
      ],
      sort: { by: 'P99', isDescending: true },
    }),
    timeSeries({
      id: 104,
      title: 'Time spent in events',
      description:
        'Seconds of events for each second, all instances together: how many of each are under way at a time. The thickest band is where an improvement pays most. Events that lie within others are counted in both.',
      size: [12, 8],
      unit: 'short',
      decimals: 2,
      min: 0,
      isStacked: true,
      curves: [{ expr: SECONDS, legend: EVENT_LEGEND }],
      emptyText: NO_DURATIONS,
    }),
  ];
}

/** Seconds of events for each second. */
const SECONDS = `sum by (${BY_EVENT}) (histogram_sum(${rate(measured(FAMILIES.eventDuration))}))`;

function distribution() {
  const histogram = `sum(${rate(measured(FAMILIES.eventDuration))})`;
  const names = { P50, P95, P99, 'P99.9': P999 };
  return [
    heatmap({
      id: 201,
      title: 'Distribution',
      description:
        'How many events took how long: native histograms, with buckets a few per cent wide. Two bands: two kinds of work under one name, give them names of their own. A band that climbs: something grows. Points are traces: click one.',
      size: [12, 9],
      unit: 's',
      expr: histogram,
      emptyText: NO_DURATIONS,
    }),
    timeSeries({
      id: 202,
      title: 'Quantiles',
      description:
        'From the same histograms, all chosen instances together. The dashed line is the SLA. Points are traces: click one to see what a slow event did.',
      size: [12, 9],
      unit: 's',
      min: 0,
      curves: [
        ...Object.entries(names).map(([legend, { quantile }]) => ({
          expr: `histogram_quantile(${quantile}, ${histogram})`,
          legend,
          hasExemplars: true,
        })),
        { expr: `max(${measured(FAMILIES.slaThreshold)})`, legend: 'SLA', isLimit: true },
      ],
      emptyText: NO_DURATIONS,
    }),
  ];
}

function causes() {
  const shareOf = (family: typeof FAMILIES.eventGc | typeof FAMILIES.eventStall): string =>
    `sum by (${BY_EVENT}) (${rate(measured(family))}) / (${SECONDS} > 0)`;
  return [
    timeSeries({
      id: 301,
      title: 'GC inside events',
      description:
        'Share of the time of events that was garbage collection. Above 5 % or so: allocate less in them, or give the process a larger young generation (--max-semi-space-size).',
      size: [8, 8],
      unit: 'percentunit',
      decimals: 1,
      min: 0,
      curves: [{ expr: shareOf(FAMILIES.eventGc), legend: EVENT_LEGEND }],
      emptyText: NO_DURATIONS,
    }),
    timeSeries({
      id: 302,
      title: 'Event-loop stalls inside events',
      description:
        'Share of the time of events in which the event loop was stalled: other synchronous work held them up. Break up that work, or move it to a worker thread.',
      size: [8, 8],
      unit: 'percentunit',
      decimals: 1,
      min: 0,
      curves: [{ expr: shareOf(FAMILIES.eventStall), legend: EVENT_LEGEND }],
      emptyText: NO_DURATIONS,
    }),
    timeSeries({
      id: 303,
      title: 'GC in the slowest 0.1 %',
      description:
        'Share of the time of the slowest events that was garbage collection, in the worst instance. Near 1: the tail is made of GC pauses, and only less garbage shortens it. Near 0: look at stalls, peers and locks instead.',
      size: [8, 8],
      unit: 'percentunit',
      decimals: 1,
      min: 0,
      max: 1,
      curves: [{ expr: `max by (${BY_EVENT}) (${measured(FAMILIES.tailGcRatio)})`, legend: EVENT_LEGEND }],
      emptyText: 'No slowest events yet',
    }),
  ];
}

function slowest() {
  return [
    table({
      id: 401,
      title: 'Slowest symbols',
      description:
        'The slowest events over the time shown by the symbol they were recorded with: the 20 slowest of those that were among the eight slowest of their event in a minute. One symbol leads: its data is larger or its peer slower. "other" gathers the symbols beyond the 256th of a thread.',
      size: [12, 10],
      emptyText: 'No event has a symbol',
      names: [
        { label: 'symbol', name: 'Symbol' },
        { label: 'namespace', name: 'Namespace' },
        { label: 'service', name: 'Service' },
        { label: 'event', name: 'Event', links: [rowLink('time', EVENT_COLUMNS)] },
      ],
      figures: [
        {
          name: 'Slowest',
          expr: `topk(20, max by (${BY_EVENT}, symbol) (max_over_time(${measured(FAMILIES.slowestSymbol)}[$__range])))`,
          unit: 's',
        },
      ],
      sort: { by: 'Slowest', isDescending: true },
    }),
    table({
      id: 402,
      title: 'Slowest instances',
      description:
        'P99 of the last minute by instance and event: the 20 slowest. One instance leads in all events: look at its machine and its live page (port 9464), which lists its slowest events with their traces.',
      size: [12, 10],
      emptyText: NO_DURATIONS,
      names: EVENT_OF_INSTANCE,
      figures: [
        {
          name: 'P99, 1 min',
          expr: `topk(20, max by (${BY_INSTANCE}, event) (${measured(FAMILIES.eventWindow, { ...MINUTE, ...P99 })}))`,
          unit: 's',
        },
      ],
      sort: { by: 'P99, 1 min', isDescending: true },
    }),
    timeSeries({
      id: 403,
      title: 'Values that are no duration',
      description:
        'P99 over the last minute of events that measure something else than time, such as slippage, in the worst instance. Their unit is in the legend. Judge them by their own history: a step at a release is its doing.',
      size: [24, 8],
      unit: 'short',
      curves: [
        {
          expr: `max by (${BY_EVENT}, unit) (${measured(FAMILIES.eventWindowValue, { ...MINUTE, ...P99 })})`,
          legend: '{{service}} {{event}} ({{unit}})',
        },
      ],
      emptyText: 'Every chosen event is a duration',
    }),
  ];
}
