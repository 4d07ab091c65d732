import { describe, expect, it } from 'vitest';
import { CONDITIONS } from '../../../loadtest/phases.ts';
import { CONDITION_COLOURS } from '../../../loadtest/report/plots/conditions.ts';
import { cpuSpec } from '../../../loadtest/report/plots/cpu.ts';
import { latencySpec } from '../../../loadtest/report/plots/latency.ts';
import { overheadSpec, overheadSvg } from '../../../loadtest/report/plots/overhead.ts';
import { rolloutSpec } from '../../../loadtest/report/plots/rollout.ts';
import { stressSpec } from '../../../loadtest/report/plots/stress.ts';
import { CONDITION_NAMES } from '../../../loadtest/report/wording.ts';
import { fullResult, injectedRollout, overheadResult, stressResult } from './result.ts';
import { type Drawn, drawnOf, linear } from './scene.ts';

const overhead = overheadResult();
/** All but the reference work, which is no cost. */
const inPlot = overhead.comparisons.filter(({ metric }) => metric !== 'reference');
const WIDTH = 760;

describe('the plot of the overhead', () => {
  it('has a point and an interval where each figure is, and lines at 0 and at the limit of 1 %', async () => {
    const drawn = await drawnOf(overheadSpec(overhead, WIDTH));
    expect(new Set(drawn.map(({ panel }) => panel)).size).toBe(4);
    for (let panel = 0; panel < 4; panel++) {
      const inPanel = drawn.filter((mark) => mark.panel === panel);
      const points = inPanel.filter(({ mark }) => mark === 'symbol');
      const intervals = inPanel.filter(({ mark, datum }) => mark === 'rule' && 'low' in datum);
      const lines = inPanel.filter(({ mark, datum }) => mark === 'rule' && !('low' in datum));
      expect(points).toHaveLength(5);
      expect(intervals).toHaveLength(5);
      expect(lines).toHaveLength(2);
      const at = linear([0, lines[0]?.x ?? 0], [0.01, lines[1]?.x ?? 0]);
      for (const { datum, x } of points) expect(x).toBeCloseTo(at(datum.estimate as number), 6);
      for (const { datum, x, x2 } of intervals) {
        expect(x).toBeCloseTo(at(datum.low as number), 6);
        expect(x2).toBeCloseTo(at(datum.high as number), 6);
      }
    }
  });

  it('shows the figures of the result, each in the colour and the row of its condition', async () => {
    const points = (await drawnOf(overheadSpec(overhead, WIDTH))).filter(({ mark }) => mark === 'symbol');
    expect(points.map(({ datum }) => datum.estimate).sort()).toEqual(
      inPlot.map(({ difference }) => difference.estimate).sort(),
    );
    for (const condition of CONDITIONS.slice(1)) {
      const own = points.filter(({ datum }) => datum.name === CONDITION_NAMES[condition]);
      expect(new Set(own.map(({ fill }) => fill))).toEqual(new Set([CONDITION_COLOURS[condition]]));
      expect(new Set(own.map(({ y }) => y)).size).toBe(1);
    }
    expect(new Set(points.map(({ y }) => y)).size).toBe(5);
  });

  it('gives the metrics that are judged one axis, so that the limit stands at one place', async () => {
    const dashed = (await drawnOf(overheadSpec(overhead, WIDTH)))
      .filter(({ mark, datum }) => mark === 'rule' && !('low' in datum))
      .filter((_, i) => i % 2 === 1);
    expect(dashed).toHaveLength(4);
    expect(new Set(dashed.slice(0, 3).map(({ x }) => x)).size).toBe(1);
    expect(dashed[3]?.x).not.toBe(dashed[0]?.x);
  });

  it('leaves out what is unknown', async () => {
    const [first, ...rest] = overhead.comparisons;
    if (first === undefined) throw new Error('The fixture has comparisons.');
    const comparisons = [
      { ...first, difference: { ...first.difference, high: Number.POSITIVE_INFINITY } },
      ...rest,
    ];
    const drawn = await drawnOf(overheadSpec({ comparisons }, WIDTH));
    expect(drawn.filter(({ mark }) => mark === 'symbol')).toHaveLength(inPlot.length - 1);
    expect(await overheadSvg({ comparisons })).not.toMatch(/NaN|Infinity/);
  });

  it('is a picture of its own, on white, that is not much wider than a README', async () => {
    const svg = await overheadSvg(overhead);
    const width = Number(/^<svg[^>]* width="(\d+)"/.exec(svg)?.[1]);
    expect(width).toBeGreaterThan(600);
    expect(width).toBeLessThanOrEqual(830);
    expect(svg).toMatch(/<rect[^>]* fill="white"/);
  });
});

describe('the plot of the latencies', () => {
  it('puts each further nine at the same distance, and milliseconds on a log scale', async () => {
    const drawn = await drawnOf(latencySpec(overhead, WIDTH));
    const [first, last] = [drawn[0], drawn.filter(({ panel }) => panel === drawn[0]?.panel).at(-1)];
    if (first === undefined || last === undefined) throw new Error('Nothing is drawn.');
    const log = (mark: Drawn, field: string): number => Math.log(mark.datum[field] as number);
    const x = linear([log(first, 'oneIn'), first.x], [log(last, 'oneIn'), last.x]);
    const y = linear([log(first, 'millis'), first.y], [log(last, 'millis'), last.y]);
    for (const mark of drawn) {
      expect(mark.x).toBeCloseTo(x(log(mark, 'oneIn')), 6);
      expect(mark.y).toBeCloseTo(y(log(mark, 'millis')), 6);
    }
  });

  it('has the latencies of each condition, at their percentiles', async () => {
    const drawn = await drawnOf(latencySpec(overhead, WIDTH));
    for (const condition of CONDITIONS) {
      const own = drawn.filter(({ datum }) => datum.name === CONDITION_NAMES[condition]);
      expect(new Set(own.map(({ stroke }) => stroke))).toEqual(new Set([CONDITION_COLOURS[condition]]));
      const quantiles = overhead.latencies[condition] ?? [];
      for (const { datum } of own) {
        const index = (1 - 1 / (datum.oneIn as number)) * (quantiles.length - 1);
        expect(datum.millis).toBe(quantiles[Math.round(index)]);
      }
      expect(own.at(-1)?.datum.millis).toBe(quantiles.at(-2));
    }
  });
});

describe('the plot of CPU time over time', () => {
  it('has a stroke for each block in the strip of its condition, from its begin to its end', async () => {
    const strokes = (await drawnOf(cpuSpec(overhead, WIDTH))).filter(({ datum }) => 'from' in datum);
    expect(strokes).toHaveLength(overhead.blocks.length);
    const zero = overhead.blocks[0]?.beganAt ?? 0;
    const end = Math.max(...overhead.blocks.map(({ endedAt }) => endedAt));
    const at = linear([zero, 0], [end, WIDTH - 70]);
    for (const { condition, beganAt, endedAt, processMicros } of overhead.blocks) {
      const stroke = strokes.find(({ datum }) => datum.from === (beganAt - zero) / 1e3);
      expect(stroke?.datum.name).toBe(CONDITION_NAMES[condition]);
      expect(stroke?.panel).toBe(CONDITIONS.indexOf(condition));
      expect(stroke?.stroke).toBe(CONDITION_COLOURS[condition]);
      expect(stroke?.datum.millis).toBe(processMicros / 1e3);
      const ends = [stroke?.x ?? 0, stroke?.x2 ?? 0].sort((a, b) => a - b);
      expect(ends[0]).toBeCloseTo(at(beganAt), 6);
      expect(ends[1]).toBeCloseTo(at(endedAt), 6);
    }
  });

  it.each(['beganAt', 'processMicros'])(
    'leaves out a block whose %s is unknown, and no other',
    async (key) => {
      const [first, ...rest] = overhead.blocks;
      if (first === undefined) throw new Error('The fixture has blocks.');
      const blocks = [{ ...first, [key]: Number.NaN }, ...rest];
      const strokes = await drawnOf(cpuSpec({ ...overhead, blocks }, WIDTH));
      expect(strokes.filter(({ datum }) => 'from' in datum)).toHaveLength(rest.length);
      expect(strokes.every(({ y }) => Number.isFinite(y))).toBe(true);
    },
  );

  it('marks the mean with measuring off once in each strip', async () => {
    const lines = (await drawnOf(cpuSpec(overhead, WIDTH))).filter(({ datum }) => !('from' in datum));
    expect(lines.map(({ panel }) => panel)).toEqual([0, 1, 2, 3, 4, 5]);
    const unknown = { ...overhead, off: { ...overhead.off, processMicros: Number.NaN } };
    const without = (await drawnOf(cpuSpec(unknown, WIDTH))).filter(({ datum }) => !('from' in datum));
    expect(without).toEqual([]);
  });
});

describe('the plot of a rollout', () => {
  it('has the sampling rate of each step in its time, and numbers the decisions', async () => {
    const run = injectedRollout();
    const drawn = await drawnOf(rolloutSpec(run, WIDTH));
    const steps = drawn.filter(({ mark }) => mark === 'rect');
    expect(steps.map(({ datum }) => datum.rate)).toEqual([0, 0.1, 0.5, 0.1]);
    for (const [i, { x2 }] of steps.slice(0, -1).entries()) expect(x2).toBeCloseTo(steps[i + 1]?.x ?? 0, 6);
    const numbers = drawn.filter(({ mark }) => mark === 'text');
    expect(numbers.map(({ datum }) => datum.number)).toEqual(['1', '2', '3', '4']);
    const at = linear(
      [steps[0]?.datum.from as number, steps[0]?.x ?? 0],
      [steps[3]?.datum.from as number, steps[3]?.x ?? 0],
    );
    for (const { datum, x } of numbers) expect(x).toBeCloseTo(at(datum.from as number), 6);
  });

  it('colours the decision to roll back, and no other', async () => {
    const drawn = await drawnOf(rolloutSpec(injectedRollout(), WIDTH));
    const colours = drawn.filter(({ mark }) => mark === 'symbol').map(({ fill }) => fill);
    expect(new Set(colours.slice(0, 3)).size).toBe(1);
    expect(colours[3]).not.toBe(colours[0]);
  });
});

describe('the plot of the stress', () => {
  it('has the answers of both ramps by second, and the sampling rate below', async () => {
    const stress = stressResult();
    const points = (await drawnOf(stressSpec(stress, WIDTH))).filter(({ mark }) => mark === 'symbol');
    expect(points.map(({ datum }) => datum.answered)).toEqual(
      stress.runs.flatMap(({ perSecond }) => perSecond.map(({ answered }) => answered)),
    );
    const [first, second] = points;
    expect((second?.x ?? 0) - (first?.x ?? 0)).toBeCloseTo((WIDTH - 70) / 14, 6);
    const drawn = await drawnOf(stressSpec(stress, WIDTH));
    const last = Math.max(...drawn.map(({ panel }) => panel));
    const rates = drawn.filter(({ panel }) => panel === last).map(({ datum }) => datum.rate);
    expect(rates).toEqual(stress.runs[1]?.perSecond.map(({ samplingRate }) => samplingRate));
  });

  it('leaves the sampling rate out where there is none', async () => {
    const runs = stressResult().runs.slice(0, 1);
    const panels = new Set((await drawnOf(stressSpec({ runs }, WIDTH))).map(({ panel }) => panel));
    const both = new Set(
      (await drawnOf(stressSpec(fullResult().stress ?? { runs }, WIDTH))).map((m) => m.panel),
    );
    expect(panels.size).toBeLessThan(both.size);
  });
});
