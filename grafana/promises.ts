import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { FAMILIES } from '../src/contract/families.ts';
import { firingAlerts, frame } from './frame.ts';
import { goodBelow, NEUTRAL } from './panel-text.ts';
import { stat, stateTimeline, timeSeries } from './panels.ts';
import { BY_EVENT, EVENT_LEGEND, increase, MINUTE, measured, P50, P99, P999, rate } from './series.ts';
import {
  BROKEN_NOW,
  BROKEN_STATES,
  BUDGET_STEPS,
  BURN_ALERTS,
  BURN_STEPS,
  type BurnWindow,
  breachRatio,
  budgetLeft,
  burnRate,
} from './sla.ts';
import { EVENT_COLUMNS, EVENT_OF_INSTANCE, rowLink, runbookLink, table } from './table.ts';

const NO_SLA = 'No event has an SLA';
const NO_EVENTS = 'No events';

export function promises(): Dashboard {
  return frame(
    'promises',
    'Whether each event keeps its SLA now, how much of its error budget is left, and how fast it is used up.',
    [
      { id: 100, title: 'Now', panels: [...now(), events()] },
      { id: 200, title: 'Error budget', panels: budget() },
      { id: 300, title: 'Who breaks them', panels: culprits() },
      { id: 400, title: 'Durations against their SLA', panels: [durations()] },
    ],
  );
}

function now() {
  return [
    stat({
      id: 101,
      title: 'SLAs broken now',
      description:
        'Events whose compliance over the last minute is below their objective, in any instance. Not 0: look at the table for the event, then at "Who breaks them" for the instance.',
      size: [4, 4],
      unit: 'short',
      expr: `sum(${BROKEN_NOW}) or vector(0)`,
      steps: goodBelow(1),
    }),
    stat({
      id: 102,
      title: 'Alerts firing',
      description: 'Alerts of the chosen services that fire now. Each has a runbook: see "Alerts" below.',
      size: [4, 4],
      unit: 'short',
      expr: `count(${firingAlerts()}) or vector(0)`,
      steps: goodBelow(1),
    }),
    stat({
      id: 103,
      title: 'Worst compliance',
      description:
        'Of the event that kept its SLA least, over the time shown. Its objective is in the table. Low for one event only: slow that one down no further; low for all: look at the machine.',
      size: [4, 4],
      unit: 'percentunit',
      decimals: 2,
      expr: `1 - max(${breachRatio('$__range')})`,
      steps: NEUTRAL,
      emptyText: NO_EVENTS,
    }),
    stat({
      id: 104,
      title: 'Least budget left, 7 days',
      description:
        'Of the breaches that the objective allows in 7 days, for the event worst off. Below 0 the promise of the week is broken: stop risky changes until it is back.',
      size: [4, 4],
      unit: 'percentunit',
      decimals: 1,
      expr: `min(${budgetLeft('7d')})`,
      steps: BUDGET_STEPS,
      emptyText: NO_EVENTS,
    }),
    stat({
      id: 105,
      title: 'Least budget left, 30 days',
      description:
        'As for 7 days. Below a half with the month young: look at the burn rates for when it went, and plan for reliability.',
      size: [4, 4],
      unit: 'percentunit',
      decimals: 1,
      expr: `min(${budgetLeft('30d')})`,
      steps: BUDGET_STEPS,
      emptyText: NO_EVENTS,
    }),
    stat({
      id: 106,
      title: 'Breaches',
      description: 'Events that took longer than their SLA, over the time shown (estimated true count).',
      size: [4, 4],
      unit: 'short',
      decimals: 0,
      expr: `sum(${increase(measured(FAMILIES.slaBreaches))})`,
      steps: NEUTRAL,
      emptyText: NO_SLA,
    }),
  ];
}

function events() {
  return table({
    id: 107,
    title: 'Events',
    description:
      'Each event that has an SLA. "Now" is what the last minute says in the worst instance; the budgets and the burn rate are of all instances together. Burn rate 1 uses up the budget in just its time; 14.4 uses up that of 30 days in 50 hours, and calls somebody. Click an event to see where its time goes.',
    size: [24, 8],
    emptyText: NO_SLA,
    names: [
      { label: 'namespace', name: 'Namespace' },
      { label: 'service', name: 'Service' },
      { label: 'event', name: 'Event', links: [rowLink('time', EVENT_COLUMNS)] },
    ],
    figures: [
      { name: 'Now', expr: BROKEN_NOW, unit: 'none', states: BROKEN_STATES },
      {
        name: 'Compliance, 1 min',
        expr: `min by (${BY_EVENT}) (${measured(FAMILIES.slaCompliance, MINUTE)})`,
        unit: 'percentunit',
        decimals: 2,
      },
      {
        name: 'Objective',
        expr: `max by (${BY_EVENT}) (${measured(FAMILIES.sloObjective)})`,
        unit: 'percentunit',
        decimals: 2,
      },
      {
        name: 'P99, 1 min',
        expr: `max by (${BY_EVENT}) (${measured(FAMILIES.eventWindow, { ...MINUTE, ...P99 })})`,
        unit: 's',
      },
      { name: 'SLA', expr: `max by (${BY_EVENT}) (${measured(FAMILIES.slaThreshold)})`, unit: 's' },
      { name: 'Burn rate, 1 h', expr: burnRate('1h'), unit: 'short', decimals: 2, steps: BURN_STEPS },
      {
        name: 'Budget left, 7 d',
        expr: budgetLeft('7d'),
        unit: 'percentunit',
        decimals: 1,
        steps: BUDGET_STEPS,
      },
      {
        name: 'Budget left, 30 d',
        expr: budgetLeft('30d'),
        unit: 'percentunit',
        decimals: 1,
        steps: BUDGET_STEPS,
      },
    ],
    sort: { by: 'Budget left, 7 d', isDescending: false },
  });
}

function budget() {
  const burn = (id: number, title: string, window: BurnWindow, advice: string) =>
    timeSeries({
      id,
      title,
      description: `How fast the error budget is used up by all instances, over the last ${title.replace(/^.*, /, '')}: at 1 it lasts just its time. The dashed line, ${BURN_ALERTS[window]}, is where the alert fires, if the short window is beyond it too. ${advice}`,
      size: [6, 8],
      unit: 'short',
      decimals: 2,
      min: 0,
      curves: [{ expr: burnRate(window), legend: EVENT_LEGEND }],
      lines: goodBelow(BURN_ALERTS[window]),
      emptyText: NO_EVENTS,
    });
  return [
    timeSeries({
      id: 201,
      title: 'Budget left, 7 days',
      description:
        'Of the breaches that the objective allows in 7 days. A slow fall is wear: plan for it. A cliff is an incident: see the annotations at its time.',
      size: [24, 8],
      unit: 'percentunit',
      decimals: 1,
      max: 1,
      curves: [{ expr: budgetLeft('7d'), legend: EVENT_LEGEND }],
      lines: [
        { value: null, color: 'red' },
        { value: 0, color: 'green' },
      ],
      emptyText: NO_EVENTS,
    }),
    burn(
      202,
      'Burn rate, 1 hour',
      '1h',
      'Beyond it: somebody is called; find what changed in the last hour.',
    ),
    burn(203, 'Burn rate, 6 hours', '6h', 'Beyond it: look today, before the night.'),
    burn(204, 'Burn rate, 1 day', '1d', 'Beyond it: the week will not hold; look into it today.'),
    burn(
      205,
      'Burn rate, 3 days',
      '3d',
      'Beyond it: the promise will not hold; plan the work, or the objective.',
    ),
  ];
}

function culprits() {
  return [
    stateTimeline({
      id: 301,
      title: 'SLA kept or broken',
      description:
        'Red while the compliance of the last minute was below the objective in any instance. Red at the same time for several events: a common cause, such as the event loop or the machine (see "Is the service healthy?").',
      size: [12, 9],
      unit: 'none',
      curve: { expr: BROKEN_NOW, legend: EVENT_LEGEND },
      states: BROKEN_STATES,
      emptyText: NO_SLA,
    }),
    table({
      id: 302,
      title: 'Worst instances',
      description:
        'Share of events that broke their SLA over the time shown, by instance: the 20 worst. One instance far above the others: take it out of service and look at its live page. All alike: it is the code, the data or a peer.',
      size: [12, 9],
      emptyText: NO_EVENTS,
      names: EVENT_OF_INSTANCE,
      figures: [
        {
          name: 'Breaking the SLA',
          expr: `topk(20, ${breachRatio('$__range', 'namespace, service, instance, event')})`,
          unit: 'percentunit',
          decimals: 2,
        },
      ],
      sort: { by: 'Breaking the SLA', isDescending: true },
    }),
    timeSeries({
      id: 303,
      title: 'Compliance',
      description:
        'Share of events that kept their SLA, as it went. The objective differs by event: see the table. Dips that come back at fixed times: a scheduled job.',
      size: [12, 8],
      unit: 'percentunit',
      decimals: 2,
      max: 1,
      curves: [{ expr: `1 - ${breachRatio('$__rate_interval')}`, legend: EVENT_LEGEND }],
      emptyText: NO_EVENTS,
    }),
    table({
      id: 304,
      title: 'Alerts',
      description:
        'What fires now of the chosen services. Begin with the critical ones; a click opens the runbook. Their times are marked in red in the panels.',
      size: [12, 8],
      emptyText: 'No alert fires',
      names: [
        { label: 'alertname', name: 'Alert', links: [runbookLink('Alert')] },
        { label: 'severity', name: 'Severity' },
        { label: 'namespace', name: 'Namespace' },
        { label: 'service', name: 'Service' },
        { label: 'event', name: 'Event' },
        { label: 'instance', name: 'Instance' },
      ],
      figures: [
        {
          name: 'Firing',
          expr: `max by (alertname, severity, namespace, service, event, instance) (${firingAlerts()})`,
          unit: 'none',
          isHidden: true,
        },
      ],
      sort: { by: 'Severity', isDescending: false },
    }),
  ];
}

function durations() {
  const histogram = `sum by (namespace, service) (${rate(measured(FAMILIES.eventDuration))})`;
  const objective = `scalar(max(${measured(FAMILIES.sloObjective)}))`;
  const curve = (legend: string, quantile: string) => ({
    legend: `${legend} {{service}}`,
    expr: `histogram_quantile(${quantile}, ${histogram})`,
    hasExemplars: true,
  });
  return timeSeries({
    id: 401,
    title: '$event',
    description:
      'The promise is kept while the curve at the objective (the P99 of an objective of 99 %) stays below the dashed SLA; of services with other objectives for it, the strictest counts. P99.9 far above it: single events are slow, see "Where does the time go?". All rise: every event is slower.',
    size: [8, 8],
    unit: 's',
    min: 0,
    repeat: 'event',
    curves: [
      curve('P99.9', P999.quantile),
      curve('At objective', objective),
      curve('P50', P50.quantile),
      {
        expr: `max by (namespace, service) (${measured(FAMILIES.slaThreshold)})`,
        legend: 'SLA {{service}}',
        isLimit: true,
      },
    ],
    emptyText: 'No durations',
  });
}
