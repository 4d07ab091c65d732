import type { EventStatistics } from '../contract/statistics.ts';
import { Badge, ComplianceBar, FigureCell } from './cells.ts';
import { distribution, WINDOW_LABELS } from './choices.ts';
import { byId, element, KeyedChildren, makeScrollable, setText } from './dom.ts';
import { count, figure, NONE, objective, percent, short } from './format.ts';
import { QUANTILE_KEYS } from './history.ts';
import { isBroken } from './verdict.ts';
import type { View } from './view.ts';

const QUANTILE_LABELS = ['P50', 'P95', 'P99', 'P99.9'];
const NUMBERS = [...QUANTILE_LABELS, 'Max', 'Count', 'Errors', 'SLA'];
const HEADS = ['Event', 'State', ...NUMBERS, 'Within SLA', 'GC in tail'];
const TAIL_HINT = 'Share of the time of the slowest 0.1 % of events that was garbage collection';

/** One row an event; its name is a radio button that chooses what the charts show. A list of cards on a phone. */
export class EventsTable {
  private readonly caption = element('caption', { class: 'unseen' });
  private readonly rows: KeyedChildren<EventRow>;
  private readonly region = byId('events');
  private readonly table: HTMLElement;

  constructor(choose: (event: string) => void) {
    const heads = HEADS.map((head) => {
      const cell = element('th', { scope: 'col', role: 'columnheader' }, head);
      if (NUMBERS.includes(head) || head === 'GC in tail') cell.classList.add('num');
      if (head === 'GC in tail') cell.title = TAIL_HINT;
      return cell;
    });
    // Roles are spelled out, since the cards' `display` would take them away.
    const body = element('tbody', { role: 'rowgroup' });
    const head = element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...heads));
    this.table = element(
      'table',
      { role: 'table', class: 'events-table as-cards fixed' },
      this.caption,
      head,
      body,
    );
    this.rows = new KeyedChildren(body, (event) => new EventRow(event, choose));
    makeScrollable(this.region, 'Events');
  }

  render(view: View): void {
    if (!this.table.isConnected) this.region.replaceChildren(this.table);
    setText(this.caption, `Events, ${WINDOW_LABELS[view.window]}`);
    const { events } = view.stats;
    this.rows.update(
      events.map(({ event }) => event),
      (row, i) => {
        const event = events[i];
        if (event) row.render(event, view);
      },
    );
  }
}

class EventRow {
  readonly root: HTMLTableRowElement;
  private readonly radio: HTMLInputElement;
  private readonly badge = new Badge();
  private readonly quantiles = QUANTILE_LABELS.map((label) => numberCell(label));
  private readonly max = numberCell('Max');
  private readonly count = textCell('Count');
  private readonly errors = textCell('Errors');
  private readonly threshold = numberCell('SLA');
  private readonly bar = new ComplianceBar();
  private readonly share = element('span', { class: 'num' });
  private readonly tail = textCell('GC in tail');

  constructor(event: string, choose: (event: string) => void) {
    this.radio = element('input', { type: 'radio', name: 'event', value: event });
    this.radio.addEventListener('change', () => choose(event));
    const name = element('th', { scope: 'row', role: 'rowheader' }, element('label', {}, this.radio, event));
    const state = element('td', { role: 'cell', class: 'state' }, this.badge.root);
    const within = element('td', { role: 'cell', class: 'within', 'data-label': 'Within SLA' });
    within.append(this.bar.root, this.share);
    const figures = [...this.quantiles, this.max].map(({ root }) => root);
    this.root = element('tr', { role: 'row' }, name, state, ...figures, this.count, this.errors);
    this.root.append(this.threshold.root, within, this.tail);
    this.root.dataset.event = event;
    this.root.addEventListener('click', ({ target }) => {
      if (target instanceof HTMLElement && target.closest('label') === null) this.radio.click();
    });
  }

  render(event: EventStatistics, { window, event: chosen }: View): void {
    const shown = distribution(event, window);
    const limit = event.sla?.threshold ?? Number.POSITIVE_INFINITY;
    this.radio.checked = chosen?.event === event.event;
    this.root.classList.toggle('chosen', this.radio.checked);
    this.root.classList.toggle('broken', isBroken(event));
    this.renderState(event);
    this.quantiles.forEach((cell, i) => {
      const key = QUANTILE_KEYS[i];
      const value = key && shown.quantiles?.[key];
      cell.set(figure(value, event.unit), value !== undefined && value > limit);
    });
    this.max.set(figure(shown.max, event.unit), (shown.max ?? 0) > limit);
    setText(this.count, count(shown.count));
    setText(this.errors, count(shown.errors));
    this.errors.classList.toggle('over', shown.errors > 0);
    this.threshold.set(short(figure(event.sla?.threshold, event.unit)));
    this.bar.root.hidden = event.sla === null;
    this.bar.set(shown.compliance, event.sla?.objective ?? 0);
    const isJudged = event.sla !== null && shown.compliance !== null;
    this.share.classList.toggle('over', isJudged && (shown.compliance ?? 1) < (event.sla?.objective ?? 0));
    setText(this.share, isJudged ? percent(shown.compliance) : NONE);
    this.share.title = event.sla ? `objective ${objective(event.sla.objective)}` : '';
    setText(this.tail, percent(event.tail?.gcRatio));
  }

  private renderState(event: EventStatistics): void {
    if (event.sla === null) this.badge.set('none', 'no SLA');
    else if (event.sla.broken.length === 0) this.badge.set('kept', 'kept');
    else {
      const windows = event.sla.broken.join(' ');
      this.badge.set('broken', `broken: ${windows}`);
    }
  }
}

function numberCell(label: string): FigureCell {
  return new FigureCell('td', { role: 'cell', 'data-label': label });
}

function textCell(label: string): HTMLTableCellElement {
  return element('td', { role: 'cell', class: 'num', 'data-label': label }, NONE);
}
