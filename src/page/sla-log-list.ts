import type { WindowName } from '../contract/statistics.ts';
import { WINDOW_LABELS } from './choices.ts';
import { byId, element, KeyedChildren, makeScrollable } from './dom.ts';
import { timeOfDay } from './format.ts';

export interface LogEntry {
  readonly kind: 'broken' | 'recovered';
  readonly at: number;
  /** The event, or the event and its service. */
  readonly subject: string;
  readonly window: WindowName;
  readonly text: string;
}

/** Violations and recoveries, newest first. */
export class SlaLogList {
  private readonly rows: KeyedChildren<{ root: Element }>;
  private readonly empty = element('p', { class: 'empty' }, 'None so far.');
  private entries: readonly LogEntry[] = [];

  constructor() {
    const list = element('ol', { role: 'log', 'aria-label': 'SLA violations and recoveries' });
    const region = byId('sla-log');
    region.append(this.empty, list);
    makeScrollable(region, 'SLA violations');
    this.rows = new KeyedChildren(list, (key) => ({ root: this.row(key) }));
  }

  render(entries: readonly LogEntry[]): void {
    this.entries = entries;
    this.empty.hidden = entries.length > 0;
    this.rows.update(entries.map(keyOf), () => {});
  }

  private row(key: string): HTMLElement {
    const entry = this.entries.find((candidate) => keyOf(candidate) === key);
    if (entry === undefined) return element('li');
    const { kind, at, subject, window, text } = entry;
    return element(
      'li',
      {},
      element('time', { datetime: new Date(at).toISOString() }, timeOfDay(at)),
      element('span', { class: 'badge', 'data-state': kind === 'broken' ? 'broken' : 'kept' }, kind),
      element('span', { class: 'what' }, element('b', {}, subject), ` ${WINDOW_LABELS[window]}: ${text}`),
    );
  }
}

function keyOf({ kind, at, subject, window }: LogEntry): string {
  return `${kind} ${at} ${subject} ${window}`;
}
