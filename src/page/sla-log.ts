import type { EventStatistics, Statistics, WindowName } from '../contract/statistics.ts';
import { distribution, WINDOW_LABELS } from './choices.ts';
import { byId, element, KeyedChildren, makeScrollable } from './dom.ts';
import { figure, join, objective, percent, quantity, short, span, timeOfDay } from './format.ts';

const MAX_ENTRIES = 100;

interface Entry {
  readonly kind: 'broken' | 'recovered';
  readonly at: number;
  readonly event: string;
  readonly window: WindowName;
  readonly text: string;
}

/** What changed in `sla.broken` from one answer to the next, newest first. */
export class SlaLog {
  private readonly entries: Entry[] = [];
  private readonly since = new Map<string, number>();
  private readonly rows: KeyedChildren<{ root: Element }>;
  private readonly empty = element('p', { class: 'empty' }, 'None so far.');
  private isFirst = true;

  constructor() {
    const list = element('ol', { role: 'log', 'aria-label': 'SLA violations and recoveries' });
    const region = byId('sla-log');
    region.append(this.empty, list);
    makeScrollable(region, 'SLA violations');
    this.rows = new KeyedChildren(list, (key) => ({ root: this.row(key) }));
  }

  render(stats: Statistics): void {
    for (const event of stats.events) this.follow(event, stats.at);
    this.isFirst = false;
    this.entries.splice(MAX_ENTRIES);
    this.empty.hidden = this.entries.length > 0;
    this.rows.update(this.entries.map(keyOf), () => {});
  }

  private follow(event: EventStatistics, at: number): void {
    const broken = event.sla?.broken ?? [];
    for (const window of ['1s', '5s', '1m'] as const) {
      const key = `${event.event} ${window}`;
      const since = this.since.get(key);
      const isBroken = broken.includes(window);
      if (isBroken === (since !== undefined)) continue;
      if (isBroken) this.since.set(key, at);
      else this.since.delete(key);
      const text = isBroken
        ? this.breakText(event, window)
        : `after ${span(Math.round((at - (since ?? at)) / 1000))}`;
      this.entries.unshift({ kind: isBroken ? 'broken' : 'recovered', at, event: event.event, window, text });
    }
  }

  private breakText(event: EventStatistics, window: WindowName): string {
    const { sla, unit } = event;
    if (sla === null) return '';
    const { quantiles, compliance } = distribution(event, window);
    const { label, value } = judged(quantiles, sla.objective);
    const already = this.isFirst ? ' (broken before this page was opened)' : '';
    const against = `${label} ${quantity(value, unit)}, SLA ${join(short(figure(sla.threshold, unit)))}`;
    return `${against}; ${percent(compliance)} within, objective ${objective(sla.objective)}${already}`;
  }

  private row(key: string): HTMLElement {
    const entry = this.entries.find((candidate) => keyOf(candidate) === key);
    if (entry === undefined) return element('li');
    const { kind, at, event, window, text } = entry;
    return element(
      'li',
      {},
      element('time', { datetime: new Date(at).toISOString() }, timeOfDay(at)),
      element('span', { class: 'badge', 'data-state': kind === 'broken' ? 'broken' : 'kept' }, kind),
      element('span', { class: 'what' }, element('b', {}, event), ` ${WINDOW_LABELS[window]}: ${text}`),
    );
  }
}

function keyOf({ kind, at, event, window }: Entry): string {
  return `${kind} ${at} ${event} ${window}`;
}

/** The quantile known that lies nearest to the objective from above: it is over the threshold when the SLA breaks. */
function judged(quantiles: EventStatistics['quantiles'], objectiveRatio: number) {
  if (objectiveRatio <= 0.5) return { label: 'P50', value: quantiles?.p50 };
  if (objectiveRatio <= 0.95) return { label: 'P95', value: quantiles?.p95 };
  if (objectiveRatio <= 0.99) return { label: 'P99', value: quantiles?.p99 };
  return { label: 'P99.9', value: quantiles?.p999 };
}
