import type { TopLevelSpec } from 'vega-lite';
import { CONDITIONS, type OverheadResult } from '../../phases.ts';
import { CONDITION_NAMES } from '../wording.ts';
import { conditionScale } from './conditions.ts';
import { FRAME } from './draw.ts';

/** Of the x axis, where they stand: at one in so many requests. */
const TICKS = [1, 2, 10, 100, 1000];
/** More points than pixels would only make the file larger. */
const POINTS_PER_TENFOLD = 100;

interface Point {
  readonly name: string;
  /** One request in so many takes longer. */
  readonly oneIn: number;
  readonly millis: number;
}

/** Percentiles by condition as HdrHistogram's users know them: each further nine takes as much room as the one before. */
export function latencySpec({ latencies }: Pick<OverheadResult, 'latencies'>, width: number): TopLevelSpec {
  const conditions = CONDITIONS.filter((condition) => pointsOf(condition, latencies).length > 0);
  // The same for both channels, which makes one legend of them.
  const legend = {
    title: null,
    orient: 'bottom',
    direction: 'horizontal',
    columns: width < 500 ? 2 : 6,
  } as const;
  return {
    ...FRAME,
    width: width - 70,
    height: 300,
    data: { values: conditions.flatMap((condition) => pointsOf(condition, latencies)) },
    mark: { type: 'line', strokeWidth: 1.8, interpolate: 'linear' },
    encoding: {
      x: {
        field: 'oneIn',
        type: 'quantitative',
        scale: { type: 'log', domain: [1, 1000], nice: false, clamp: true },
        axis: {
          values: TICKS,
          labelExpr: "format(100 - 100 / datum.value, '.1~f') + ' %'",
          title: 'percentile of the requests',
        },
      },
      y: {
        field: 'millis',
        type: 'quantitative',
        scale: { type: 'log', nice: false, padding: 8 },
        axis: { format: '~r', tickCount: 6, title: 'latency, ms' },
      },
      color: {
        field: 'name',
        type: 'nominal',
        scale: conditionScale(conditions),
        legend,
      },
      strokeDash: {
        field: 'name',
        type: 'nominal',
        scale: {
          domain: conditions.map((condition) => CONDITION_NAMES[condition]),
          range: conditions.map((condition) =>
            condition === 'off_again' || condition === 'burn' ? [5, 3] : [1, 0],
          ),
        },
        legend,
      },
    },
  };
}

export function hasLatencies({ latencies }: Pick<OverheadResult, 'latencies'>): boolean {
  return CONDITIONS.some((condition) => pointsOf(condition, latencies).length > 0);
}

/** The maximum is left out: it belongs to 100 %, which is nowhere on the axis. */
function pointsOf(condition: (typeof CONDITIONS)[number], latencies: OverheadResult['latencies']): Point[] {
  const quantiles = latencies[condition] ?? [];
  const points: Point[] = [];
  let next = 0;
  for (const [i, millis] of quantiles.slice(0, -1).entries()) {
    const oneIn = 1 / (1 - i / (quantiles.length - 1));
    if (!(millis > 0 && Number.isFinite(millis)) || Math.log10(oneIn) < next) continue;
    points.push({ name: CONDITION_NAMES[condition], oneIn, millis });
    next = Math.log10(oneIn) + 1 / POINTS_PER_TENFOLD;
  }
  return points;
}
