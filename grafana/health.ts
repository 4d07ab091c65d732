import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { FAMILIES } from '../src/contract/families.ts';
import { frame } from './frame.ts';
import { goodBelow, goodFrom, NEUTRAL } from './panel-text.ts';
import { stat, timeSeries } from './panels.ts';
import { BY_EVENT, BY_INSTANCE, EVENT_LEGEND, MINUTE, measured, P99, rate, rateOfSum } from './series.ts';
import { BROKEN_NOW } from './sla.ts';
import { INSTANCE_COLUMNS, rowLink, table } from './table.ts';

const INSTANCE_LEGEND = '{{instance}}';
const NO_EVENTS = 'No events';

export function health(): Dashboard {
  return frame(
    'health',
    'Rate, errors and duration of each event; use, saturation and errors of what they need: queues, event loop, memory, CPU.',
    [
      { id: 100, title: 'Now', panels: now() },
      { id: 200, title: 'Events: rate, errors, duration', panels: events() },
      { id: 300, title: 'Queues and event loop', panels: saturation() },
      { id: 400, title: 'CPU, garbage collection, memory', panels: resources() },
      { id: 500, title: 'Instances', panels: [instances()] },
    ],
  );
}

/** Events that failed, as a share. 0 where there are events and none failed. */
function errorRatio(by: string): string {
  const failed = rate(measured(FAMILIES.events, { outcome: 'error' }));
  const all = rate(measured(FAMILIES.events));
  return by === ''
    ? `sum(${failed}) / (sum(${all}) > 0)`
    : `sum by (${by}) (${failed}) / (sum by (${by}) (${all}) > 0)`;
}

const RESTARTS = `changes(${measured(FAMILIES.startTime)}[$__range])`;
const LOOP_DELAY = `sum by (${BY_INSTANCE}) (${rate(measured(FAMILIES.loopDelay))}) / (sum by (${BY_INSTANCE}) (${rate(measured(FAMILIES.loopBeats))}) > 0)`;
const CPU = `sum by (${BY_INSTANCE}) (${rate(measured(FAMILIES.cpu))})`;
const MEMORY = `max by (${BY_INSTANCE}) (${measured(FAMILIES.memory, { component: 'process' })})`;

function now() {
  return [
    stat({
      id: 101,
      title: 'Instances',
      description:
        'Processes that answer their scrapes. Fewer than you run: one is down, or its pod lacks the label perf-metrics/scrape.',
      size: [4, 4],
      unit: 'short',
      expr: `count(${measured(FAMILIES.startTime)})`,
      steps: goodFrom(1),
    }),
    stat({
      id: 102,
      title: 'Events',
      description: 'Events that ended, a second, all chosen instances together (estimated true count).',
      size: [4, 4],
      unit: 'eps',
      decimals: 1,
      expr: `sum(${rate(measured(FAMILIES.events))})`,
      steps: NEUTRAL,
    }),
    stat({
      id: 103,
      title: 'Errors',
      description:
        'Share of events that failed. Rising: see below which event it is, and the log of the service for its errors.',
      size: [4, 4],
      unit: 'percentunit',
      decimals: 2,
      expr: errorRatio(''),
      steps: goodBelow(0.01, 'orange'),
      emptyText: NO_EVENTS,
    }),
    stat({
      id: 104,
      title: 'SLAs broken now',
      description:
        'Events below their objective over the last minute. Not 0: see "Are we keeping our promises?".',
      size: [4, 4],
      unit: 'short',
      expr: `sum(${BROKEN_NOW}) or vector(0)`,
      steps: goodBelow(1),
    }),
    stat({
      id: 105,
      title: 'Event loop stalled',
      description:
        'The longest stall that lasts at this moment: nothing else runs in that thread. Above a second: the process hangs, take a CPU profile of it.',
      size: [4, 4],
      unit: 's',
      decimals: 1,
      expr: `max(${measured(FAMILIES.stall)}) or vector(0)`,
      steps: goodBelow(1),
    }),
    stat({
      id: 106,
      title: 'Restarts',
      description:
        'Of processes, over the time shown. Restarts that nobody asked for: look at the log of the container before the last one, and at its memory limit.',
      size: [4, 4],
      unit: 'short',
      decimals: 0,
      expr: `sum(${RESTARTS})`,
      steps: goodBelow(1, 'orange'),
    }),
  ];
}

function events() {
  return [
    timeSeries({
      id: 201,
      title: 'Rate',
      description:
        'Events a second (estimated true count under sampling). A fall to 0 with the service up: what feeds it has stopped. Twice as much: see whether queues grow below.',
      size: [8, 8],
      unit: 'eps',
      min: 0,
      curves: [{ expr: `sum by (${BY_EVENT}) (${rate(measured(FAMILIES.events))})`, legend: EVENT_LEGEND }],
    }),
    timeSeries({
      id: 202,
      title: 'Errors',
      description:
        'Share of events that failed. All events at once: a peer or the network. One: its own code or data; its log tells.',
      size: [8, 8],
      unit: 'percentunit',
      decimals: 2,
      min: 0,
      curves: [{ expr: errorRatio(BY_EVENT), legend: EVENT_LEGEND }],
      emptyText: NO_EVENTS,
    }),
    timeSeries({
      id: 203,
      title: 'Duration, P99',
      description:
        'P99 of the last minute in the worst instance. Rises with the rate: saturation. Rises without it: see "Where does the time go?".',
      size: [8, 8],
      unit: 's',
      min: 0,
      curves: [
        {
          expr: `max by (${BY_EVENT}) (${measured(FAMILIES.eventWindow, { ...MINUTE, ...P99 })})`,
          legend: EVENT_LEGEND,
        },
      ],
      emptyText: NO_EVENTS,
    }),
  ];
}

function saturation() {
  const backlog = `sum by (${BY_INSTANCE}) (${measured(FAMILIES.ringBacklog)})`;
  const capacity = `sum by (${BY_INSTANCE}) (${measured(FAMILIES.ringCapacity)})`;
  return [
    timeSeries({
      id: 301,
      title: 'Queue depth',
      description:
        "The service's own queues, in the instance with the deepest. Steady growth: it takes in more than it gets done; add instances or shed load.",
      size: [6, 8],
      unit: 'short',
      min: 0,
      curves: [
        {
          expr: `max by (namespace, service, queue) (${measured(FAMILIES.queueDepth)})`,
          legend: '{{service}} {{queue}}',
        },
      ],
      emptyText: 'No queue is registered',
    }),
    timeSeries({
      id: 302,
      title: 'Ring backlog',
      description:
        'Records that the worker thread has not read yet, as a share of the rings. At 1 the oldest are overwritten: the worker gets no CPU; raise the CPU limit, or lower the sampling rate.',
      size: [6, 8],
      unit: 'percentunit',
      decimals: 1,
      min: 0,
      curves: [{ expr: `${backlog} / ${capacity}`, legend: INSTANCE_LEGEND }],
      lines: goodBelow(1),
    }),
    timeSeries({
      id: 303,
      title: 'Event-loop delay',
      description:
        'How late heartbeats of the event loop are on average: what every timer and answer waits on top. Above some milliseconds: long synchronous work; a CPU profile finds it.',
      size: [6, 8],
      unit: 's',
      min: 0,
      curves: [{ expr: LOOP_DELAY, legend: INSTANCE_LEGEND }],
    }),
    timeSeries({
      id: 304,
      title: 'Event loop stalled',
      description:
        'Share of the time in which the event loop was stalled. Every event that was under way then took that much longer. From the dashed 5 % on there is an alert.',
      size: [6, 8],
      unit: 'percentunit',
      decimals: 2,
      min: 0,
      lines: goodBelow(0.05),
      curves: [
        {
          expr: `sum by (${BY_INSTANCE}) (${rate(measured(FAMILIES.stallSeconds))})`,
          legend: INSTANCE_LEGEND,
        },
      ],
    }),
  ];
}

function resources() {
  const gcPause = rateOfSum(FAMILIES.gcPause);
  return [
    timeSeries({
      id: 401,
      title: 'CPU',
      description:
        'Cores in use by each process, all its threads. JavaScript of one process uses one core: near 1 it is saturated, add instances.',
      size: [6, 8],
      unit: 'short',
      decimals: 2,
      min: 0,
      curves: [{ expr: CPU, legend: INSTANCE_LEGEND }],
    }),
    timeSeries({
      id: 402,
      title: 'Garbage collection',
      description:
        'Share of the time that application threads paused for it, by kind and together, each in the worst instance. Above 5 %: "major" means too little heap or a leak, "minor" too much garbage. From the dashed 10 % on there is an alert.',
      size: [6, 8],
      unit: 'percentunit',
      decimals: 1,
      min: 0,
      lines: goodBelow(0.1),
      curves: [
        { expr: `max by (kind) (sum by (${BY_INSTANCE}, kind) (${gcPause}))`, legend: '{{kind}}' },
        { expr: `max(sum by (${BY_INSTANCE}) (${gcPause}))`, legend: 'together' },
      ],
      emptyText: 'No garbage was collected',
    }),
    timeSeries({
      id: 403,
      title: 'Memory by component',
      description:
        'Mean of the chosen instances. "process" is what the container is charged for; "library" is what measuring takes, "rings" and "state" are parts of it. Saw teeth are normal, a staircase is a leak.',
      size: [6, 8],
      unit: 'bytes',
      min: 0,
      curves: [{ expr: `avg by (component) (${measured(FAMILIES.memory)})`, legend: '{{component}}' }],
    }),
    timeSeries({
      id: 404,
      title: 'Memory by instance',
      description:
        'Of the process. One that grows without the others: its requests are special, or it leaks. Compare with the memory limit of the container.',
      size: [6, 8],
      unit: 'bytes',
      min: 0,
      curves: [{ expr: MEMORY, legend: INSTANCE_LEGEND }],
    }),
  ];
}

function instances() {
  return table({
    id: 501,
    title: 'Instances',
    description:
      'What stands out here is where to look: one that restarts, has far more memory or CPU, or a later event loop than its equals. A click opens it alone.',
    size: [24, 8],
    emptyText: NO_EVENTS,
    names: [
      {
        label: 'instance',
        name: 'Instance',
        links: [rowLink('health', INSTANCE_COLUMNS), rowLink('measuring', INSTANCE_COLUMNS)],
      },
      { label: 'namespace', name: 'Namespace' },
      { label: 'service', name: 'Service' },
    ],
    figures: [
      {
        name: 'Uptime',
        expr: `time() - max by (${BY_INSTANCE}) (${measured(FAMILIES.startTime)})`,
        unit: 's',
        decimals: 0,
      },
      { name: 'Restarts', expr: `sum by (${BY_INSTANCE}) (${RESTARTS})`, unit: 'short', decimals: 0 },
      {
        name: 'Events',
        expr: `sum by (${BY_INSTANCE}) (${rate(measured(FAMILIES.events))})`,
        unit: 'eps',
        decimals: 1,
      },
      { name: 'Errors', expr: errorRatio(BY_INSTANCE), unit: 'percentunit', decimals: 2 },
      { name: 'CPU, cores', expr: CPU, unit: 'short', decimals: 2 },
      { name: 'Memory', expr: MEMORY, unit: 'bytes', decimals: 0 },
      { name: 'Event-loop delay', expr: LOOP_DELAY, unit: 's' },
    ],
    sort: { by: 'Restarts', isDescending: true },
  });
}
