import { fromZero, valueAxis } from './chart-axes.ts';
import { figure, join, quantity, rate, short } from './format.ts';
import { type Column, HISTORY_SECONDS } from './history.ts';
import { type ChartLine, type ChartSpec, TimeChart } from './time-chart.ts';

const QUANTILE_LINES = [
  { label: 'P50', color: 'p50', width: 1.5 },
  { label: 'P95', color: 'p95', width: 1.5 },
  { label: 'P99', color: 'p99', width: 2 },
  { label: 'P99.9', color: 'p999', width: 2 },
];

/** Whose quantiles a chart shows. */
export interface Subject {
  readonly name: string;
  readonly unit: string;
  /** Of the SLA. */
  readonly threshold: number | null;
  readonly isLog: boolean;
  /** Of the time axis. */
  readonly horizonSeconds?: number;
}

/** P50, P95, P99 and P99.9 over time, with the SLA's threshold as a line. */
export class QuantileChart {
  private readonly host: HTMLElement;
  private readonly hidden = new Set<string>();
  private chart: TimeChart | undefined;
  private shown = '';

  constructor(host: HTMLElement) {
    this.host = host;
  }

  render(subject: Subject, times: readonly number[], quantiles: readonly Column[]): void {
    // uPlot settles scales and units when a chart is made.
    const wanted = JSON.stringify(subject);
    if (this.chart === undefined || this.shown !== wanted) {
      this.chart?.destroy();
      this.chart = new TimeChart(this.host, quantileSpec(subject, this.hidden));
      this.shown = wanted;
    }
    const { threshold } = subject;
    const columns = threshold === null ? quantiles : [...quantiles, times.map(() => threshold)];
    this.chart.update(times, columns, summary(subject, quantiles[2] ?? []));
  }
}

/** Events, and errors where they are known, per second. */
export class RateChart {
  private readonly host: HTMLElement;
  private readonly labels: readonly string[];
  private readonly hidden = new Set<string>();
  private chart: TimeChart | undefined;
  private horizonSeconds = 0;

  constructor(host: HTMLElement, labels: readonly string[]) {
    this.host = host;
    this.labels = labels;
  }

  render(
    name: string,
    times: readonly number[],
    rates: readonly Column[],
    horizonSeconds = HISTORY_SECONDS,
  ): void {
    if (this.chart === undefined || this.horizonSeconds !== horizonSeconds) {
      this.chart?.destroy();
      this.chart = new TimeChart(this.host, rateSpec(this.labels, horizonSeconds, this.hidden));
      this.horizonSeconds = horizonSeconds;
    }
    const words = rates.map((column, i) => `${rate(column.at(-1) ?? null)} ${this.labels[i]}`);
    this.chart.update(times, rates, `${name}: ${words.join(' and ')} now.`);
  }
}

function quantileSpec(subject: Subject, hidden: Set<string>): ChartSpec {
  const { name, unit, threshold, isLog, horizonSeconds = HISTORY_SECONDS } = subject;
  const format = (value: number | null): string => join(figure(value, unit));
  const formatShort = (value: number | null): string => join(short(figure(value, unit)));
  const lines: ChartLine[] = QUANTILE_LINES.map((line) => ({ ...line, format }));
  if (threshold !== null)
    lines.push({ label: 'SLA', color: 'bad', width: 1.5, dash: [6, 4], format: formatShort });
  const labels = (splits: readonly (number | null)[]) =>
    splits.map((value) => (value === null ? '' : formatShort(value)));
  return {
    name: `Quantiles of ${name} over ${spoken(horizonSeconds)}`,
    lines,
    scales: { y: isLog ? { distr: 3, range: logRange } : { range: fromZero(1e-6) } },
    axes: [valueAxis('y', labels)],
    hidden,
    horizonSeconds,
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

function rateSpec(labels: readonly string[], horizonSeconds: number, hidden: Set<string>): ChartSpec {
  const [events = '', errors] = labels;
  const lines: ChartLine[] = [{ label: events, color: 'p95', isFilled: true, format: rate }];
  if (errors !== undefined) lines.push({ label: errors, color: 'bad', width: 2, format: rate });
  const axis = (splits: readonly (number | null)[]) =>
    splits.map((value) => (value === null ? '' : axisRate(value)));
  return {
    name: `Events per second over ${spoken(horizonSeconds)}`,
    lines,
    scales: { y: { range: fromZero(1) } },
    axes: [valueAxis('y', axis)],
    hidden,
    horizonSeconds,
  };
}

function axisRate(value: number): string {
  return value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
}

function spoken(horizonSeconds: number): string {
  return horizonSeconds > 3600 ? 'the last day' : 'the last minutes';
}

function summary({ name, unit, threshold }: Subject, p99: Column): string {
  const latest = p99.at(-1) ?? null;
  const highest = Math.max(...p99.filter((value) => value !== null));
  if (!Number.isFinite(highest)) return `No ${name} was seen.`;
  const now = latest === null ? 'no events now' : `P99 is ${quantity(latest, unit)} now`;
  const limit = threshold === null ? '' : `, the SLA ${quantity(threshold, unit)}`;
  return `${now}, ${quantity(highest, unit)} at its highest${limit}. The figures stand in the tables.`;
}
