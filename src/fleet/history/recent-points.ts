import type { HistoryPoint } from '../../contract/fleet.ts';

/** Of all points of a chart together, some 10 MB: 30 events of services, each minute of a day. */
const MOST_EVENTS = 50_000;

/** The points of a chart: no older than its span, and about one in each step of time, fewer where there are many events. */
export class RecentPoints {
  private readonly spanMillis: number;
  private readonly stepMillis: number;
  private points: HistoryPoint[] = [];

  constructor(spanMillis: number, stepMillis: number) {
    this.spanMillis = spanMillis;
    this.stepMillis = stepMillis;
  }

  add(point: HistoryPoint): void {
    // A clock that was set back begins the chart anew.
    if (point.at < (this.points.at(-1)?.at ?? point.at)) this.points = [];
    const step = Math.max(this.stepMillis, (point.events.length * this.spanMillis) / MOST_EVENTS);
    // By the one before the last: points that come in step, give or take half of one, are all kept.
    const before = this.points.at(-2);
    if (before !== undefined && point.at - before.at < 1.5 * step) this.points.pop();
    this.points.push(point);
    const most = Math.floor(this.spanMillis / this.stepMillis);
    const kept = this.points.findIndex(
      ({ at }, i) => at > point.at - this.spanMillis && this.points.length - i <= most,
    );
    this.points.splice(0, kept);
  }

  all(): readonly HistoryPoint[] {
    return [...this.points];
  }
}
