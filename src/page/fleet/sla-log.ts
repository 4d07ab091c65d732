import type { FleetSlaChange } from '../../contract/fleet.ts';
import { figure, join, objective, percent, quantity, short } from '../format.ts';
import { type LogEntry, SlaLogList } from '../sla-log-list.ts';
import { type FleetNews, serviceLabel } from './news.ts';
import type { FleetView } from './view.ts';

/** Violations and recoveries that the service remembers, newest first. */
export class FleetSlaLog {
  private readonly list = new SlaLogList();

  render({ news }: FleetView): void {
    this.list.render(news.slaChanges.map((change) => entryOf(news, change)));
  }
}

function entryOf(news: FleetNews, change: FleetSlaChange): LogEntry {
  const { kind, at, service, event, window } = change;
  const subject = `${serviceLabel(service)} ${event}`;
  return {
    kind: kind === 'violation' ? 'broken' : 'recovered',
    at,
    subject,
    window,
    text: textOf(news, change),
  };
}

/** JSON has no NaN: the value of a window that holds no event any more is null. */
function textOf(news: FleetNews, change: FleetSlaChange): string {
  const { compliance, objective: wanted, threshold } = change;
  const value: number | null = change.value;
  if (value === null) return 'no event any more';
  const unit = news.overall.events.find(({ event }) => event === change.event)?.unit;
  const quantile = `P${Number((wanted * 100).toPrecision(4))}`;
  const against = `${quantile} ${quantity(value, unit)}, SLA ${join(short(figure(threshold, unit)))}`;
  return `${against}; ${percent(compliance)} within, objective ${objective(wanted)}`;
}
