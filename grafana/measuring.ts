import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { FAMILIES, type FamilySpec } from '../src/contract/families.ts';
import { FLEET_FAMILIES } from '../src/contract/fleet-families.ts';
import { frame } from './frame.ts';
import { goodBelow, NEUTRAL } from './panel-text.ts';
import { stat, timeSeries } from './panels.ts';
import { rollout, rolloutNow } from './rollout.ts';
import { BY_INSTANCE, increase, measured, rate, worker } from './series.ts';
import { INSTANCE_COLUMNS, rowLink, table } from './table.ts';

/** What measuring may cost: the project's promise, of one core. */
const OVERHEAD_LIMIT = 0.01;
const INSTANCE_LEGEND = '{{instance}}';
const NO_WORKER = 'No aggregation worker';
const OVERHEAD = `sum by (${BY_INSTANCE}) (${measured(FAMILIES.overheadRatio)})`;

export function measuring(): Dashboard {
  return frame(
    'measuring',
    'What measuring costs, whether its figures are whole, and how far its rollout has come.',
    [
      { id: 100, title: 'Now', panels: [...now(), ...rolloutNow()] },
      { id: 200, title: 'Cost', panels: cost() },
      { id: 300, title: 'Sampling and losses', panels: [...sampling(), ...losses()] },
      { id: 400, title: 'Rollout', panels: rollout() },
      { id: 500, title: 'Aggregation worker', panels: aggregationWorker() },
    ],
  );
}

function total(family: FamilySpec): string {
  return `sum(${increase(measured(family))})`;
}

function now() {
  return [
    stat({
      id: 101,
      title: 'Overhead, worst instance',
      description:
        "The library's own cost, recording and aggregation together, as a share of one core over the last ten seconds. Above 1 %: lower samplingRate, or let adaptive sampling hold it.",
      size: [4, 4],
      unit: 'percentunit',
      decimals: 2,
      expr: `max(${OVERHEAD})`,
      steps: goodBelow(OVERHEAD_LIMIT),
    }),
    stat({
      id: 102,
      title: 'Records lost',
      description:
        'Over the time shown: overwritten before they were read. Counts of events are too low by as many. Not 0: the worker thread had no CPU, or a stall was longer than the ring holds; make the rings larger.',
      size: [4, 4],
      unit: 'short',
      decimals: 0,
      expr: total(FAMILIES.ringOverwritten),
      steps: goodBelow(1),
    }),
    stat({
      id: 103,
      title: 'Lowest sampling ratio',
      description:
        'Share of events that the instance with the lowest one measures. Below the target: adaptive sampling holds the cost down. Counts are estimates of the truth all the same.',
      size: [4, 4],
      unit: 'percentunit',
      decimals: 0,
      expr: `min(${measured(FAMILIES.samplingRatio)})`,
      steps: NEUTRAL,
    }),
    stat({
      id: 104,
      title: 'Bad options files',
      description:
        'Instances whose options file has an error and that go on by an earlier state of it. Not 0: their log says which key; the rollout waits for them.',
      size: [4, 4],
      unit: 'short',
      expr: `sum(1 - ${measured(FAMILIES.configFileOk)})`,
      steps: goodBelow(1),
    }),
  ];
}

function cost() {
  return [
    timeSeries({
      id: 201,
      title: 'Overhead by layer, worst instance',
      description:
        'Share of one core: "record" is paid by the application thread, "aggregate" by the worker thread. Together they must stay below the dashed 1 %. Above: lower samplingRate, or stop the rollout (perf-metrics rollout abort).',
      size: [8, 8],
      unit: 'percentunit',
      decimals: 2,
      min: 0,
      curves: [
        { expr: `max by (layer) (${measured(FAMILIES.overheadRatio)})`, legend: '{{layer}}' },
        { expr: `max(${OVERHEAD})`, legend: 'together' },
      ],
      lines: goodBelow(OVERHEAD_LIMIT),
    }),
    timeSeries({
      id: 202,
      title: 'Overhead by instance',
      description:
        'Both layers together, of one core. One instance above the others: it has more events; see its rate below.',
      size: [8, 8],
      unit: 'percentunit',
      decimals: 2,
      min: 0,
      curves: [{ expr: OVERHEAD, legend: INSTANCE_LEGEND }],
      lines: goodBelow(OVERHEAD_LIMIT),
    }),
    timeSeries({
      id: 203,
      title: 'Overhead of all CPU time',
      description:
        'Cost of measuring as a share of the CPU time that the processes use, both layers. High with a low overhead: the service has little to do.',
      size: [8, 8],
      unit: 'percentunit',
      decimals: 2,
      min: 0,
      curves: [
        {
          expr: `sum by (namespace, service) (${rate(measured(FAMILIES.overheadSeconds))}) / (sum by (namespace, service) (${rate(measured(FAMILIES.cpu))}) > 0)`,
          legend: '{{service}}',
        },
      ],
    }),
    timeSeries({
      id: 204,
      title: 'Memory of measuring',
      description:
        'Of the instance that has most: rings and state have a fixed size, "library" is all of it. It grows with the number of threads and events, not with the traffic; growth without either is worth a report.',
      size: [8, 8],
      unit: 'bytes',
      min: 0,
      curves: ['library', 'rings', 'state'].map((component) => ({
        expr: `max(${measured(FAMILIES.memory, { component })})`,
        legend: component,
      })),
    }),
    timeSeries({
      id: 205,
      title: 'Time of a drain',
      description:
        'How long the worker thread took to read the rings the last time, in the slowest instance. Near a second: it falls behind, and records may be lost.',
      size: [8, 8],
      unit: 's',
      min: 0,
      curves: [{ expr: `max(${measured(FAMILIES.drain)})`, legend: 'slowest instance' }],
    }),
    timeSeries({
      id: 206,
      title: 'Restarts of the worker thread',
      description:
        'Over five minutes. A restart loses no records, but one that comes again does: the log of the instance has the error.',
      size: [8, 8],
      unit: 'short',
      decimals: 0,
      min: 0,
      curves: [
        {
          expr: `sum by (${BY_INSTANCE}) (increase(${measured(FAMILIES.workerRestarts)}[5m]))`,
          legend: INSTANCE_LEGEND,
        },
      ],
      lines: goodBelow(1),
    }),
  ];
}

function sampling() {
  return [
    timeSeries({
      id: 301,
      title: 'Sampling',
      description:
        'Share of events measured: what is in force, in the lowest and the highest instance, and what the options ask for. In force below the target: adaptive sampling. Lowest and highest apart for long: a pod has not taken its options.',
      size: [8, 8],
      unit: 'percentunit',
      decimals: 0,
      min: 0,
      max: 1,
      curves: [
        { expr: `min(${measured(FAMILIES.samplingRatio)})`, legend: 'lowest' },
        { expr: `max(${measured(FAMILIES.samplingRatio)})`, legend: 'highest' },
        { expr: `max(${measured(FAMILIES.samplingTarget)})`, legend: 'target', isLimit: true },
      ],
    }),
    timeSeries({
      id: 302,
      title: 'Instances that measure',
      description:
        'By whether measuring is enabled. Those disabled are the control cohort of a rollout, or all of them before its first step.',
      size: [8, 8],
      unit: 'short',
      decimals: 0,
      min: 0,
      isStacked: true,
      curves: [
        { expr: `sum(${measured(FAMILIES.enabled)})`, legend: 'measure' },
        { expr: `sum(1 - ${measured(FAMILIES.enabled)})`, legend: 'disabled' },
      ],
    }),
    timeSeries({
      id: 303,
      title: 'Records and skipped events',
      description:
        'A second: records that were written to the rings, and events that sampling skipped or that ended while measuring was disabled. Both 0 with traffic: nothing is instrumented.',
      size: [8, 8],
      unit: 'eps',
      min: 0,
      isStacked: true,
      curves: [
        { expr: `sum(${rate(measured(FAMILIES.ringRecords))})`, legend: 'recorded' },
        { expr: `sum(${rate(measured(FAMILIES.eventsSkipped))})`, legend: 'skipped' },
      ],
    }),
  ];
}

function losses() {
  return [
    timeSeries({
      id: 304,
      title: 'Records overwritten',
      description:
        'A second, before the worker thread read them. Every one is missing in counts and histograms. See the ring backlog in "Is the service healthy?"; make the rings larger or lower the sampling rate.',
      size: [12, 8],
      unit: 'eps',
      min: 0,
      curves: [
        {
          expr: `sum by (${BY_INSTANCE}) (${rate(measured(FAMILIES.ringOverwritten))})`,
          legend: INSTANCE_LEGEND,
        },
      ],
    }),
    timeSeries({
      id: 305,
      title: 'Calls rejected',
      description:
        'A second, by reason: calls that recorded nothing. unknown_event: its name is not in the catalogue. missing_start, stale_start: end without start. future_start, invalid_value: the clock or the caller is wrong. symbol_overflow: too many symbols.',
      size: [12, 8],
      unit: 'eps',
      min: 0,
      curves: [{ expr: `sum by (reason) (${rate(measured(FAMILIES.rejected))})`, legend: '{{reason}}' }],
    }),
    table({
      id: 306,
      title: 'Instances',
      description:
        'Lost records first. A generation lower than that of the others: the pod has not read its options yet; a kubelet takes up to a minute.',
      size: [24, 8],
      names: [
        { label: 'instance', name: 'Instance', links: [rowLink('health', INSTANCE_COLUMNS)] },
        { label: 'namespace', name: 'Namespace' },
        { label: 'service', name: 'Service' },
      ],
      figures: [
        {
          name: 'Overhead',
          expr: `sum by (${BY_INSTANCE}) (${measured(FAMILIES.overheadRatio)})`,
          unit: 'percentunit',
          decimals: 2,
          steps: goodBelow(OVERHEAD_LIMIT),
        },
        {
          name: 'Lost',
          expr: `sum by (${BY_INSTANCE}) (${increase(measured(FAMILIES.ringOverwritten))})`,
          unit: 'short',
          decimals: 0,
          steps: goodBelow(1),
        },
        {
          name: 'Sampling',
          expr: `min by (${BY_INSTANCE}) (${measured(FAMILIES.samplingRatio)})`,
          unit: 'percentunit',
          decimals: 0,
        },
        {
          name: 'Generation',
          expr: `max by (${BY_INSTANCE}) (${measured(FAMILIES.configGeneration)})`,
          unit: 'none',
          decimals: 0,
        },
      ],
      sort: { by: 'Lost', isDescending: true },
    }),
  ];
}

function aggregationWorker() {
  return [
    timeSeries({
      id: 501,
      title: 'Targets',
      description:
        'Pods by what the last round made of them. Some set aside: the panel "Answers set aside" has the reason. Fewer than you run: the selector or the service account of the worker.',
      size: [6, 8],
      unit: 'short',
      decimals: 0,
      min: 0,
      isStacked: true,
      curves: [
        // Each replica looks at all of them.
        {
          expr: `max by (namespace, state) (${worker(FLEET_FAMILIES.targets)})`,
          legend: '{{namespace}} {{state}}',
        },
      ],
      emptyText: NO_WORKER,
    }),
    timeSeries({
      id: 502,
      title: 'Round',
      description:
        'How long the last round of asking and merging took, and how late it began. A round is due each second: near that, give the worker more CPU or split its targets.',
      size: [6, 8],
      unit: 's',
      min: 0,
      curves: [
        { expr: worker(FLEET_FAMILIES.roundSeconds), legend: 'took {{instance}}' },
        { expr: worker(FLEET_FAMILIES.roundLag), legend: 'late {{instance}}' },
      ],
      lines: goodBelow(1),
      emptyText: NO_WORKER,
    }),
    timeSeries({
      id: 503,
      title: 'Answers set aside',
      description:
        'A second, by reason. timeout, unreachable: the pod or a NetworkPolicy. version: pods of another release. Others: something else answers on that port.',
      size: [6, 8],
      unit: 'short',
      min: 0,
      curves: [{ expr: `sum by (reason) (${rate(worker(FLEET_FAMILIES.setAside))})`, legend: '{{reason}}' }],
      emptyText: NO_WORKER,
    }),
    timeSeries({
      id: 504,
      title: 'Age of the last round',
      description:
        'Since the last round ended. More than some seconds: the worker hangs or is starved; merged quantiles and the rollout stand still meanwhile.',
      size: [6, 8],
      unit: 's',
      min: 0,
      curves: [{ expr: `time() - ${worker(FLEET_FAMILIES.lastRound)}`, legend: INSTANCE_LEGEND }],
      lines: goodBelow(5),
      emptyText: NO_WORKER,
    }),
  ];
}
