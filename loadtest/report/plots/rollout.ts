import type { TopLevelSpec } from 'vega-lite';
import type { RolloutRun } from '../../phases.ts';
import { FRAME, PALETTE, PERCENT_LABEL } from './draw.ts';

type Steps = Pick<RolloutRun, 'steps' | 'decisions'>;

/** The sampling rate over time, and when the rollout decided what: the numbers are those of the list below the plot. */
export function rolloutSpec(run: Steps, width: number): TopLevelSpec {
  const { steps, decisions } = knownOf(run);
  const zero = zeroOf(run);
  const x = {
    field: 'from',
    type: 'quantitative',
    scale: { nice: false, zero: false, padding: 10 },
    axis: { title: 'seconds', grid: false, tickCount: Math.round(width / 90) },
  } as const;
  return {
    ...FRAME,
    width: width - 70,
    height: 190,
    layer: [
      {
        data: {
          values: steps.map(({ samplingRate, beganAt, endedAt }) => ({
            from: (beganAt - zero) / 1e3,
            to: (endedAt - zero) / 1e3,
            rate: samplingRate,
            zero: 0,
          })),
        },
        encoding: {
          x,
          x2: { field: 'to' },
          y: {
            field: 'rate',
            type: 'quantitative',
            scale: { domain: [0, 1.08], nice: false },
            axis: { values: [0, 0.1, 0.5, 1], labelExpr: PERCENT_LABEL, title: 'sampling rate' },
          },
        },
        layer: [
          {
            mark: { type: 'rect', color: PALETTE.blue, opacity: 0.25 },
            encoding: { y2: { field: 'zero' } },
          },
          { mark: { type: 'rule', color: PALETTE.blue, strokeWidth: 3 } },
        ],
      },
      {
        data: {
          values: decisions.map(({ at, text, number }) => ({
            from: (at - zero) / 1e3,
            number: String(number),
            isBack: text.startsWith('roll back'),
          })),
        },
        encoding: {
          x,
          color: {
            condition: { test: 'datum.isBack', value: PALETTE.vermillion },
            value: PALETTE.grey,
          },
        },
        layer: [
          { mark: { type: 'rule', strokeDash: [4, 3], strokeWidth: 1.5 } },
          {
            mark: { type: 'point', filled: true, size: 300, opacity: 1 },
            encoding: { y: { value: -10 } },
          },
          {
            mark: { type: 'text', fontSize: 12, fontWeight: 'bold' },
            encoding: { y: { value: -10 }, text: { field: 'number' }, color: { value: 'white' } },
          },
        ],
      },
    ],
  };
}

export function hasSteps(run: Steps): boolean {
  return knownOf(run).steps.length > 0;
}

/** When the plot begins, in milliseconds since 1970. */
export function zeroOf(run: Steps): number {
  const { steps, decisions } = knownOf(run);
  return Math.min(...steps.map(({ beganAt }) => beganAt), ...decisions.map(({ at }) => at));
}

function knownOf({ steps, decisions }: Steps) {
  return {
    steps: steps.filter(({ samplingRate, beganAt, endedAt }) =>
      [samplingRate, beganAt, endedAt].every(Number.isFinite),
    ),
    decisions: decisions
      .map((decision, i) => ({ ...decision, number: i + 1 }))
      .filter(({ at }) => Number.isFinite(at)),
  };
}
