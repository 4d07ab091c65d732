import { byId, element, KeyedChildren, makeScrollable, setAttribute, setText } from '../dom.ts';
import { count, quantity } from '../format.ts';
import { serviceLabel } from './news.ts';
import { OUTLIER_RATIO, type PodLine, podLines, serviceP99 } from './outliers.ts';
import { type PodContext, PodRow } from './pod-row.ts';
import { type PodSort, type SortKey, sorted } from './pod-sort.ts';
import type { FleetView } from './view.ts';

const COLUMNS: readonly { readonly key: SortKey; readonly label: string }[] = [
  { key: 'pod', label: 'Pod' },
  { key: 'state', label: 'State' },
  { key: 'ratio', label: 'P99 beside a typical pod' },
  { key: 'p50', label: 'P50' },
  { key: 'p99', label: 'P99' },
  { key: 'p999', label: 'P99.9' },
  { key: 'count', label: 'Count' },
  { key: 'rate', label: 'Sampling' },
  { key: 'overhead', label: 'Overhead' },
  { key: 'lost', label: 'Lost' },
];
const TEXTS: readonly SortKey[] = ['pod', 'state'];
/** Rows that change places each second cannot be read. */
const ORDER_MILLIS = 5000;

type Filter = 'all' | 'outliers' | 'aside';
const FILTERS = ['all', 'outliers', 'aside'] as const satisfies readonly Filter[];

/** The pods of the chosen service side by side, as to the chosen event over the last minute. */
export class PodsTable {
  private readonly title = byId('pods-title');
  private readonly remark = byId('pods-remark');
  private readonly empty = element('p', { class: 'empty' }, 'None.');
  private readonly caption = element('caption', { class: 'unseen' });
  private readonly heads: readonly HTMLTableCellElement[];
  private readonly rows: KeyedChildren<PodRow>;
  private readonly counts = FILTERS.map((filter) => byId(`pods-${filter}`));
  private sort: PodSort = { key: 'ratio', isDescending: true };
  private filter: Filter = 'all';
  private order: readonly string[] = [];
  private orderedFor = '';
  private orderedAt = Number.NEGATIVE_INFINITY;
  private view: FleetView | undefined;

  constructor() {
    this.heads = COLUMNS.map(({ key, label }) => this.head(key, label));
    // Roles are spelled out, since the cards' `display` on a phone would take them away.
    const body = element('tbody', { role: 'rowgroup' });
    const head = element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...this.heads));
    const region = byId('pods');
    region.replaceChildren(
      element('table', { role: 'table', class: 'pods-table as-cards' }, this.caption, head, body),
      this.empty,
    );
    makeScrollable(region, 'Pods');
    this.rows = new KeyedChildren(body, () => new PodRow());
    byId('pods-filter').addEventListener('change', ({ target }) => {
      const value = target instanceof HTMLInputElement ? target.value : '';
      this.filter = FILTERS.find((filter) => filter === value) ?? 'all';
      this.again();
    });
    this.showSort();
  }

  render(view: FleetView): void {
    this.view = view;
    const { news, chosen } = view;
    const event = chosen.event?.event ?? '';
    const lines = podLines(news, chosen.service, event);
    const matching: Record<Filter, PodLine[]> = {
      all: lines,
      outliers: lines.filter(({ isOutlier }) => isOutlier),
      aside: lines.filter(({ pod }) => pod.state === 'set_aside'),
    };
    FILTERS.forEach((filter, i) => {
      const target = this.counts[i];
      if (target) setText(target, count(matching[filter].length));
    });
    setText(this.title, `Pods of ${serviceLabel(chosen.service)}`);
    setText(this.caption, `Pods, ${event} over the last minute`);
    setText(this.remark, remarkOf(view, lines));
    const shown = this.inOrder(matching[this.filter], `${chosen.service} ${event}`);
    this.empty.hidden = shown.length > 0;
    const context = contextOf(view, lines);
    this.rows.update(
      shown.map(({ pod }) => pod.id),
      (row, i) => {
        const line = shown[i];
        if (line) row.render(line, context);
      },
    );
  }

  /** As it was a moment ago; new pods last, until it is time to sort again. */
  private inOrder(lines: readonly PodLine[], subject: string): readonly PodLine[] {
    const now = performance.now();
    const byId = new Map(lines.map((line) => [line.pod.id, line]));
    const isDue = now - this.orderedAt >= ORDER_MILLIS || subject !== this.orderedFor;
    if (isDue) {
      [this.orderedAt, this.orderedFor] = [now, subject];
      this.order = sorted(lines, this.sort).map(({ pod }) => pod.id);
    }
    const known = this.order.flatMap((id) => byId.get(id) ?? []);
    return [...known, ...lines.filter(({ pod }) => !this.order.includes(pod.id))];
  }

  private head(key: SortKey, label: string): HTMLTableCellElement {
    const button = element('button', { type: 'button', 'data-sort': key }, label);
    button.addEventListener('click', () => {
      const isSame = this.sort.key === key;
      this.sort = { key, isDescending: isSame ? !this.sort.isDescending : !TEXTS.includes(key) };
      this.showSort();
      this.again();
    });
    const isNumber = !TEXTS.includes(key) && key !== 'ratio';
    return element(
      'th',
      { scope: 'col', role: 'columnheader', class: isNumber ? 'num' : `head-${key}` },
      button,
    );
  }

  private showSort(): void {
    COLUMNS.forEach(({ key }, i) => {
      const direction = this.sort.isDescending ? 'descending' : 'ascending';
      const cell = this.heads[i];
      if (cell) setAttribute(cell, 'aria-sort', key === this.sort.key ? direction : 'none');
    });
  }

  private again(): void {
    this.orderedAt = Number.NEGATIVE_INFINITY;
    if (this.view) this.render(this.view);
  }
}

function contextOf({ news, chosen: { service, event } }: FleetView, lines: readonly PodLine[]): PodContext {
  const fleetP99 = serviceP99(news, service, event?.event ?? '');
  const merged = lines.filter(({ pod }) => pod.state === 'merged');
  const greatest = Math.max(0, ...merged.map(({ figures }) => figures?.minute.quantiles?.p99 ?? 0));
  return {
    now: news.at,
    isMixed: service === '',
    unit: event?.unit ?? 'seconds',
    threshold: event?.sla?.threshold ?? null,
    fleetP99,
    greatestP99: Math.max(greatest, (fleetP99 ?? 0) * OUTLIER_RATIO),
    control: new Set(news.rollout?.control),
  };
}

function remarkOf({ news, chosen: { service, event } }: FleetView, lines: readonly PodLine[]): string {
  const limited =
    news.podsTotal > news.pods.length
      ? `${count(news.pods.length)} of ${count(news.podsTotal)} pods shown, outliers first. `
      : `${count(lines.length)} ${lines.length === 1 ? 'pod' : 'pods'}. `;
  const p99 = serviceP99(news, service, event?.event ?? '');
  const fleet = p99 === null ? '' : `The line is the P99 of all together, ${quantity(p99, event?.unit)}. `;
  return `${limited}${event?.event ?? 'No event'} over the last minute. ${fleet}Outlier: ${OUTLIER_RATIO} × the P99 of a typical pod or more.`;
}
