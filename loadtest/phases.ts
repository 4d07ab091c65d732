/**
 * What each part of the load test finds: written to `verdict.json`, read by the summary and the report. Times are
 * milliseconds since 1970 where they are called `…At`, CPU times microseconds, ratios 1 for 100 %.
 */

/** Three verdicts of a measurement; `void` says that it is worth nothing. */
export type Verdict = 'pass' | 'fail' | 'undecided' | 'void';

/** An estimate with its interval; ratios of the value with measuring off. */
export interface Estimate {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** Of the interval: 0.95. */
  readonly confidence: number;
  /** Pairs it was made from. */
  readonly pairs: number;
}

/** What a block is measured under. `off_again` is the same as `off`; `burn` is off, with a known burn of CPU time. */
export const CONDITIONS = ['off', 'off_again', '10', '50', '100', 'burn'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** One stretch of time under one condition. */
export interface Block {
  /** Blocks of one set are neighbours, in an order that was drawn at random. */
  readonly set: number;
  readonly condition: Condition;
  readonly beganAt: number;
  readonly endedAt: number;
  readonly requests: number;
  /** CPU time per request, in microseconds: of the main thread, and of the whole process. */
  readonly mainMicros: number;
  readonly processMicros: number;
  /** Of the library's worker thread, which is part of the process; NaN where the system does not tell. */
  readonly workerMicros: number;
  /** CPU time of a piece of the reference work, which is the same in every block; on the main thread, but in none of the figures above. */
  readonly referenceMicros: number;
  /** What its latencies are divided by, before they are compared: 1 is as measured. */
  readonly latencyPace: number;
  /** Of the requests that were due in the block, in milliseconds. */
  readonly p50Millis: number;
  readonly p99Millis: number;
  /** Share of all cores that was in use, by whatever process. */
  readonly machineBusy: number;
}

export const METRICS = ['cpu_main', 'cpu_process', 'latency_p50', 'latency_p99', 'reference'] as const;
export type Metric = (typeof METRICS)[number];

export interface Comparison {
  readonly metric: Metric;
  readonly condition: Condition;
  readonly difference: Estimate;
  /** P99 and the reference work are reported, not judged. */
  readonly verdict: Exclude<Verdict, 'void'> | null;
}

/** Something that must hold for the figures to be worth anything. */
export interface Control {
  readonly name: string;
  readonly isKept: boolean;
  /** One sentence with the figures. */
  readonly text: string;
}

/** CPU time of the library's worker thread per request, in microseconds, where a condition lasts. */
export type WorkerSteady = Readonly<Record<'off' | '10' | '50' | '100', number>>;

/** What the worker thread takes. */
export interface WorkerUse {
  /** Stands in the CPU time of the process for what it took in a block. */
  readonly steady: WorkerSteady;
  /** The same within the blocks, whose work it partly does between them or not at all. */
  readonly blocks: Readonly<Partial<Record<Condition, number>>>;
}

/** What the reference work told of the machine. */
export interface Reference {
  /** CPU time of a piece of it, mean of the blocks with measuring off. */
  readonly micros: number;
  /** How far each figure follows it: 1 for one that is 10 % higher where that is. */
  readonly slopes: {
    readonly mainMicros: number;
    readonly processMicros: number;
    readonly p50Millis: number;
  };
  /** CPU time of the process at 100 % over measuring off, had it not been taken into account. */
  readonly without: Estimate;
}

/** Of as many pairs, which vary as much, for the CPU time of the process at 100 %. */
export interface Power {
  /** The effect that is told from nothing four times in five. */
  readonly smallestFound: number;
  /** How likely a true effect of 1.5 % is told from nothing, */
  readonly at1_5Percent: number;
  /** and from the limit, so that the run fails; */
  readonly fails1_5Percent: number;
  /** how likely one of 0.5 % is seen to be below the limit. */
  readonly passes0_5Percent: number;
}

export interface OverheadResult {
  readonly verdict: Verdict;
  readonly rate: number;
  readonly seed: number;
  readonly sets: number;
  readonly maxSets: number;
  readonly blockSeconds: number;
  /** That each request of a `burn` block burned on top, in microseconds. */
  readonly burnMicros: number;
  /** Means of the blocks with measuring off. */
  readonly off: {
    readonly mainMicros: number;
    readonly processMicros: number;
    readonly p50Millis: number;
    readonly p99Millis: number;
  };
  /** Null where the system does not tell CPU time by thread. */
  readonly worker: WorkerUse | null;
  readonly reference: Reference;
  readonly comparisons: readonly Comparison[];
  readonly controls: readonly Control[];
  /** Smallest true effect on CPU time of the whole process at 100 % that this many pairs find four times in five, and the chance to find one of 1.5 %. */
  readonly power: Power;
  readonly blocks: readonly Block[];
  /** Latencies of all requests by condition, sorted, thinned out to at most 1,000 quantiles, in milliseconds. */
  readonly latencies: Readonly<Partial<Record<Condition, readonly number[]>>>;
}

export interface RolloutStep {
  /** 0 to 1; 0 while measuring is off. */
  readonly samplingRate: number;
  readonly beganAt: number;
  readonly endedAt: number;
  /** Requests by k6, and candles by the library's estimate, between two looks within the step. */
  readonly requests: number;
  readonly estimated: number;
  /** Difference of the two in standard errors of the estimate; 0 where both are exact. */
  readonly standardErrors: number;
}

export interface RolloutRun {
  readonly name: 'healthy' | 'overhead injected';
  readonly verdict: Verdict;
  readonly steps: readonly RolloutStep[];
  /** What the rollout said of itself: phase and the reasons of its decisions, in order. */
  readonly phase: string;
  readonly decisions: readonly { readonly at: number; readonly text: string }[];
  /** Gates at the end: name, verdict, sentence. */
  readonly gates: readonly { readonly gate: string; readonly verdict: string; readonly text: string }[];
  readonly controls: readonly Control[];
}

export interface SlaResult {
  readonly verdict: Verdict;
  readonly event: string;
  readonly delayMillis: number;
  /** What happened when, from the slow-down to the resolve; seconds since the slow-down. */
  readonly timeline: readonly { readonly seconds: number; readonly text: string }[];
  readonly controls: readonly Control[];
}

/** One ramp of k6 to saturation and beyond. */
export interface StressRun {
  readonly name: 'off' | 'on';
  readonly requests: number;
  readonly answered: number;
  /** Answered with success a second while the machine was saturated. */
  readonly throughput: number;
  /** By second of the ramp. */
  readonly perSecond: readonly { readonly answered: number; readonly samplingRate: number | null }[];
}

export interface StressResult {
  readonly verdict: Verdict;
  readonly runs: readonly StressRun[];
  readonly controls: readonly Control[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGibibytes: number;
  readonly system: string;
  readonly node: string;
  readonly k6: string;
  readonly commit: string;
}

export interface LoadTestResult {
  readonly verdict: Verdict;
  readonly isQuick: boolean;
  readonly beganAt: number;
  readonly endedAt: number;
  readonly machine: Machine;
  readonly overhead: OverheadResult | null;
  readonly rollouts: readonly RolloutRun[];
  readonly sla: SlaResult | null;
  readonly stress: StressResult | null;
}
