import type { EventStatistics, Statistics, WindowName } from '../contract/statistics.ts';
import { distribution } from './choices.ts';
import { figure, join, objective, percent, quantity, short, span } from './format.ts';
import { type LogEntry, SlaLogList } from './sla-log-list.ts';

const MAX_ENTRIES = 100;

/** What changed in `sla.broken` from one answer to the next, newest first. */
export class SlaLog {
  private readonly entries: LogEntry[] = [];
  private readonly since = new Map<string, number>();
  private readonly list = new SlaLogList();
  private isFirst = true;

  render(stats: Statistics): void {
    for (const event of stats.events) this.follow(event, stats.at);
    this.isFirst = false;
    this.entries.splice(MAX_ENTRIES);
    this.list.render(this.entries);
  }

  private follow(event: EventStatistics, at: number): void {
    const broken = event.sla?.broken ?? [];
    for (const window of ['1s', '5s', '1m'] as const) {
      const key = `${event.event} ${window}`;
      const since = this.since.get(key);
      const isBroken = broken.includes(window);
      if (isBroken === (since !== undefined)) continue;
      if (isBroken) this.since.set(key, at);
      else this.since.delete(key);
      const text = isBroken
        ? this.breakText(event, window)
        : `after ${span(Math.round((at - (since ?? at)) / 1000))}`;
      this.entries.unshift({
        kind: isBroken ? 'broken' : 'recovered',
        at,
        subject: event.event,
        window,
        text,
      });
    }
  }

  private breakText(event: EventStatistics, window: WindowName): string {
    const { sla, unit } = event;
    if (sla === null) return '';
    const { quantiles, compliance } = distribution(event, window);
    const { label, value } = judged(quantiles, sla.objective);
    const already = this.isFirst ? ' (broken before this page was opened)' : '';
    const against = `${label} ${quantity(value, unit)}, SLA ${join(short(figure(sla.threshold, unit)))}`;
    return `${against}; ${percent(compliance)} within, objective ${objective(sla.objective)}${already}`;
  }
}

/** The quantile known that lies nearest to the objective from above: it is over the threshold when the SLA breaks. */
function judged(quantiles: EventStatistics['quantiles'], objectiveRatio: number) {
  if (objectiveRatio <= 0.5) return { label: 'P50', value: quantiles?.p50 };
  if (objectiveRatio <= 0.95) return { label: 'P95', value: quantiles?.p95 };
  if (objectiveRatio <= 0.99) return { label: 'P99', value: quantiles?.p99 };
  return { label: 'P99.9', value: quantiles?.p999 };
}
