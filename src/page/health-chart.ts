import { fromZero, secondAxis, valueAxis } from './chart-axes.ts';
import { byId } from './dom.ts';
import { count, NONE, quantity } from './format.ts';
import { TimeChart } from './time-chart.ts';
import type { View } from './view.ts';

/** Stalls and garbage collection as time lost in each second; the rings' backlog on an axis of its own. */
export class HealthChart {
  private readonly chart = new TimeChart(byId('health-chart'), {
    name: 'Event-loop stall, garbage collection and backlog over the last minutes',
    lines: [
      { label: 'stall', color: 'p999', isFilled: true, format: perSecond },
      { label: 'GC', color: 'p99', format: perSecond },
      { label: 'backlog (right)', color: 'p50', scale: 'records', dash: [2, 3], format: records },
    ],
    scales: { y: { range: fromZero(0.01) }, records: { range: fromZero(100) } },
    axes: [
      valueAxis('y', (splits) => splits.map((value) => (value === null ? '' : milliseconds(value)))),
      secondAxis('records', (splits) => splits.map((value) => (value === null ? '' : count(value)))),
    ],
    hidden: new Set(),
  });

  render({ history: { times, stall, gc, backlog } }: View): void {
    const [stalled, collected, waiting] = [stall, gc, backlog].map((column) => column.at(-1) ?? null);
    const words = `Now ${perSecond(stalled ?? null)} of stall, ${perSecond(collected ?? null)} of GC`;
    this.chart.update(times, [stall, gc, backlog], `${words}, ${records(waiting ?? null)} records waiting.`);
  }
}

function perSecond(seconds: number | null): string {
  return seconds === null ? NONE : `${quantity(seconds)}/s`;
}

function records(value: number | null): string {
  return value === null ? NONE : count(value);
}

function milliseconds(seconds: number): string {
  return `${Number((seconds * 1000).toPrecision(3))} ms`;
}
