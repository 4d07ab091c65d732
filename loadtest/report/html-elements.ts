import type { TopLevelSpec } from 'vega-lite';
import type { Control, Verdict } from '../phases.ts';
import { type Content, html, type Markup, raw } from './html-markup.ts';
import { draw, WIDTHS } from './plots/draw.ts';

export const SIGNS: Readonly<Record<Verdict, string>> = { pass: '✓', fail: '✗', undecided: '?', void: '∅' };
export const SHORT: Readonly<Record<Verdict, string>> = {
  pass: 'passed',
  fail: 'failed',
  undecided: 'undecided',
  void: 'void',
};

export function badge(verdict: Verdict): Markup {
  return html`<span class="verdict ${verdict}">${SIGNS[verdict]} ${SHORT[verdict]}</span>`;
}

export function section(
  id: string,
  title: string,
  verdict: Verdict | null,
  contents: readonly Markup[],
): Markup {
  return html`<section id="${id}">
<h2>${title}${verdict === null ? '' : html` ${badge(verdict)}`}</h2>
${contents}
</section>`;
}

export interface Rows {
  /** Above the rows, where a table has more than one part. */
  readonly title?: string;
  readonly rows: readonly (readonly Content[])[];
}

export function table(head: readonly string[], parts: readonly Rows[]): Markup {
  return html`<div class="table"><table>
<thead><tr>${head.map((text) => html`<th scope="col">${text}</th>`)}</tr></thead>
${parts.map(
  ({
    title,
    rows,
  }) => html`<tbody>${title === undefined ? '' : html`<tr><th scope="rowgroup" colspan="${head.length}">${title}</th></tr>`}
${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>`,
)}
</table></div>`;
}

/** What must hold for the figures to be worth anything. */
export function checks(controls: readonly Control[]): Markup {
  if (controls.length === 0) return html`<p class="quiet">No controls were run.</p>`;
  return html`<h3>Controls</h3>
<ul class="checks">
${controls.map(
  ({ name, isKept, text }) =>
    html`<li><span class="${isKept ? 'pass' : 'fail'}">${isKept ? '✓' : '✗'}</span><span><strong>${name}</strong>: ${text}</span></li>`,
)}
</ul>`;
}

/** A plot for a screen or paper and again for a phone; the page shows one of them. `label` says what is to be seen. */
export async function figure(
  spec: (width: number) => TopLevelSpec,
  label: string,
  caption: string,
): Promise<Markup> {
  const [wide, narrow] = [await draw(spec(WIDTHS.wide)), await draw(spec(WIDTHS.narrow))];
  return html`<figure>
<div class="wide" role="img" aria-label="${label}">${raw(wide)}</div>
<div class="narrow" role="img" aria-label="${label}">${raw(narrow)}</div>
<figcaption>${caption}</figcaption>
</figure>`;
}

export function missing(sentence: string): Markup {
  return html`<p class="quiet">${sentence}</p>`;
}
