import { Badge, ComplianceBar, FigureCell } from '../cells.ts';
import { WINDOW_LABELS } from '../choices.ts';
import { byId, element, KeyedChildren, makeScrollable, setText } from '../dom.ts';
import { figure, momentOf, NONE, objective, percent, short } from '../format.ts';
import { type FleetNews, type Measurement, measurementsOf, serviceLabel } from './news.ts';
import { breakageOf } from './sla-state.ts';
import type { FleetView } from './view.ts';

const WINDOWS = ['1s', '5s', '1m'] as const;
const WINDOW_HEADS = WINDOWS.map((window) => WINDOW_LABELS[window]);
const NUMBERS = ['SLA', 'Objective', ...WINDOW_HEADS.slice(0, 2), 'Since'];
const HEADS = ['Service', 'Event', 'State', 'SLA', 'Objective', ...WINDOW_HEADS, 'Since'];

/** Each SLA of each service: what is promised, and how much of it is kept. */
export class SlaTable {
  private readonly rows: KeyedChildren<SlaRow>;
  private readonly empty = element('p', { class: 'empty' }, 'No event has an SLA.');

  constructor() {
    const heads = HEADS.map((head) =>
      element(
        'th',
        { scope: 'col', role: 'columnheader', ...(NUMBERS.includes(head) && { class: 'num' }) },
        head,
      ),
    );
    const body = element('tbody', { role: 'rowgroup' });
    const head = element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...heads));
    const caption = element('caption', { class: 'unseen' }, 'SLAs by service and event');
    const region = byId('sla-table');
    region.append(
      element('table', { role: 'table', class: 'sla-table as-cards' }, caption, head, body),
      this.empty,
    );
    makeScrollable(region, 'SLAs by service and event');
    this.rows = new KeyedChildren(body, () => new SlaRow());
  }

  render({ news }: FleetView): void {
    const judged = measurementsOf(news).filter(({ event }) => event.sla !== null);
    this.empty.hidden = judged.length > 0;
    const keys = judged.map(({ service, event }) => JSON.stringify([service, event.event]));
    this.rows.update(keys, (row, i) => {
      const measurement = judged[i];
      if (measurement) row.render(news, measurement);
    });
  }
}

class SlaRow {
  readonly root = element('tr', { role: 'row' });
  private readonly service = element('td', { role: 'cell' });
  private readonly event = element('th', { scope: 'row', role: 'rowheader' });
  private readonly badge = new Badge();
  private readonly threshold = new FigureCell('td', { role: 'cell', 'data-label': 'SLA' });
  private readonly objective = textCell('Objective');
  private readonly shares = WINDOW_HEADS.slice(0, 2).map(textCell);
  private readonly bar = new ComplianceBar();
  private readonly minute = element('span', { class: 'num' });
  private readonly since = textCell('Since');

  constructor() {
    const state = element('td', { role: 'cell', class: 'state' }, this.badge.root);
    const minute = element('td', { role: 'cell', class: 'within', 'data-label': WINDOW_HEADS[2] ?? '' });
    minute.append(this.bar.root, this.minute);
    this.root.append(this.service, this.event, state, this.threshold.root, this.objective);
    this.root.append(...this.shares, minute, this.since);
  }

  render({ slaChanges, at }: FleetNews, { service, event }: Measurement): void {
    const { sla, unit, windows } = event;
    if (sla === null) return;
    const breakage = breakageOf(slaChanges, service, event);
    setText(this.service, serviceLabel(service));
    setText(this.event, event.event);
    if (breakage === null) this.badge.set('kept', 'kept');
    else this.badge.set('broken', 'broken');
    this.threshold.set(short(figure(sla.threshold, unit)));
    this.threshold.root.title = sla.isMixed ? 'Pods disagree: the strictest is shown' : '';
    setText(this.objective, `${objective(sla.objective)}${sla.isMixed ? ' *' : ''}`);
    [...this.shares, this.minute].forEach((cell, i) => {
      const window = WINDOWS[i] ?? '1m';
      setText(cell, percent(windows[window].compliance));
      cell.classList.toggle('over', sla.broken.includes(window));
    });
    this.bar.set(windows['1m'].compliance, sla.objective);
    setText(this.since, breakage === null ? NONE : sinceText(breakage.since, at));
  }
}

function sinceText(since: number | null, now: number): string {
  return since === null ? 'earlier' : momentOf(since, now);
}

function textCell(label: string): HTMLTableCellElement {
  return element('td', { role: 'cell', class: 'num', 'data-label': label }, NONE);
}
