import { eventually } from '../support/programs.ts';
import { throughPort } from './cluster.ts';
import type { PrometheusApi } from './prometheus-api.ts';

/** Slows the event down in one pod of the demo; 0 ends that. It is in force when this resolves. */
export async function delayEvent(
  namespace: string,
  pod: string,
  event: string,
  delayMillis: number,
): Promise<void> {
  await throughPort(namespace, `pod/${pod}`, 9464, async (url) => {
    const response = await fetch(`${url}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ event, delay_ms: delayMillis }),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`/faults of ${pod} answered ${response.status}: ${text}`);
  });
}

/** Until pods are old enough that an alert is raised about them: of one that has just started little is promised. */
export async function demoWarm(prometheus: PrometheusApi, pods: number): Promise<void> {
  await eventually(
    'the demo to be warm',
    async () => {
      const warm = await prometheus.query('time() - perf_start_time_seconds{job="perf-metrics"} > 100');
      return warm.length >= pods || undefined;
    },
    240,
  );
}

/** Until an alert about the event would be the first: one that joins others is told when they are repeated. */
export async function noAlertAbout(prometheus: PrometheusApi, event: string): Promise<void> {
  await eventually(
    `no alert about ${event}`,
    async () => {
      const alerts = await prometheus.query(`ALERTS{alertname="PerfSlaBroken", event="${event}"}`);
      return alerts.length === 0 || undefined;
    },
    240,
  );
}
