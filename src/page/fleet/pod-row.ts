import type { PodStatistics } from '../../contract/fleet.ts';
import { Badge, FigureCell } from '../cells.ts';
import { element, setAttribute, setText } from '../dom.ts';
import { count, figure, momentOf, NONE, percent } from '../format.ts';
import type { PodLine } from './outliers.ts';
import { overheadOf } from './pod-sort.ts';
import { reasonInWords } from './reasons.ts';

/** What the row's figures are compared with. */
export interface PodContext {
  readonly now: number;
  /** Whether pods of several services are listed. */
  readonly isMixed: boolean;
  readonly unit: string;
  readonly threshold: number | null;
  /** The P99 of all that are listed together. */
  readonly fleetP99: number | null;
  /** The P99 that fills the bar. */
  readonly greatestP99: number;
  readonly control: ReadonlySet<string>;
}

/** A pod beside the others: its P99 as a bar, on which a line is the fleet's. */
export class PodRow {
  readonly root = element('tr', { role: 'row' });
  private readonly name = element('span', { class: 'pod-name' });
  private readonly service = element('small');
  private readonly badge = new Badge();
  private readonly fill = element('i', { class: 'bar-fill' });
  private readonly mark = element('b', { class: 'bar-mark' });
  private readonly ratio = element('span', { class: 'num' });
  private readonly quantiles = ['P50', 'P99', 'P99.9'].map(
    (label) => new FigureCell('td', { role: 'cell', 'data-label': label }),
  );
  private readonly rest = ['Count', 'Sampling', 'Overhead', 'Lost'].map((label) =>
    element('td', { role: 'cell', class: 'num', 'data-label': label }),
  );
  private readonly figures: readonly HTMLElement[];
  private readonly why = element('td', { role: 'cell', class: 'why', colspan: '8' });

  constructor() {
    const name = element('th', { scope: 'row', role: 'rowheader' }, this.name, this.service);
    const state = element('td', { role: 'cell', class: 'state' }, this.badge.root);
    const bar = element('span', { class: 'bar pod-bar', 'aria-hidden': 'true' }, this.fill, this.mark);
    const beside = element('td', { role: 'cell', class: 'beside', 'data-label': 'P99 beside a typical pod' });
    beside.append(bar, this.ratio);
    this.figures = [beside, ...this.quantiles.map(({ root }) => root), ...this.rest];
    this.root.append(name, state, ...this.figures, this.why);
  }

  render(line: PodLine, context: PodContext): void {
    const { pod, isOutlier } = line;
    const isAside = pod.state === 'set_aside';
    setAttribute(this.root, 'data-pod', pod.name);
    this.root.classList.toggle('outlier', isOutlier);
    setText(this.name, pod.name);
    setText(this.service, detailsOf(pod, context.isMixed));
    this.renderState(line, context);
    for (const cell of this.figures) cell.hidden = isAside;
    this.why.hidden = !isAside;
    if (isAside) {
      const merged =
        pod.mergedAt === null ? 'never merged' : `last merged ${momentOf(pod.mergedAt, context.now)}`;
      setText(this.why, `${reasonInWords(pod.reason)}; ${merged}`);
    } else this.renderFigures(line, context);
  }

  private renderState({ pod, isOutlier }: PodLine, { control }: PodContext): void {
    if (pod.state === 'set_aside') this.badge.set('off', 'set aside');
    else if (isOutlier) this.badge.set('broken', 'outlier');
    else if (pod.figures !== null && control.has(pod.figures.instance)) this.badge.set('none', 'control');
    else if (pod.figures?.enabled === false) this.badge.set('none', 'disabled');
    else this.badge.set('none', 'measures');
  }

  private renderFigures({ pod, figures, ratio }: PodLine, context: PodContext): void {
    const { fleetP99, greatestP99, threshold, unit } = context;
    const limit = threshold ?? Number.POSITIVE_INFINITY;
    const known = figures?.minute.quantiles ?? null;
    [known?.p50, known?.p99, known?.p999].forEach((value, i) => {
      this.quantiles[i]?.set(figure(value, unit), (value ?? 0) > limit);
    });
    const scale = (value: number | null | undefined) =>
      greatestP99 > 0 ? Math.min(1, Math.max(0, (value ?? 0) / greatestP99)) : 0;
    this.fill.style.transform = `scaleX(${scale(known?.p99).toFixed(3)})`;
    this.mark.style.left = `${(scale(fleetP99) * 100).toFixed(1)}%`;
    this.mark.hidden = fleetP99 === null;
    setText(this.ratio, ratio === null ? NONE : `${ratio.toFixed(1)} ×`);
    const overhead = overheadOf(pod);
    const lost = pod.figures?.overwritten ?? 0;
    const texts = [
      count(figures?.minute.count ?? 0),
      percent(pod.figures?.rate),
      percent(overhead),
      count(lost),
    ];
    this.rest.forEach((cell, i) => {
      setText(cell, texts[i] ?? NONE);
    });
    this.rest[2]?.classList.toggle('over', (overhead ?? 0) > 0.01);
    this.rest[3]?.classList.toggle('over', lost > 0);
  }
}

/** What it calls itself, where that is another name: the rollout knows it by that one. And its service, where there are more. */
function detailsOf({ name, service, figures }: PodStatistics, isMixed: boolean): string {
  const instance = figures?.instance ?? '';
  const isKnown = instance === '' || name === instance || name.endsWith(`/${instance}`);
  return [isKnown ? [] : instance, isMixed ? service : []].flat().join(', ');
}
