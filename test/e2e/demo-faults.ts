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

/**
 * Until an alert about the event would be news: of a pod that has just started little is promised, and an alert that joins
 * one about another pod, on a machine that is short of CPU, is told when that one is repeated.
 */
export async function demoSettled(prometheus: PrometheusApi, event: string, pods: number): Promise<void> {
  await eventually(
    `the demo to be warm, and no alert about ${event}`,
    async () => {
      const warm = await prometheus.query('time() - perf_start_time_seconds{job="perf-metrics"} > 100');
      const alerts = await prometheus.query(`ALERTS{alertname="PerfSlaBroken", event="${event}"}`);
      return (warm.length >= pods && alerts.length === 0) || undefined;
    },
    240,
  );
}
