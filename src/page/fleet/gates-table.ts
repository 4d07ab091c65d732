import type { GateResult, Verdict } from '../../contract/rollout.ts';
import { Badge } from '../cells.ts';
import { element, KeyedChildren, makeScrollable, setAttribute, setText } from '../dom.ts';
import { momentOf } from '../format.ts';
import { gateFigure, gateInterval, gateLimit, gateName, sentence, VERDICT_WORDS } from './rollout-words.ts';

const BADGES = { pass: 'kept', fail: 'broken', no_data: 'off', error: 'off' } as const satisfies Record<
  Verdict,
  string
>;
const NUMBERS = ['Figure', 'Limit', 'Interval', 'Since'];
const HEADS = ['Gate', 'Verdict', ...NUMBERS];

/** One gate a row, with its sentence: what was measured, and what it may be. */
export class GatesTable {
  private readonly rows: KeyedChildren<GateRow>;
  private readonly empty = element('p', { class: 'empty' }, 'No gate has been looked at yet.');

  constructor(region: HTMLElement) {
    const heads = HEADS.map((head) =>
      element(
        'th',
        { scope: 'col', role: 'columnheader', ...(NUMBERS.includes(head) && { class: 'num' }) },
        head,
      ),
    );
    // Roles are spelled out, since the cards' `display` on a phone would take them away.
    const body = element('tbody', { role: 'rowgroup' });
    const head = element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...heads));
    const caption = element('caption', { class: 'unseen' }, 'Gates of the rollout');
    region.append(
      element('table', { role: 'table', class: 'gates-table as-cards' }, caption, head, body),
      this.empty,
    );
    makeScrollable(region, 'Gates of the rollout');
    this.rows = new KeyedChildren(body, () => new GateRow());
  }

  render(gates: readonly GateResult[], now: number): void {
    this.empty.hidden = gates.length > 0;
    this.rows.update(
      gates.map(({ gate }) => gate),
      (row, i) => {
        const gate = gates[i];
        if (gate) row.render(gate, now);
      },
    );
  }
}

class GateRow {
  readonly root = element('tr', { role: 'row' });
  private readonly name = element('b');
  private readonly text = element('span', { class: 'sentence' });
  private readonly badge = new Badge();
  private readonly figures = NUMBERS.map((label) =>
    element('td', { role: 'cell', class: 'num', 'data-label': label }),
  );

  constructor() {
    const verdict = element('td', { role: 'cell', class: 'state' }, this.badge.root);
    const name = element('th', { scope: 'row', role: 'rowheader' }, this.name, this.text);
    this.root.append(name, verdict, ...this.figures);
  }

  render(result: GateResult, now: number): void {
    setAttribute(this.root, 'data-gate', result.gate);
    setText(this.name, gateName(result.gate));
    setText(this.text, sentence(result.text));
    this.badge.set(BADGES[result.verdict], VERDICT_WORDS[result.verdict]);
    const texts = [gateFigure(result), gateLimit(result), gateInterval(result), momentOf(result.since, now)];
    this.figures.forEach((cell, i) => {
      setText(cell, texts[i] ?? '');
    });
    this.figures[0]?.classList.toggle('over', result.verdict === 'fail');
  }
}
