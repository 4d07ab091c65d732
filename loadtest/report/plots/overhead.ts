import type { TopLevelSpec } from 'vega-lite';
import { LIMIT } from '../../overhead-verdict.ts';
import { type Comparison, type Condition, METRICS, type Metric, type OverheadResult } from '../../phases.ts';
import { CONDITION_NAMES, METRIC_NAMES } from '../wording.ts';
import { conditionScale } from './conditions.ts';
import { draw, FRAME, ONCE, type Panel, PERCENT_LABEL, WIDTHS } from './draw.ts';

const ORDER: readonly Condition[] = ['off_again', '10', '50', '100', 'burn'];
const NAMES = ORDER.map((condition) => CONDITION_NAMES[condition]);
const ROW_AXIS = { title: null, ticks: false, domain: false, labelPadding: 8, labelLimit: 200 } as const;
const AXIS_TITLES = {
  long: 'over measuring off; the dashed line is the limit of 1\u00a0%',
  short: 'over measuring off',
};
const ROW_HEIGHT = 19;
const LABELS_WIDTH = 150;

/** As a picture of its own, on white. */
export function overheadSvg(result: Pick<OverheadResult, 'comparisons'>): Promise<string> {
  return draw({ ...overheadSpec(result, WIDTHS.wide), background: 'white' });
}

/**
 * Paired differences with their intervals, a row for each condition. The metrics that are judged share an axis; P99, whose
 * intervals are many times as wide, has its own. What the reference work tells is in the table.
 */
export function overheadSpec(
  { comparisons }: Pick<OverheadResult, 'comparisons'>,
  width: number,
): TopLevelSpec {
  const known = comparisons.filter(isKnown);
  const judged: readonly Metric[] = METRICS.filter(
    (metric) => metric !== 'latency_p99' && metric !== 'reference',
  );
  return {
    ...FRAME,
    spacing: 14,
    vconcat: [judged, ['latency_p99' as const]].flatMap((metrics) => {
      const drawn = metrics.filter((metric) => known.some((one) => one.metric === metric));
      const domain = domainOf(known.filter(({ metric }) => drawn.includes(metric)));
      return drawn.map((metric, i) =>
        panel(
          known.filter((one) => one.metric === metric),
          metric,
          { domain, isLast: i === drawn.length - 1, width },
        ),
      );
    }),
  };
}

/** Whether there is anything to draw. */
export function hasDifferences({ comparisons }: Pick<OverheadResult, 'comparisons'>): boolean {
  return comparisons.some(isKnown);
}

function isKnown({ difference: { estimate, low, high } }: Comparison): boolean {
  return [estimate, low, high].every(Number.isFinite);
}

/** What is to be seen in any case: 0 and the limit. */
function domainOf(comparisons: readonly Comparison[]): [number, number] {
  const values = comparisons.flatMap(({ difference: { estimate, low, high } }) => [estimate, low, high]);
  const [low, high] = [Math.min(-LIMIT / 2, ...values), Math.max(1.5 * LIMIT, ...values)];
  const margin = 0.03 * (high - low);
  return [low - margin, high + margin];
}

function panel(
  comparisons: readonly Comparison[],
  metric: Metric,
  { domain, isLast, width }: { domain: [number, number]; isLast: boolean; width: number },
): Panel {
  const row = {
    y: { field: 'name', type: 'nominal', sort: NAMES, scale: { domain: NAMES }, axis: ROW_AXIS },
    color: { field: 'name', type: 'nominal', scale: conditionScale(ORDER), legend: null },
  } as const;
  return {
    title: {
      text: `${METRIC_NAMES[metric]}${metric === 'latency_p99' ? ' (its own axis)' : ''}`,
      frame: 'bounds',
    },
    width: width - LABELS_WIDTH,
    height: ROW_HEIGHT * ORDER.length,
    data: {
      values: comparisons.map(({ condition, difference: { estimate, low, high } }) => ({
        name: CONDITION_NAMES[condition],
        estimate,
        low,
        high,
      })),
    },
    encoding: {
      x: {
        type: 'quantitative',
        scale: { domain, nice: false, zero: false },
        axis: {
          labelExpr: PERCENT_LABEL,
          tickCount: Math.round(width / 90),
          title: isLast ? AXIS_TITLES[width > WIDTHS.narrow ? 'long' : 'short'] : null,
          labels: isLast,
        },
      },
    },
    layer: [
      {
        data: ONCE,
        mark: { type: 'rule', color: 'currentColor', opacity: 0.7 },
        encoding: { x: { datum: 0 } },
      },
      {
        data: ONCE,
        mark: { type: 'rule', color: 'currentColor', strokeDash: [5, 4], strokeWidth: 1.5 },
        encoding: { x: { datum: LIMIT } },
      },
      {
        mark: { type: 'rule', strokeWidth: 3, opacity: 0.7 },
        encoding: { x: { field: 'low' }, x2: { field: 'high' }, ...row },
      },
      {
        mark: { type: 'point', filled: true, size: 70, opacity: 1 },
        encoding: { x: { field: 'estimate' }, ...row },
      },
    ],
  };
}
