import { latenciesBetween } from './blocks.ts';
import {
  type Block,
  CONDITIONS,
  type Comparison,
  type Condition,
  type Estimate,
  METRICS,
  type Metric,
  type OverheadResult,
} from './phases.ts';
import type { Request } from './sample-file.ts';
import {
  type IntervalOptions,
  type LatencyPair,
  meanAndError,
  meanInterval,
  pooledQuantileInterval,
} from './statistics/bootstrap.ts';
import { CONFIDENCE, type Decision, decide, INTERIM_CONFIDENCE, overall } from './statistics/decision.ts';
import { pairedDifferences } from './statistics/pairing.ts';
import { detectionChance, exceedanceChance, smallestDetectable } from './statistics/power.ts';
import { quantile } from './statistics/quantile.ts';

/** The claim: measuring costs less than this. */
export const LIMIT = 0.01;
/** Of the metrics that are latencies. */
const QUANTILES: Readonly<Partial<Record<Metric, number>>> = { latency_p50: 0.5, latency_p99: 0.99 };
const COMPARED: readonly Condition[] = ['10', '50', '100', 'off_again', 'burn'];
const JUDGED: ReadonlySet<Metric> = new Set(['cpu_main', 'cpu_process', 'latency_p50']);
const RATES: ReadonlySet<Condition> = new Set(['10', '50', '100']);

/**
 * What a condition costs. CPU time by the mean of the paired differences. Latencies by a quantile of all requests, from sets
 * drawn again as a whole: one stall of the machine makes a block's median tenfold, and would rule a mean. Each latency is first
 * divided by the median of its set, over all conditions: otherwise minutes in which the machine is slow widen the interval tenfold;
 * and by the pace of its block, as the reference work tells it.
 */
export function differenceOf(
  { blocks, samples }: Measurement,
  condition: Condition,
  metric: Metric,
  options: IntervalOptions,
): Estimate {
  const ratio = QUANTILES[metric];
  return ratio === undefined
    ? meanInterval(pairedDifferences(blocks, condition, metric), options)
    : pooledQuantileInterval(latencyPairs(blocks, samples, condition), ratio, options);
}

/** Each condition against measuring off, by each metric. Before the last look only what is judged, with wider intervals. */
export function compare(
  measurement: Measurement,
  { seed, isLast }: { seed: number; isLast: boolean },
): Comparison[] {
  const options = { confidence: isLast ? CONFIDENCE : INTERIM_CONFIDENCE, seed };
  return METRICS.flatMap((metric) =>
    COMPARED.filter((condition) => isLast || isJudged(condition, metric)).map((condition): Comparison => {
      const difference = differenceOf(measurement, condition, metric, options);
      return {
        metric,
        condition,
        difference,
        verdict: isJudged(condition, metric) ? decide(difference, LIMIT) : null,
      };
    }),
  );
}

function isJudged(condition: Condition, metric: Metric): boolean {
  return RATES.has(condition) && JUDGED.has(metric);
}

export interface Measurement {
  /** Levelled: see `levelled`. */
  readonly blocks: readonly Block[];
  /** In the order in which they were due. */
  readonly samples: readonly Request[];
}

/** All that is judged must hold. */
export function judge(comparisons: readonly Comparison[]): Decision {
  return overall(comparisons.flatMap(({ verdict }) => (verdict === null ? [] : [verdict])));
}

/** What as many pairs as these, which vary as these do, can find. */
export function powerOf(blocks: readonly Block[], metric: Metric = 'cpu_process'): OverheadResult['power'] {
  const differences = pairedDifferences(blocks, '100', metric);
  const deviation = meanAndError(differences).error * Math.sqrt(differences.length);
  return {
    smallestFound: smallestDetectable(deviation, differences.length),
    at1_5Percent: detectionChance(0.015, deviation, differences.length),
    fails1_5Percent: exceedanceChance(0.015, LIMIT, deviation, differences.length),
    passes0_5Percent: exceedanceChance(-0.005, -LIMIT, deviation, differences.length),
  };
}

function latencyPairs(
  blocks: readonly Block[],
  samples: readonly Request[],
  condition: Condition,
): LatencyPair[] {
  const byKey = new Map(blocks.map((block) => [`${block.set} ${block.condition}`, block]));
  const of = (set: number, which: Condition): Float64Array => {
    const block = byKey.get(`${set} ${which}`);
    return block === undefined
      ? new Float64Array(0)
      : latenciesBetween(samples, block.beganAt, block.endedAt).map((latency) => latency / block.latencyPace);
  };
  const sets = new Set(blocks.map(({ set }) => set));
  return [...sets].map((set) => {
    const found = new Map(CONDITIONS.map((which) => [which, of(set, which)]));
    const together = (which: readonly Condition[]) => which.flatMap((each) => [...(found.get(each) ?? [])]);
    const unit = quantile(Float64Array.from(together(CONDITIONS)).sort(), 0.5);
    const off = together(condition === 'off_again' ? ['off'] : ['off', 'off_again']);
    return {
      off: off.map((latency) => latency / unit),
      on: together([condition]).map((latency) => latency / unit),
    };
  });
}
