import { ROLLOUT_FAMILIES } from '../src/contract/fleet-families.ts';
import { PHASES, type RolloutPhase, VERDICTS } from '../src/contract/rollout.ts';
import { goodBelow, NEUTRAL, type State } from './panel-text.ts';
import { stat, stateTimeline, timeSeries } from './panels.ts';
import { increase, worker } from './series.ts';
import { table } from './table.ts';

const NO_ROLLOUT = 'No rollout';

const PHASE_COLORS: Record<RolloutPhase, string> = {
  disabled: 'gray',
  baseline: 'blue',
  progressing: 'blue',
  paused: 'orange',
  failed: 'red',
  aborted: 'orange',
  complete: 'green',
};

/** Phases as numbers, so that one figure tells which it is. */
const PHASE_STATES: State[] = PHASES.map((phase, value) => ({
  value,
  text: phase,
  color: PHASE_COLORS[phase],
}));
const PHASE = anyOf(
  PHASES.map((phase) => `max by (namespace) (${worker(ROLLOUT_FAMILIES.info, { phase })})`),
);

const VERDICT_STATES: State[] = VERDICTS.map((verdict, value) => ({
  value,
  text: verdict,
  color: { pass: 'green', fail: 'red', no_data: 'gray', error: 'orange' }[verdict],
}));
const VERDICT = anyOf(
  VERDICTS.map((verdict) => `max by (namespace, gate) (${worker(ROLLOUT_FAMILIES.gate, { verdict })})`),
);

/** The index of the expression that is 1. */
function anyOf(expressions: readonly string[]): string {
  return expressions.map((expression, i) => `(${expression} == 1) * ${i}`).join(' or ');
}

export function rolloutNow() {
  return [
    stat({
      id: 105,
      title: 'Rollout',
      description:
        'The phase it is in. failed: a gate took it back, the table "Gates" says which; mend that, then `perf-metrics rollout resume`. paused, aborted: a person did it.',
      size: [4, 4],
      unit: 'none',
      expr: PHASE,
      legend: '{{namespace}}',
      steps: NEUTRAL,
      states: PHASE_STATES,
      emptyText: NO_ROLLOUT,
    }),
    stat({
      id: 106,
      title: 'Pods behind the step',
      description:
        'Pods that do not report the options of the step yet. The hold does not count while there is one. Not 0 for minutes: see that they mount the options file, and "Bad options files".',
      size: [4, 4],
      unit: 'short',
      expr: `max(${worker(ROLLOUT_FAMILIES.pods, { state: 'behind' })})`,
      steps: goodBelow(1, 'orange'),
      emptyText: NO_ROLLOUT,
    }),
  ];
}

export function rollout() {
  const byRollout = (family: (typeof ROLLOUT_FAMILIES)[keyof typeof ROLLOUT_FAMILIES]): string =>
    `max by (namespace) (${worker(family)})`;
  return [
    stateTimeline({
      id: 401,
      title: 'Phase',
      description:
        'The way of the rollout. Steps are marked in purple in all panels, so that a change of latency or CPU at a step can be told from others.',
      size: [12, 6],
      unit: 'none',
      curve: { expr: PHASE, legend: '{{namespace}}' },
      states: PHASE_STATES,
      emptyText: NO_ROLLOUT,
    }),
    stateTimeline({
      id: 402,
      title: 'Verdicts of the gates',
      description:
        'pass lets the rollout go on. fail takes it back at once. no_data and error hold it: too few events or pods, or a query that is not answered (see "Gates" below for the figures).',
      size: [12, 6],
      unit: 'none',
      curve: { expr: VERDICT, legend: '{{namespace}} {{gate}}' },
      states: VERDICT_STATES,
      emptyText: NO_ROLLOUT,
    }),
    timeSeries({
      id: 403,
      title: 'Sampling ratio of the step',
      description:
        'What the step asks of pods: 0 while every pod is disabled. A fall without a person behind it: a gate failed.',
      size: [8, 8],
      unit: 'percentunit',
      decimals: 0,
      min: 0,
      max: 1,
      curves: [{ expr: byRollout(ROLLOUT_FAMILIES.rate), legend: '{{namespace}}' }],
      emptyText: NO_ROLLOUT,
    }),
    timeSeries({
      id: 404,
      title: 'Time in the step',
      description:
        'Since the step was entered; the dashed line is how long it is to be held. Far above the line: a gate has no data, or a pod is behind, since the hold counts only while all are in step.',
      size: [8, 8],
      unit: 's',
      decimals: 0,
      min: 0,
      curves: [
        { expr: byRollout(ROLLOUT_FAMILIES.stepSeconds), legend: 'in step {{namespace}}' },
        { expr: byRollout(ROLLOUT_FAMILIES.holdSeconds), legend: 'to be held {{namespace}}', isLimit: true },
      ],
      emptyText: NO_ROLLOUT,
    }),
    timeSeries({
      id: 405,
      title: 'Pods',
      description:
        'In step, behind it, and kept disabled for comparison. Without control pods the cohort gates have nothing to compare: give the rollout five pods and more, or set control.ratio to 0.',
      size: [8, 8],
      unit: 'short',
      decimals: 0,
      min: 0,
      curves: [
        {
          expr: `max by (namespace, state) (${worker(ROLLOUT_FAMILIES.pods)})`,
          legend: '{{namespace}} {{state}}',
        },
        { expr: byRollout(ROLLOUT_FAMILIES.controlPods), legend: '{{namespace}} control' },
      ],
      emptyText: NO_ROLLOUT,
    }),
    table({
      id: 406,
      title: 'Gates',
      description:
        'What each gate measured last, and its limit. overhead, cohort_cpu, sla and errors are ratios, cohort_loop_delay seconds, losses a count. Near the limit: hold the step longer before you promote it.',
      size: [10, 8],
      emptyText: NO_ROLLOUT,
      names: [
        { label: 'namespace', name: 'Namespace' },
        { label: 'gate', name: 'Gate' },
      ],
      figures: [
        { name: 'Verdict', expr: VERDICT, unit: 'none', states: VERDICT_STATES },
        {
          name: 'Figure',
          expr: `max by (namespace, gate) (${worker(ROLLOUT_FAMILIES.gateFigure)})`,
          unit: 'short',
          decimals: 4,
        },
        {
          name: 'Limit',
          expr: `max by (namespace, gate) (${worker(ROLLOUT_FAMILIES.gateLimit)})`,
          unit: 'short',
          decimals: 4,
        },
      ],
      sort: { by: 'Gate', isDescending: false },
    }),
    timeSeries({
      id: 407,
      title: 'Gate figures as a share of their limit',
      description:
        'At 1, the dashed line, a gate fails. Gates whose limit is 0 are not drawn. A curve that climbs from step to step: the next may be one too many.',
      size: [8, 8],
      unit: 'percentunit',
      decimals: 0,
      curves: [
        {
          expr: `max by (namespace, gate) (${worker(ROLLOUT_FAMILIES.gateFigure)}) / (max by (namespace, gate) (${worker(ROLLOUT_FAMILIES.gateLimit)}) > 0)`,
          legend: '{{namespace}} {{gate}}',
        },
      ],
      lines: goodBelow(1),
      emptyText: 'No gate has a figure',
    }),
    table({
      id: 408,
      title: 'Decisions',
      description:
        'Of the rollout, over the time shown. roll_back: a gate failed. Their reasons are in `perf-metrics rollout status` and in the Events of the spec in Kubernetes.',
      size: [6, 8],
      emptyText: NO_ROLLOUT,
      names: [
        { label: 'namespace', name: 'Namespace' },
        { label: 'decision', name: 'Decision' },
      ],
      figures: [
        {
          name: 'Times',
          expr: `sum by (namespace, decision) (${increase(worker(ROLLOUT_FAMILIES.decisions))})`,
          unit: 'short',
          decimals: 0,
        },
      ],
      sort: { by: 'Times', isDescending: true },
    }),
  ];
}
