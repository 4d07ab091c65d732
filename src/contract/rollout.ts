/** The staged sampling rollout: what its owner asks for (spec), what has become of it (status). Times in Unix milliseconds. */
export interface RolloutSpec {
  /** Master switch: off, every pod is disabled, whatever the step. */
  readonly enabled: boolean;
  readonly steps: readonly RolloutStep[];
  /** How long all pods stay disabled before the first step, so that each has a figure of its own to compare with. */
  readonly baselineHoldSeconds: number;
  readonly control: ControlSpec;
  readonly gates: GatesSpec;
  readonly limits: LimitsSpec;
}

export interface RolloutStep {
  /** 0.01 to 1. */
  readonly samplingRate: number;
  readonly holdSeconds: number;
}

/** Pods kept disabled while the others measure. */
export interface ControlSpec {
  /** Share of the pods, 0 (no cohort, and no cohort gates) to 0.5. */
  readonly ratio: number;
  /** At least so many, while the others are more. */
  readonly minPods: number;
}

export interface GatesSpec {
  /** Greatest `perf_overhead_ratio` (record + aggregate) of any measured pod. */
  readonly maxOverheadRatio: number;
  /** Greatest increase of CPU time per event over the control cohort: 0.01 is 1 %. */
  readonly maxCpuIncreaseRatio: number;
  /** Greatest increase of the event loop's delay over the control cohort, in seconds. */
  readonly maxLoopDelayIncreaseSeconds: number;
  /** Of the intervals, 0.5 to 0.999. */
  readonly confidence: number;
  readonly maxRecordsLost: number;
  /** Greatest fall of any event's SLA compliance against the step before. */
  readonly maxComplianceDrop: number;
  /** Greatest rise of any event's error ratio against the step before. */
  readonly maxErrorIncrease: number;
  readonly queries: readonly QueryGateSpec[];
}

/** A PromQL query of the owner's own, such as the latency that clients see. */
export interface QueryGateSpec {
  readonly name: string;
  /** Base URL of a Prometheus. */
  readonly prometheus: string;
  /**
   * Answers with one number, or a vector of one element. `$step` stands for the time since the step began, such as `1800s`;
   * `$measured` and `$control` for regular expressions of the names of the instances that measure and of those kept disabled.
   */
  readonly query: string;
  readonly max: number;
}

export interface LimitsSpec {
  /** How long pods may take to report a step's generation and rate before it is told of. */
  readonly acknowledgeSeconds: number;
  /** How long a gate may have no data before it is told of. */
  readonly noDataSeconds: number;
  /** Events of a step below which gates that compare ratios have no data. */
  readonly minEvents: number;
  /** Consecutive errors of a query after which it is told of. The rollout holds from the first. */
  readonly queryRetries: number;
}

export const GATES = ['overhead', 'cohort_cpu', 'cohort_loop_delay', 'losses', 'sla', 'errors'] as const;
/** One of `GATES`, or `query_` and a query's name. */
export type GateName = (typeof GATES)[number] | `query_${string}`;

/** fail: go back at once. no_data and error: hold. */
export const VERDICTS = ['pass', 'fail', 'no_data', 'error'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface GateResult {
  readonly gate: GateName;
  readonly verdict: Verdict;
  /** What was measured; null without data. */
  readonly figure: number | null;
  readonly limit: number;
  /** Of the figure, where it is an estimate. */
  readonly interval: readonly [low: number, high: number] | null;
  /** One sentence for people, with the figures. */
  readonly text: string;
  readonly at: number;
  /** Since when the verdict is what it is. */
  readonly since: number;
}

/**
 * disabled: by the master switch. baseline: before the first step. progressing: at a step. failed: put back by a gate, until
 * `resume` or another spec. aborted: by a person. complete: at the last step, its gates passed.
 */
export const PHASES = [
  'disabled',
  'baseline',
  'progressing',
  'paused',
  'failed',
  'aborted',
  'complete',
] as const;
export type RolloutPhase = (typeof PHASES)[number];

export const CONDITION_TYPES = ['SpecValid', 'PodsInStep', 'GatesPassing', 'Stuck'] as const;
export interface RolloutCondition {
  readonly type: (typeof CONDITION_TYPES)[number];
  readonly isTrue: boolean;
  /** One word, in camel case. */
  readonly reason: string;
  readonly message: string;
  readonly since: number;
}

export const DECISIONS = [
  'start',
  'advance',
  'roll_back',
  'complete',
  'disable',
  'enable',
  'pause',
  'resume',
  'promote',
  'abort',
  'spec_changed',
] as const;

/** A row of the history; the same text goes to the log, to Kubernetes as an Event, and to a counter. */
export interface RolloutDecision {
  readonly decision: (typeof DECISIONS)[number];
  readonly at: number;
  /** Steps before and after; -1 is disabled or baseline. */
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  /** `controller`, or who asked. */
  readonly by: string;
}

export const REQUEST_VERBS = ['pause', 'resume', 'promote', 'abort'] as const;
export type RequestVerb = (typeof REQUEST_VERBS)[number];

/** What a person asked for; answered once. */
export interface RolloutRequest {
  readonly id: string;
  readonly verb: RequestVerb;
  readonly by: string;
  readonly at: number;
}

export const ROLLOUT_STATUS_VERSION = 1;

export interface RolloutStatus {
  readonly schemaVersion: typeof ROLLOUT_STATUS_VERSION;
  readonly phase: RolloutPhase;
  /** Index into the spec's steps; -1: none, every pod is disabled. */
  readonly step: number;
  readonly stepCount: number;
  /** Sampling rates of the steps, by which a changed plan is told. */
  readonly rates: readonly number[];
  /** SHA-256 of the spec that was followed last, `enabled` apart; null before the rollout started. */
  readonly specHash: string | null;
  /** While the master switch is off: where the rollout goes on. */
  readonly suspended: { readonly phase: RolloutPhase; readonly step: number } | null;
  /** Sampling rate of the step; 0 when every pod is disabled. */
  readonly samplingRate: number;
  /** When the step was entered, and when every pod had it first; null until then. */
  readonly stepSince: number;
  readonly heldSince: number | null;
  /** How long every pod has been seen in the step, and how long that is to be. */
  readonly heldSeconds: number;
  readonly holdSeconds: number;
  /** Of the options file that pods mount: raised at every change of it. */
  readonly generation: number;
  /** Instances kept disabled. */
  readonly control: readonly string[];
  readonly pods: {
    readonly total: number;
    /** Report the generation and the rate of the step. */
    readonly inStep: number;
  };
  readonly gates: readonly GateResult[];
  readonly conditions: readonly RolloutCondition[];
  /** The latest, newest first. */
  readonly decisions: readonly RolloutDecision[];
  /** Id of the last request that was answered. */
  readonly answeredRequest: string | null;
  readonly updatedAt: number;
}

/** What the aggregation worker serves of the rollout, and the requests it passes on. */
export interface RolloutHandle {
  /** Null until it is known, and where there is no rollout. */
  status(): RolloutStatus | null;
  isLeader(): boolean;
  /**
   * Resolves once the request was done. Rejects with a `PerfMetricsError` that says why: `PERF_ROLLOUT_REFUSED` when the rollout
   * refused it, `PERF_ROLLOUT` when it cannot be stored, or nobody has answered within 10 s.
   */
  request(verb: RequestVerb, by: string): Promise<void>;
}
