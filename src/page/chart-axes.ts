import type uPlot from 'uplot';
import { HISTORY_SECONDS } from './history.ts';
import { color } from './theme.ts';

const FONT = '11px system-ui, sans-serif';
const SHORTEST_SECONDS = 60;
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const hourAndMinute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** Grows with what has been seen, from one minute to the horizon. */
export function timeRange(horizonSeconds = HISTORY_SECONDS): uPlot.Range.Function {
  return (_chart, first, last) => {
    const end = last ?? Date.now() / 1000;
    const seen = end - (first ?? end);
    return [end - Math.min(Math.max(seen, SHORTEST_SECONDS), horizonSeconds), end];
  };
}

/** From zero to a little over the greatest value; `least` keeps noise about zero from filling the chart. */
export function fromZero(least: number): uPlot.Range.Function {
  return (_chart, min, max) => {
    const top = Math.max(max ?? 0, least) * 1.1;
    return [(min ?? 0) < 0 ? (min ?? 0) * 1.1 : 0, top];
  };
}

export function timeAxis(): uPlot.Axis {
  return {
    ...look(),
    size: 26,
    space: 76,
    incrs: [5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10_800, 21_600],
    values: (_chart, splits, _axis, _space, increment) =>
      splits.map((at) => (increment < 60 ? clock : hourAndMinute).format(at * 1000)),
  };
}

export function valueAxis(
  scale: string,
  values: (splits: readonly (number | null)[]) => string[],
): uPlot.Axis {
  return { ...look(), scale, size: 58, space: 26, values: (_chart, splits) => values(splits) };
}

/** On the right, without a grid of its own. */
export function secondAxis(
  scale: string,
  values: (splits: readonly (number | null)[]) => string[],
): uPlot.Axis {
  return { ...valueAxis(scale, values), side: 1, grid: { show: false } };
}

function look(): uPlot.Axis {
  const grid = { stroke: () => color('grid'), width: 1 };
  return { stroke: () => color('muted'), font: FONT, gap: 6, grid, ticks: { show: false } };
}
