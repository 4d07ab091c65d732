import type { Statistics } from '../contract/statistics.ts';
import { byId, element, KeyedChildren, setAttribute, setText } from './dom.ts';
import { bytes, count, percent, quantity } from './format.ts';

/** A name, its figure, and whether it deserves a look. */
type Line = readonly [name: string, value: string, isBad?: boolean];

interface Card {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Shown in place of lines when there are none. */
  readonly none: string;
}

/** The state of the process and of the library itself. */
export class HealthCards {
  private readonly cards = new KeyedChildren<CardView>(byId('health'), (title) => new CardView(title));

  render(stats: Statistics): void {
    const cards = [eventLoop, gc, queues, memory, rings, ownCost].map((build) => build(stats));
    this.cards.update(
      cards.map(({ title }) => title),
      (view, i) => {
        const card = cards[i];
        if (card) view.render(card);
      },
    );
  }
}

function eventLoop({ health: { stalls, stallSecondsTotal } }: Statistics): Card {
  const now = stalls.map(({ ring, seconds }): Line => {
    return [`${ring} now`, seconds > 0 ? `stalled for ${quantity(seconds)}` : 'running', seconds > 0];
  });
  return { title: 'Event loop', lines: [...now, ['stalled in all', quantity(stallSecondsTotal)]], none: '' };
}

function gc({ health }: Statistics): Card {
  const lines = health.gc.map(({ kind, count: pauses, seconds, maxSeconds }): Line => {
    const detail = `${quantity(seconds)}, longest ${quantity(maxSeconds)}`;
    return [kind, pauses === 0 ? 'none' : `${count(pauses)}×, ${detail}`];
  });
  return { title: 'GC pauses', lines, none: 'No pause so far.' };
}

function queues({ health }: Statistics): Card {
  const lines = Object.entries(health.queues).map(([name, depth]): Line => [name, count(depth)]);
  return { title: 'Queues', lines, none: 'No queue is registered.' };
}

function memory({ health }: Statistics): Card {
  const lines = Object.entries(health.memoryBytes).map(([name, size]): Line => [name, bytes(size)]);
  return { title: 'Memory', lines, none: 'Not measured.' };
}

function rings({ ring }: Statistics): Card {
  const backlogs = ring.rings.map(({ ring: name, backlog, capacity }): Line => {
    const share = capacity === 0 ? 0 : backlog / capacity;
    return [`${name} backlog`, `${count(backlog)} of ${count(capacity)}`, share > 0.5];
  });
  const reasons = Object.entries(ring.rejected).filter(([, calls]) => calls > 0);
  const rejected = reasons.map(([reason, calls]): Line => [`rejected: ${reason}`, count(calls), true]);
  if (rejected.length === 0) rejected.push(['rejected calls', 'none']);
  const totals: Line[] = [
    ['recorded', count(ring.recorded)],
    ['aggregated', count(ring.aggregated)],
    ['overwritten', count(ring.overwritten), ring.overwritten > 0],
  ];
  return { title: 'Records', lines: [...backlogs, ...totals, ...rejected], none: '' };
}

function ownCost({ overhead, health: { workerRestarts } }: Statistics): Card {
  const lines: Line[] = [
    ['a recorded event', quantity(overhead.recordedEventSeconds)],
    ['a skipped event', quantity(overhead.skippedEventSeconds)],
    ['recording, in all', `${quantity(overhead.recordSeconds)} (${percent(overhead.recordRatio)})`],
    ['worker CPU, in all', `${quantity(overhead.aggregateSeconds)} (${percent(overhead.aggregateRatio)})`],
    ['worker restarts', count(workerRestarts), workerRestarts > 0],
  ];
  return { title: 'Own cost', lines, none: '' };
}

class CardView {
  readonly root: HTMLElement;
  private readonly none = element('p', { class: 'empty' });
  private readonly lines: KeyedChildren<LineView>;

  constructor(title: string) {
    const list = element('dl');
    this.root = element('section', { class: 'panel' }, element('h3', {}, title), list, this.none);
    this.lines = new KeyedChildren(list, (name) => new LineView(name));
  }

  render({ lines, none }: Card): void {
    this.none.hidden = lines.length > 0;
    setText(this.none, none);
    this.lines.update(
      lines.map(([name]) => name),
      (view, i) => {
        const [, value = '', isBad = false] = lines[i] ?? [];
        view.render(value, isBad);
      },
    );
  }
}

class LineView {
  readonly root: HTMLElement;
  private readonly value = element('dd');

  constructor(name: string) {
    this.root = element('div', {}, element('dt', {}, name), this.value);
  }

  render(value: string, isBad: boolean): void {
    setText(this.value, value);
    setAttribute(this.value, 'class', isBad ? 'num over' : 'num');
  }
}
