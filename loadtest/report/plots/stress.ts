import type { TopLevelSpec } from 'vega-lite';
import type { StressResult } from '../../phases.ts';
import { FRAME, PALETTE, type Panel, PERCENT_LABEL } from './draw.ts';

const NAMES = { off: 'measuring off', on: 'measuring on' } as const;

/** Answers by second of the ramp, with measuring off and on; below, the sampling rate in the same seconds. */
export function stressSpec({ runs }: Pick<StressResult, 'runs'>, width: number): TopLevelSpec {
  const seconds = runs.flatMap(({ name, perSecond }) =>
    perSecond.map(({ answered, samplingRate }, i) => ({
      name: NAMES[name],
      second: i + 1,
      answered: Number.isFinite(answered) ? answered : null,
      rate: Number.isFinite(samplingRate) ? samplingRate : null,
    })),
  );
  const longest = Math.max(...runs.map(({ perSecond }) => perSecond.length));
  const x = {
    field: 'second',
    type: 'quantitative',
    scale: { domain: [0, longest] as [number, number], nice: false },
  } as const;
  const xAxis = { title: null, grid: false, tickCount: Math.round(width / 90), tickMinStep: 1 };
  const color = {
    field: 'name',
    type: 'nominal',
    scale: { domain: Object.values(NAMES), range: [PALETTE.grey as string, PALETTE.blue] },
    legend: { title: null, orient: 'bottom', direction: 'horizontal' },
  } as const;
  const rates = seconds.filter(({ rate }) => rate !== null);
  const ratePanel: Panel = {
    title: 'Sampling rate',
    width: width - 70,
    height: 80,
    data: { values: rates },
    mark: { type: 'line', interpolate: 'step-before', strokeWidth: 2.5 },
    encoding: {
      x: { ...x, axis: { ...xAxis, title: 'seconds since the first request' } },
      y: {
        field: 'rate',
        type: 'quantitative',
        scale: { domain: [0, 1] },
        axis: { title: null, values: [0, 0.5, 1], labelExpr: PERCENT_LABEL },
      },
      color,
    },
  };
  return {
    ...FRAME,
    spacing: 16,
    vconcat: [
      {
        title: 'Answered a second',
        width: width - 70,
        height: 200,
        data: { values: seconds.filter(({ answered }) => answered !== null) },
        mark: { type: 'line', strokeWidth: 2, point: { size: 22, filled: true } },
        encoding: {
          x: { ...x, axis: xAxis },
          y: {
            field: 'answered',
            type: 'quantitative',
            scale: { zero: true },
            axis: { title: null, tickCount: 5, format: '~s' },
          },
          color,
        },
      },
      ...(rates.length === 0 ? [] : [ratePanel]),
    ],
  };
}

export function hasSeconds({ runs }: Pick<StressResult, 'runs'>): boolean {
  return runs.some(({ perSecond }) => perSecond.some(({ answered }) => Number.isFinite(answered)));
}
