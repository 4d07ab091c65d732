import type { EventStatistics } from '../contract/statistics.ts';
import { fromZero, valueAxis } from './chart-axes.ts';
import { WINDOW_LABELS } from './choices.ts';
import { byId, setText } from './dom.ts';
import { figure, join, quantity, rate, short } from './format.ts';
import type { Column, EventHistory } from './history.ts';
import { type ChartLine, type ChartSpec, TimeChart } from './time-chart.ts';
import type { View } from './view.ts';

const QUANTILE_LINES = [
  { label: 'P50', color: 'p50', width: 1.5 },
  { label: 'P95', color: 'p95', width: 1.5 },
  { label: 'P99', color: 'p99', width: 2 },
  { label: 'P99.9', color: 'p999', width: 2 },
];

/** Quantiles and rate of the chosen event over time. */
export class EventCharts {
  private readonly title = byId('event-title');
  private readonly rates = new TimeChart(byId('rate-chart'), rateSpec());
  private quantiles: TimeChart | undefined;
  private shown = '';
  private readonly hidden = new Set<string>();

  render({ event, history, window, scale }: View): void {
    const past = event && history.events.get(event.event);
    if (event === undefined || past === undefined) return;
    setText(
      this.title,
      `${event.event}, ${window === 'start' ? 'since start' : `${WINDOW_LABELS[window]} window`}`,
    );
    const threshold = event.sla?.threshold ?? null;
    const isLog = scale === 'log' && (event.min ?? 1) > 0;
    // uPlot settles scales and units when a chart is made.
    const wanted = `${event.event} ${event.unit} ${threshold} ${isLog}`;
    if (this.quantiles === undefined || this.shown !== wanted) {
      this.quantiles?.destroy();
      this.quantiles = new TimeChart(byId('quantile-chart'), quantileSpec(event, isLog, this.hidden));
      this.shown = wanted;
    }
    const columns = [...past.quantiles[window]];
    if (threshold !== null) columns.push(history.times.map(() => threshold));
    this.quantiles.update(history.times, columns, summary(event, columns));
    this.rates.update(history.times, [past.eventsPerSecond, past.errorsPerSecond], rateSummary(event, past));
  }
}

function quantileSpec({ event, unit, sla }: EventStatistics, isLog: boolean, hidden: Set<string>): ChartSpec {
  const format = (value: number | null): string => join(figure(value, unit));
  const formatShort = (value: number | null): string => join(short(figure(value, unit)));
  const lines: ChartLine[] = QUANTILE_LINES.map((line) => ({ ...line, format }));
  if (sla !== null) lines.push({ label: 'SLA', color: 'bad', width: 1.5, dash: [6, 4], format: formatShort });
  const labels = (splits: readonly (number | null)[]) =>
    splits.map((value) => (value === null ? '' : join(short(figure(value, unit)))));
  return {
    name: `Quantiles of ${event} over the last minutes`,
    lines,
    scales: { y: isLog ? { distr: 3, range: logRange } : { range: fromZero(1e-6) } },
    axes: [valueAxis('y', labels)],
    hidden,
  };
}

/** More than a power of ten high, so that a quiet line looks quiet; bounds of one digit, as the axis labels them. */
function logRange(_chart: unknown, min: number | null, max: number | null): [number, number] {
  const low = min !== null && min > 0 ? min : 1e-4;
  const high = max !== null && max > 0 ? max : low * 100;
  const middle = Math.sqrt(low * high);
  return [
    oneDigit(Math.min(low / 1.3, middle / 5), Math.floor),
    oneDigit(Math.max(high * 1.3, middle * 5), Math.ceil),
  ];
}

function oneDigit(value: number, round: (digit: number) => number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return round(value / power) * power;
}

function rateSpec(): ChartSpec {
  const labels = (splits: readonly (number | null)[]) =>
    splits.map((value) => (value === null ? '' : axisRate(value)));
  return {
    name: 'Events per second over the last minutes',
    lines: [
      { label: 'events/s', color: 'p95', isFilled: true, format: rate },
      { label: 'errors/s', color: 'bad', width: 2, format: rate },
    ],
    scales: { y: { range: fromZero(1) } },
    axes: [valueAxis('y', labels)],
    hidden: new Set(),
  };
}

function axisRate(value: number): string {
  return value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
}

function summary({ event, unit, sla }: EventStatistics, columns: readonly Column[]): string {
  const p99 = columns[2] ?? [];
  const latest = p99.at(-1) ?? null;
  const highest = Math.max(...p99.filter((value) => value !== null));
  if (!Number.isFinite(highest)) return `No ${event} was seen.`;
  const now = latest === null ? 'no events now' : `P99 is ${quantity(latest, unit)} now`;
  const limit = sla === null ? '' : `, the SLA ${quantity(sla.threshold, unit)}`;
  return `${now}, ${quantity(highest, unit)} at its highest${limit}. The figures stand in the tables.`;
}

function rateSummary({ event }: EventStatistics, { eventsPerSecond, errorsPerSecond }: EventHistory): string {
  const [events, errors] = [eventsPerSecond.at(-1) ?? null, errorsPerSecond.at(-1) ?? null];
  return `${event}: ${rate(events)} events and ${rate(errors)} errors per second now.`;
}
