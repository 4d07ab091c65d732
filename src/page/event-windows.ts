import type { EventStatistics } from '../contract/statistics.ts';
import { byId, setText } from './dom.ts';
import { percent, quantity } from './format.ts';
import type { View } from './view.ts';
import { WindowsTable } from './windows-table.ts';

/** All windows of the chosen event, and what its slowest events waited for. */
export class EventWindows {
  private readonly table = new WindowsTable();
  private readonly tail = byId('tail');

  render({ event, window }: View): void {
    if (event === undefined) return;
    this.table.render(event, window);
    setText(this.tail, tailText(event));
  }
}

function tailText({ tail, gcSeconds, stallSeconds }: EventStatistics): string {
  const totals = `In all: ${quantity(gcSeconds)} of GC and ${quantity(stallSeconds)} of stalls inside this event.`;
  if (tail === null) return `No event in the slowest 0.1 % yet. ${totals}`;
  const shares = `${percent(tail.gcRatio)} is garbage collection, ${percent(tail.stallRatio)} event-loop stalls`;
  return `Of the slowest 0.1 % of events: ${shares}. ${totals}`;
}
