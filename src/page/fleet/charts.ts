import { byId, setText } from '../dom.ts';
import { QuantileChart, RateChart } from '../quantile-chart.ts';
import { WindowsTable } from '../windows-table.ts';
import { serviceLabel } from './news.ts';
import { SERIES } from './past.ts';
import type { FleetView } from './view.ts';

/** Percentiles and rate of the chosen event over time, and its windows as figures. */
export class FleetCharts {
  private readonly title = byId('event-title');
  private readonly quantiles = new QuantileChart(byId('quantile-chart'));
  private readonly rates = new RateChart(byId('rate-chart'), ['events/s']);
  private readonly windows = new WindowsTable();

  render({ past, choices, chosen: { service, event } }: FleetView): void {
    if (event === undefined) return;
    const { horizonSeconds } = SERIES[choices.past];
    const { times, quantiles, eventsPerSecond } = past.lines(choices.past, service, event.event);
    const name = `${event.event} of ${serviceLabel(service)}`;
    setText(this.title, name);
    const isLog = choices.scale === 'log' && (event.min ?? 1) > 0;
    const threshold = event.sla?.threshold ?? null;
    this.quantiles.render({ name, unit: event.unit, threshold, isLog, horizonSeconds }, times, quantiles);
    this.rates.render(name, times, [eventsPerSecond], horizonSeconds);
    this.windows.render(event, null);
  }
}
