import { element, setAttribute, setText } from './dom.ts';
import { type Figure, NONE } from './format.ts';

/** A figure whose unit is set smaller. */
export class FigureCell {
  readonly root: HTMLElement;
  private readonly number = document.createTextNode(NONE);
  private readonly unit = element('small');

  constructor(tag: 'td' | 'span' | 'dd' = 'td', attributes: Readonly<Record<string, string>> = {}) {
    this.root = element(tag, { class: 'num', ...attributes }, this.number, this.unit);
  }

  set({ number, unit }: Figure, isOver = false): void {
    setText(this.number, number);
    setText(this.unit, unit === '' ? '' : ` ${unit}`);
    this.root.classList.toggle('over', isOver);
  }
}

/** A share as a bar, zoomed so that the objective is its middle: the distance to it is what matters. */
export class ComplianceBar {
  readonly root = element('span', { class: 'bar', 'aria-hidden': 'true' });
  private readonly fill = element('i', { class: 'bar-fill' });

  constructor() {
    this.root.append(this.fill, element('b', { class: 'bar-objective' }));
  }

  set(compliance: number | null, objective: number): void {
    const filled = compliance === null ? 0 : Math.max(0, 1 - (1 - compliance) / (1 - objective) / 2);
    this.fill.style.transform = `scaleX(${filled.toFixed(3)})`;
    setAttribute(this.root, 'data-tone', compliance !== null && compliance < objective ? 'bad' : 'good');
  }
}

/** The verdict on one event, in words, with a mark that needs no colour. */
export class Badge {
  readonly root = element('span', { class: 'badge' });

  set(state: 'broken' | 'kept' | 'off' | 'none', text: string): void {
    setAttribute(this.root, 'data-state', state);
    setText(this.root, text);
  }
}
