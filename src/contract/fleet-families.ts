import { type FamilySpec, family } from './families.ts';

/** The families of the aggregation worker's own `/metrics`. Label `service` is empty for all services together. */
export const FLEET_FAMILIES = {
  targets: family('perf_fleet_targets', 'gauge', ['state'], 'Pods by what the last round made of them.'),
  setAside: family(
    'perf_fleet_set_aside_total',
    'counter',
    ['reason'],
    'Answers of pods that were set aside, by reason.',
  ),
  rounds: family('perf_fleet_rounds_total', 'counter', [], 'Rounds in which the pods were asked and merged.'),
  lateRounds: family(
    'perf_fleet_late_rounds_total',
    'counter',
    [],
    'Rounds that began more than half an interval late.',
  ),
  roundSeconds: family('perf_fleet_round_seconds', 'gauge', [], 'Time the last round took.'),
  roundLag: family('perf_fleet_round_lag_seconds', 'gauge', [], 'How late the last round began.'),
  lastRound: family(
    'perf_fleet_last_round_timestamp_seconds',
    'gauge',
    [],
    'Unix time at which the last round ended.',
  ),
  events: family(
    'perf_fleet_events_total',
    'counter',
    ['service', 'event', 'outcome'],
    'Events of all pods, those that are gone as well (estimated true count).',
  ),
  quantile: family(
    'perf_fleet_event_quantile_seconds',
    'gauge',
    ['service', 'event', 'quantile'],
    'Quantiles of durations since start, from merged t-digests.',
  ),
  valueQuantile: family(
    'perf_fleet_event_value_quantile',
    'gauge',
    ['service', 'event', 'unit', 'quantile'],
    'Quantiles since start of events that are no duration, from merged t-digests.',
  ),
  window: family(
    'perf_fleet_event_window_seconds',
    'gauge',
    ['service', 'event', 'window', 'quantile'],
    'Quantiles of durations over sliding windows of all pods. Absent while a window is empty.',
  ),
  windowValue: family(
    'perf_fleet_event_window_value',
    'gauge',
    ['service', 'event', 'unit', 'window', 'quantile'],
    'Quantiles over sliding windows of events that are no duration.',
  ),
  windowEvents: family(
    'perf_fleet_event_window_events',
    'gauge',
    ['service', 'event', 'window'],
    'Events of all pods in the window.',
  ),
  slaThreshold: family(
    'perf_fleet_sla_threshold_seconds',
    'gauge',
    ['service', 'event'],
    'SLA of the event: slower is a breach.',
  ),
  objective: family(
    'perf_fleet_slo_objective_ratio',
    'gauge',
    ['service', 'event'],
    'Ratio of events that must keep the SLA.',
  ),
  breaches: family(
    'perf_fleet_sla_breaches_total',
    'counter',
    ['service', 'event'],
    'Events that broke their SLA.',
  ),
  compliance: family(
    'perf_fleet_sla_compliance_ratio',
    'gauge',
    ['service', 'event', 'window'],
    'Ratio of events within their SLA. Absent while a window is empty.',
  ),
  broken: family(
    'perf_fleet_sla_broken',
    'gauge',
    ['service', 'event', 'window'],
    '1 while compliance over the window is below the objective.',
  ),
  records: family(
    'perf_fleet_records_total',
    'counter',
    ['service'],
    'Records written to the rings of all pods.',
  ),
  overwritten: family(
    'perf_fleet_overwritten_total',
    'counter',
    ['service'],
    'Records overwritten before they were read.',
  ),
  overhead: family(
    'perf_fleet_overhead_ratio',
    'gauge',
    ['service'],
    'Greatest cost of measuring of any pod, as a share of one core.',
  ),
  clients: family('perf_fleet_stream_clients', 'gauge', [], 'Live pages that are connected.'),
  dumps: family('perf_fleet_dumps_total', 'counter', ['result'], 'Dumps of the history.'),
} as const satisfies Record<string, FamilySpec>;

/** The families of the rollout, on the same `/metrics`. */
export const ROLLOUT_FAMILIES = {
  info: family('perf_rollout_phase', 'gauge', ['phase'], '1 for the phase that the rollout is in, else 0.'),
  step: family('perf_rollout_step', 'gauge', [], 'Index of the step; -1 while every pod is disabled.'),
  steps: family('perf_rollout_steps', 'gauge', [], 'Steps of the plan.'),
  rate: family('perf_rollout_sampling_ratio', 'gauge', [], 'Sampling rate of the step.'),
  stepSeconds: family('perf_rollout_step_seconds', 'gauge', [], 'Time since the step was entered.'),
  holdSeconds: family('perf_rollout_hold_seconds', 'gauge', [], 'Time that the step is to be held.'),
  generation: family('perf_rollout_generation', 'gauge', [], 'Generation of the options that pods mount.'),
  pods: family('perf_rollout_pods', 'gauge', ['state'], 'Pods by whether they report the step.'),
  controlPods: family('perf_rollout_control_pods', 'gauge', [], 'Pods kept disabled for comparison.'),
  gate: family('perf_rollout_gate', 'gauge', ['gate', 'verdict'], "1 for the gate's last verdict, else 0."),
  gateFigure: family('perf_rollout_gate_figure', 'gauge', ['gate'], 'What the gate measured last.'),
  gateLimit: family('perf_rollout_gate_limit', 'gauge', ['gate'], 'What the figure is held against.'),
  condition: family('perf_rollout_condition', 'gauge', ['type'], '1 while the condition holds.'),
  decisions: family(
    'perf_rollout_decisions_total',
    'counter',
    ['decision'],
    'Decisions of this process, by what was decided.',
  ),
  leader: family('perf_rollout_leader', 'gauge', [], '1 in the process that decides.'),
  storeErrors: family(
    'perf_rollout_store_errors_total',
    'counter',
    [],
    'Reads and writes of the stored state that failed.',
  ),
} as const satisfies Record<string, FamilySpec>;
