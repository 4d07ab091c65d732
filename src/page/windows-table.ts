import type { Distribution } from '../contract/statistics.ts';
import { FigureCell } from './cells.ts';
import { distribution, type Measured, WINDOW_CHOICES, WINDOW_LABELS, type WindowChoice } from './choices.ts';
import { byId, element, makeScrollable, setText } from './dom.ts';
import { count, type Figure, figure, percent } from './format.ts';

/** Of an event: what its windows held, and what its SLA allows. */
export interface MeasuredEvent extends Measured {
  readonly event: string;
  readonly unit: string;
  readonly sla: { readonly threshold: number } | null;
}

interface Line {
  readonly label: string;
  readonly isLimited: boolean;
  readonly value: (shown: Distribution) => number | null | undefined;
  readonly format: (value: number | null | undefined, event: MeasuredEvent) => Figure;
}

const inUnit: Line['format'] = (value, { unit }) => figure(value, unit);
const asCount: Line['format'] = (value) => ({ number: count(value ?? 0), unit: '' });
const asShare: Line['format'] = (value) => ({ number: percent(value), unit: '' });

const LINES: readonly Line[] = [
  { label: 'P50', isLimited: true, value: ({ quantiles }) => quantiles?.p50, format: inUnit },
  { label: 'P95', isLimited: true, value: ({ quantiles }) => quantiles?.p95, format: inUnit },
  { label: 'P99', isLimited: true, value: ({ quantiles }) => quantiles?.p99, format: inUnit },
  { label: 'P99.9', isLimited: true, value: ({ quantiles }) => quantiles?.p999, format: inUnit },
  { label: 'Max', isLimited: true, value: ({ max }) => max, format: inUnit },
  { label: 'Mean', isLimited: true, value: ({ mean }) => mean, format: inUnit },
  { label: 'Min', isLimited: true, value: ({ min }) => min, format: inUnit },
  { label: 'Count', isLimited: false, value: (shown) => shown.count, format: asCount },
  { label: 'Errors', isLimited: false, value: ({ errors }) => errors, format: asCount },
  { label: 'SLA breaches', isLimited: false, value: ({ breaches }) => breaches, format: asCount },
  { label: 'Within SLA', isLimited: false, value: ({ compliance }) => compliance, format: asShare },
];

/** Everything known of the chosen event, all windows side by side: also the charts' figures as text. */
export class WindowsTable {
  private readonly title = byId('windows-title');
  private readonly cells = LINES.map(() => WINDOW_CHOICES.map(() => new FigureCell()));
  private readonly heads = WINDOW_CHOICES.map((window) =>
    element('th', { scope: 'col', class: 'num' }, WINDOW_LABELS[window]),
  );

  constructor() {
    const head = element('tr', {}, element('td'), ...this.heads);
    const rows = LINES.map(({ label }, i) => {
      const cells = (this.cells[i] ?? []).map(({ root }) => root);
      return element('tr', {}, element('th', { scope: 'row' }, label), ...cells);
    });
    const region = byId('all-windows');
    region.append(
      element(
        'table',
        { class: 'windows-table fixed' },
        element('thead', {}, head),
        element('tbody', {}, ...rows),
      ),
    );
    makeScrollable(region, 'All windows of the event');
  }

  /** `chosen` is the window that stands out, if one does. */
  render(event: MeasuredEvent, chosen: WindowChoice | null): void {
    setText(this.title, `${event.event}, all windows`);
    const limit = event.sla?.threshold ?? Number.POSITIVE_INFINITY;
    WINDOW_CHOICES.forEach((choice, column) => {
      const shown = distribution(event, choice);
      this.heads[column]?.classList.toggle('chosen', choice === chosen);
      LINES.forEach(({ value, format, isLimited }, row) => {
        const known = value(shown);
        this.cells[row]?.[column]?.set(format(known, event), isLimited && (known ?? 0) > limit);
      });
    });
  }
}
