import uPlot from 'uplot';
import { timeAxis, timeRange } from './chart-axes.ts';
import { ChartLegend } from './chart-legend.ts';
import { element, setAttribute } from './dom.ts';
import { timeOfDay } from './format.ts';
import type { Column } from './history.ts';
import { color, onThemeChange } from './theme.ts';

export interface ChartLine {
  readonly label: string;
  /** A custom property of page.css, without its dashes. */
  readonly color: string;
  readonly scale?: string;
  readonly width?: number;
  readonly dash?: number[];
  readonly isFilled?: boolean;
  readonly format: (value: number | null) => string;
}

export interface ChartSpec {
  readonly name: string;
  readonly lines: readonly ChartLine[];
  readonly scales: Readonly<Record<string, uPlot.Scale>>;
  readonly axes: readonly uPlot.Axis[];
  /** Labels of lines that the reader has switched off: outlives the chart. */
  readonly hidden: Set<string>;
  /** The longest time shown; as much as the page remembers if absent. */
  readonly horizonSeconds?: number;
}

const CURSOR_KEY = 'perf-metrics';

/**
 * Lines over the last minutes. The cursor is shared by all charts and moved by mouse or by arrow keys: to assistive
 * technology a chart is a slider over time that reads its values.
 */
export class TimeChart {
  private readonly spec: ChartSpec;
  private readonly legend: ChartLegend;
  private readonly canvasHost: HTMLElement;
  private readonly plot: uPlot;
  private readonly ended = new AbortController();
  private columns: readonly Column[] = [];
  private times: readonly number[] = [];

  /** Takes the place of whatever `host` held. */
  constructor(host: HTMLElement, spec: ChartSpec) {
    this.spec = spec;
    this.legend = new ChartLegend(
      spec.lines.map(({ label, color: name, dash }) => ({
        label,
        color: name,
        isDashed: dash !== undefined,
        isShown: !spec.hidden.has(label),
      })),
      (i, isShown) => this.toggle(i, isShown),
    );
    this.canvasHost = element('div', {
      class: 'plot',
      tabindex: '0',
      role: 'slider',
      'aria-label': spec.name,
    });
    this.canvasHost.addEventListener('keydown', (event) => this.onKey(event));
    this.canvasHost.addEventListener('blur', () => this.moveTo(null));
    host.replaceChildren(this.legend.root, this.canvasHost);
    this.plot = new uPlot(this.options(), [[], ...spec.lines.map(() => [])], this.canvasHost);
    const resized = new ResizeObserver(() => this.plot.setSize(this.size()));
    resized.observe(this.canvasHost);
    onThemeChange(() => this.plot.redraw(), this.ended.signal);
    this.ended.signal.addEventListener('abort', () => resized.disconnect());
  }

  /** To be called before another chart takes its place. */
  destroy(): void {
    this.ended.abort();
    this.plot.destroy();
  }

  /** One column for each line; `summary` says in words what the lines look like. */
  update(times: readonly number[], columns: readonly Column[], summary: string): void {
    this.times = times;
    this.columns = columns;
    // Copies: uPlot keeps what it is given, and the history goes on changing.
    this.plot.setData([[...times], ...columns.map((column) => [...column])]);
    setAttribute(this.canvasHost, 'aria-label', `${this.spec.name}. ${summary}`);
    this.readOut();
  }

  private options(): uPlot.Options {
    return {
      ...this.size(),
      series: [{}, ...this.spec.lines.map((line) => seriesOf(line, !this.spec.hidden.has(line.label)))],
      scales: { x: { time: true, range: timeRange(this.spec.horizonSeconds) }, ...this.spec.scales },
      axes: [timeAxis(), ...this.spec.axes],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 }, sync: { key: CURSOR_KEY } },
      hooks: { setCursor: [() => this.readOut()] },
      padding: [8, null, 0, null],
    };
  }

  private toggle(index: number, isShown: boolean): void {
    const label = this.spec.lines[index]?.label ?? '';
    if (isShown) this.spec.hidden.delete(label);
    else this.spec.hidden.add(label);
    this.plot.setSeries(index + 1, { show: isShown });
  }

  private size(): { width: number; height: number } {
    return {
      width: Math.max(this.canvasHost.clientWidth, 120),
      height: Math.max(this.canvasHost.clientHeight, 80),
    };
  }

  private readOut(): void {
    const chosen = this.plot?.cursor.idx ?? null;
    const index = chosen ?? this.times.length - 1;
    const at = this.times[index];
    const time = at === undefined ? '' : timeOfDay(at * 1000);
    const values = this.spec.lines.map(({ format }, i) => format(this.columns[i]?.[index] ?? null));
    this.legend.render(chosen === null ? 'latest' : time, values);
    const words = this.spec.lines.map(({ label }, i) => `${label} ${values[i]}`).join(', ');
    setAttribute(this.canvasHost, 'aria-valuemin', '0');
    setAttribute(this.canvasHost, 'aria-valuemax', String(Math.max(0, this.times.length - 1)));
    setAttribute(this.canvasHost, 'aria-valuenow', String(Math.max(0, index)));
    setAttribute(this.canvasHost, 'aria-valuetext', `${time}: ${words}`);
  }

  private onKey(event: KeyboardEvent): void {
    const last = this.times.length - 1;
    const now = this.plot.cursor.idx ?? last;
    const targets: Readonly<Record<string, number | null>> = {
      ArrowLeft: now - 1,
      ArrowDown: now - 1,
      ArrowRight: now + 1,
      ArrowUp: now + 1,
      PageDown: now - 10,
      PageUp: now + 10,
      Home: 0,
      End: last,
      Escape: null,
    };
    const target = targets[event.key];
    if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.moveTo(target === null ? null : Math.min(Math.max(target, 0), last));
  }

  private moveTo(index: number | null): void {
    const at = index === null ? undefined : this.times[index];
    const left = at === undefined ? -10 : this.plot.valToPos(at, 'x');
    this.plot.setCursor({ left, top: at === undefined ? -10 : 10 });
  }
}

function seriesOf(line: ChartLine, isShown: boolean): uPlot.Series {
  const { label, color: name, scale = 'y', width = 1.5, dash, isFilled } = line;
  return {
    label,
    show: isShown,
    scale,
    width,
    stroke: () => color(name),
    ...(isFilled && { fill: () => color(`${name}-fill`) }),
    ...(dash && { dash }),
    points: { show: false },
  };
}
