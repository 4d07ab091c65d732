import type { SlowEvent } from '../contract/statistics.ts';
import { FigureCell } from './cells.ts';
import { byId, element, KeyedChildren, makeScrollable, setText } from './dom.ts';
import { figure, NONE, timeOfDay } from './format.ts';
import type { View } from './view.ts';

const SHOWN_TRACE_DIGITS = 8;

/** The slowest events of the last minute, with what is needed to look them up elsewhere. */
export class SlowestList {
  private readonly rows: KeyedChildren<SlowRow>;
  private readonly empty = element('p', { class: 'empty' }, 'None in the last minute.');
  private readonly table: HTMLElement;

  constructor() {
    const body = element('tbody');
    const heads = ['Value', 'At', 'Symbol', 'Trace id'].map((head, i) =>
      element('th', { scope: 'col', ...(i === 0 && { class: 'num' }) }, head),
    );
    this.table = element('table', { class: 'slowest-table fixed', 'aria-labelledby': 'slowest-title' });
    this.table.append(element('thead', {}, element('tr', {}, ...heads)), body);
    this.rows = new KeyedChildren(body, () => new SlowRow());
    const region = byId('slowest');
    region.append(this.empty, this.table);
    makeScrollable(region, 'Slowest events of the last minute');
  }

  render({ event }: View): void {
    const slowest = event?.slowest ?? [];
    this.empty.hidden = slowest.length > 0;
    this.table.hidden = slowest.length === 0;
    const keys = slowest.map(({ at, value, traceId }) => `${event?.event} ${at} ${value} ${traceId}`);
    this.rows.update(keys, (row, i) => {
      const slow = slowest[i];
      if (slow && event) row.render(slow, event.unit);
    });
  }
}

class SlowRow {
  readonly root = element('tr');
  private readonly value = new FigureCell();
  private readonly at = element('td');
  private readonly symbol = element('td');
  private readonly trace = element('td');
  private traceId: string | null = null;

  constructor() {
    this.root.append(this.value.root, this.at, this.symbol, this.trace);
    setText(this.trace, NONE);
  }

  render({ value, at, symbol, traceId }: SlowEvent, unit: string): void {
    this.value.set(figure(value, unit));
    setText(this.at, timeOfDay(at));
    setText(this.symbol, symbol ?? NONE);
    if (traceId === this.traceId) return;
    this.traceId = traceId;
    if (traceId === null) setText(this.trace, NONE);
    else this.trace.replaceChildren(...traceCell(traceId));
  }
}

function traceCell(traceId: string): Node[] {
  const code = element('code', { title: traceId }, `${traceId.slice(0, SHOWN_TRACE_DIGITS)}…`);
  const copy = element(
    'button',
    { type: 'button', class: 'small', 'aria-label': `Copy trace id ${traceId}` },
    'copy',
  );
  let reset: number | undefined;
  copy.addEventListener('click', async () => {
    const isCopied = await copyText(traceId);
    setText(copy, isCopied ? 'copied' : 'failed');
    // Where a page may not write to the clipboard, the whole id is there to be copied by hand.
    if (!isCopied) setText(code, traceId);
    window.clearTimeout(reset);
    reset = window.setTimeout(() => setText(copy, 'copy'), 2000);
  });
  return [code, copy];
}

/** Browsers have `navigator.clipboard` on loopback and https only. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
