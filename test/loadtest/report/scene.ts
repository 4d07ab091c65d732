import type { TopLevelSpec } from 'vega-lite';
import { viewOf } from '../../../loadtest/report/plots/draw.ts';

/** What is drawn for one row of data, where; in pixels of the panel that it is in. */
export interface Drawn {
  readonly mark: string;
  readonly datum: Readonly<Record<string, unknown>>;
  readonly x: number;
  readonly y: number;
  readonly x2: number;
  readonly stroke: string;
  readonly fill: string;
  /** Which of the panels, from the top. */
  readonly panel: number;
}

interface Node {
  readonly marktype?: string;
  readonly role?: string;
  readonly items?: readonly Node[];
  readonly datum?: Readonly<Record<string, unknown>>;
}

/** All marks of a plot, without axes, legends and titles. */
export async function drawnOf(spec: TopLevelSpec): Promise<Drawn[]> {
  const view = await viewOf(spec).runAsync();
  const drawn: Drawn[] = [];
  let panel = -1;
  const visit = (node: Node): void => {
    if (/^(axis|legend|title|row|column)/.test(node.role ?? '')) return;
    for (const item of node.items ?? []) {
      if (node.role === 'mark' && node.marktype !== 'group') {
        drawn.push({
          ...(item as unknown as Drawn),
          mark: node.marktype ?? '',
          datum: item.datum ?? {},
          panel,
        });
      } else {
        if (node.role === 'scope') panel++;
        visit(item);
      }
    }
  };
  visit((view.scenegraph() as unknown as { root: Node }).root);
  view.finalize();
  return drawn;
}

/** Pixels by value, from two marks; what the scale must do for every other one. */
export function linear(
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
): (x: number) => number {
  return (x) => y1 + ((x - x1) / (x2 - x1)) * (y2 - y1);
}
