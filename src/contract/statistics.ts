/** What `getStatistics()` returns and `/stats.json` serves. Durations in seconds, times in Unix milliseconds. */
export interface Statistics {
  readonly at: number;
  readonly startedAt: number;
  /** What the process is called: the option `instance`, or the host's name. */
  readonly instance: string;
  readonly uptimeSeconds: number;
  readonly events: readonly EventStatistics[];
  readonly ring: RingStatistics;
  readonly sampling: SamplingStatistics;
  readonly overhead: OverheadStatistics;
  readonly health: HealthStatistics;
}

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
}

/** Over a window or since start. `null` where there was no event. */
export interface Distribution {
  /** Estimated true count. */
  readonly count: number;
  readonly errors: number;
  readonly breaches: number;
  /** Ratio of events within the SLA; null without an SLA or without events. */
  readonly compliance: number | null;
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly quantiles: Quantiles | null;
}

export type WindowName = '1s' | '5s' | '1m';
export const WINDOW_NAMES = ['1s', '5s', '1m'] as const;
export const QUANTILES = [0.5, 0.95, 0.99, 0.999] as const;

export interface EventStatistics extends Distribution {
  readonly event: string;
  readonly unit: string;
  readonly sla: {
    readonly threshold: number;
    readonly objective: number;
    readonly broken: readonly WindowName[];
  } | null;
  readonly windows: Readonly<Record<WindowName, Distribution>>;
  readonly gcSeconds: number;
  readonly stallSeconds: number;
  /** Of the time of the slowest 0.1 % of events. Null before there was such an event. */
  readonly tail: { readonly gcRatio: number; readonly stallRatio: number } | null;
  /** The slowest events of the last minute, slowest first. */
  readonly slowest: readonly SlowEvent[];
}

export interface SlowEvent {
  readonly value: number;
  readonly at: number;
  readonly symbol: string | null;
  readonly traceId: string | null;
}

export interface RingStatistics {
  /** recorded = aggregated + overwritten, exactly. */
  readonly recorded: number;
  readonly aggregated: number;
  readonly overwritten: number;
  readonly rings: readonly { readonly ring: string; readonly backlog: number; readonly capacity: number }[];
  readonly rejected: Readonly<Record<string, number>>;
}

export interface SamplingStatistics {
  readonly enabled: boolean;
  readonly ratio: number;
  readonly targetRatio: number;
  readonly keepBreaches: boolean;
  readonly configGeneration: number;
  readonly configFileOk: boolean;
}

export interface OverheadStatistics {
  /** Calibrated at start: seconds that a recorded event, and one that sampling skipped, cost the application. */
  readonly recordedEventSeconds: number;
  readonly skippedEventSeconds: number;
  readonly recordSeconds: number;
  readonly aggregateSeconds: number;
  /** Shares of one core over the last ten seconds. */
  readonly recordRatio: number;
  readonly aggregateRatio: number;
}

export interface HealthStatistics {
  readonly eventsPerSecond: number;
  readonly stalls: readonly { readonly ring: string; readonly seconds: number }[];
  readonly stallSecondsTotal: number;
  readonly gc: readonly {
    readonly kind: string;
    readonly count: number;
    readonly seconds: number;
    readonly maxSeconds: number;
  }[];
  readonly queues: Readonly<Record<string, number>>;
  readonly memoryBytes: Readonly<Record<string, number>>;
  readonly workerRestarts: number;
}

/** Emitted by the aggregator when compliance over a window falls below the objective, and when it is back. */
export interface SlaChange {
  readonly event: string;
  readonly window: WindowName;
  /**
   * The quantile at the objective over the window (P99 for 0.99), in seconds or the event's unit. NaN on the recovery of a
   * window that holds no event any more.
   */
  readonly value: number;
  readonly threshold: number;
  readonly compliance: number;
  readonly objective: number;
  readonly count: number;
  readonly at: number;
}
