import { element, setAttribute, setText } from './dom.ts';

export interface LegendEntry {
  readonly label: string;
  /** A custom property of page.css, without its dashes. */
  readonly color: string;
  readonly isDashed: boolean;
  readonly isShown: boolean;
}

/** Values of a chart in words: the latest, or those under the cursor. Each entry is a switch for its line. */
export class ChartLegend {
  readonly root = element('div', { class: 'legend', role: 'group', 'aria-label': 'Lines shown' });
  private readonly time = element('span', { class: 'legend-time num' });
  private readonly values: HTMLElement[];

  constructor(entries: readonly LegendEntry[], toggle: (index: number, isShown: boolean) => void) {
    this.values = entries.map(() => element('span', { class: 'num' }));
    const buttons = entries.map((entry, i) => {
      const swatch = element('i', { class: 'swatch', 'aria-hidden': 'true' });
      swatch.style.borderColor = `var(--${entry.color})`;
      if (entry.isDashed) swatch.style.borderTopStyle = 'dashed';
      const button = element(
        'button',
        { type: 'button', 'aria-pressed': String(entry.isShown) },
        swatch,
        `${entry.label} `,
      );
      button.append(this.values[i] ?? '');
      button.addEventListener('click', () => {
        const isShown = button.getAttribute('aria-pressed') !== 'true';
        setAttribute(button, 'aria-pressed', String(isShown));
        toggle(i, isShown);
      });
      return button;
    });
    this.root.append(this.time, ...buttons);
  }

  render(time: string, values: readonly string[]): void {
    setText(this.time, time);
    this.values.forEach((target, i) => {
      setText(target, values[i] ?? '');
    });
  }
}
