import type { TopLevelSpec } from 'vega-lite';
import { type Block, CONDITIONS, type OverheadResult } from '../../phases.ts';
import { CONDITION_NAMES } from '../wording.ts';
import { conditionScale } from './conditions.ts';
import { FRAME, ONCE } from './draw.ts';

const STRIP_HEIGHT = 54;

/** CPU time per request over time: a strip for each condition, in which each of its blocks is a stroke as long as it took. */
export function cpuSpec(
  { blocks, off }: Pick<OverheadResult, 'blocks' | 'off'>,
  width: number,
): TopLevelSpec {
  const known = blocks.filter(isKnown);
  const beganAt = known.reduce((first, block) => Math.min(first, block.beganAt), Number.POSITIVE_INFINITY);
  const conditions = CONDITIONS.filter((condition) => known.some((block) => block.condition === condition));
  const { domain, range } = conditionScale(conditions);
  return {
    ...FRAME,
    spacing: 8,
    columns: 1,
    data: {
      values: known.map((block) => ({
        name: CONDITION_NAMES[block.condition],
        from: (block.beganAt - beganAt) / 1e3,
        to: (block.endedAt - beganAt) / 1e3,
        millis: block.processMicros / 1e3,
      })),
    },
    facet: {
      field: 'name',
      type: 'nominal',
      sort: domain,
      header: { title: null, labelAnchor: 'start', labelPadding: 3, labelFontWeight: 'bold' },
    },
    spec: {
      width: width - 70,
      height: STRIP_HEIGHT,
      encoding: {
        y: {
          type: 'quantitative',
          scale: { zero: false, padding: 4 },
          axis: { tickCount: 3, title: null, format: '.1~f' },
        },
      },
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 3, strokeCap: 'square' },
          encoding: {
            x: {
              field: 'from',
              type: 'quantitative',
              scale: { nice: false },
              axis: {
                title: 'seconds since the first block',
                tickCount: Math.round(width / 90),
                grid: false,
              },
            },
            x2: { field: 'to' },
            y: { field: 'millis' },
            color: { field: 'name', type: 'nominal', scale: { domain, range }, legend: null },
          },
        },
        ...(Number.isFinite(off.processMicros)
          ? [
              {
                data: ONCE,
                mark: { type: 'rule' as const, color: 'currentColor', opacity: 0.7, strokeDash: [2, 3] },
                encoding: { y: { datum: off.processMicros / 1e3 } },
              },
            ]
          : []),
      ],
    },
  };
}

export function hasBlocks({ blocks }: Pick<OverheadResult, 'blocks'>): boolean {
  return blocks.some(isKnown);
}

function isKnown({ beganAt, endedAt, processMicros }: Block): boolean {
  return [beganAt, endedAt, processMicros].every(Number.isFinite);
}
