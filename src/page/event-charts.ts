import { WINDOW_LABELS } from './choices.ts';
import { byId, setText } from './dom.ts';
import { QuantileChart, RateChart } from './quantile-chart.ts';
import type { View } from './view.ts';

/** Quantiles and rate of the chosen event over time. */
export class EventCharts {
  private readonly title = byId('event-title');
  private readonly rates = new RateChart(byId('rate-chart'), ['events/s', 'errors/s']);
  private readonly quantiles = new QuantileChart(byId('quantile-chart'));

  render({ event, history, window, scale }: View): void {
    const past = event && history.events.get(event.event);
    if (event === undefined || past === undefined) return;
    const shown = window === 'start' ? 'since start' : `${WINDOW_LABELS[window]} window`;
    setText(this.title, `${event.event}, ${shown}`);
    const threshold = event.sla?.threshold ?? null;
    const isLog = scale === 'log' && (event.min ?? 1) > 0;
    const subject = { name: event.event, unit: event.unit, threshold, isLog };
    this.quantiles.render(subject, history.times, past.quantiles[window]);
    this.rates.render(event.event, history.times, [past.eventsPerSecond, past.errorsPerSecond]);
  }
}
