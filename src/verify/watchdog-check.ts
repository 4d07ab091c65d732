import { type Check, type Finding, fault, ok } from './check.ts';
import type { HttpServer } from './http.ts';

interface Alert {
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Prometheus sends its alerts to Alertmanager: the Watchdog, which always fires, has arrived there. */
export class WatchdogCheck implements Check {
  readonly name = 'watchdog';
  private readonly prometheus: HttpServer;
  private readonly alertmanager: HttpServer;

  constructor(prometheus: HttpServer, alertmanager: HttpServer) {
    this.prometheus = prometheus;
    this.alertmanager = alertmanager;
  }

  async look(signal: AbortSignal): Promise<Finding> {
    const { prometheus, alertmanager } = this;
    const known = await prometheus.json<{ data: { activeAlertmanagers: unknown[] } }>(
      '/api/v1/alertmanagers',
      signal,
    );
    const count = known.data.activeAlertmanagers.length;
    if (count === 0)
      return fault(`${prometheus.title} knows no Alertmanager: see alerting in its configuration`);
    const { data } = await prometheus.json<{ data: { alerts: Alert[] } }>('/api/v1/alerts', signal);
    const isFiring = data.alerts.some(
      ({ state, labels }) => state === 'firing' && labels.alertname === 'Watchdog',
    );
    if (!isFiring)
      return fault(`the alert Watchdog does not fire in ${prometheus.title}: see that its rule is loaded`);
    const filter = new URLSearchParams({ filter: 'alertname="Watchdog"' });
    const arrived = await alertmanager.json<unknown[]>(`/api/v2/alerts?${filter}`, signal);
    if (arrived.length === 0)
      return fault(
        `the Watchdog of ${prometheus.title} has not arrived at ${alertmanager.title}: see that Prometheus may reach it`,
      );
    return ok(`the Watchdog has come from Prometheus to Alertmanager (Prometheus knows ${count})`);
  }
}
