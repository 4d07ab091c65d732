import { randomUUID } from 'node:crypto';
import { monotonicMillis } from '../contract/clock.ts';
import { type Check, type Finding, fault, ok } from './check.ts';
import type { HttpServer } from './http.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';

export const TEST_ALERT = 'PerfTest';
/** Tells this run's alert from those of others. */
export const TEST_LABEL = 'test_id';

/** A run that was killed leaves an alert, which ends by itself this long after the time that the run had. */
const SPARE_MILLIS = 30_000;

interface StoredAlert {
  readonly receivers: readonly { readonly name: string }[];
  readonly status: { readonly state: string };
}

/** An alert that is posted to Alertmanager reaches a webhook: this very process. */
export class AlertCheck implements Check {
  readonly name = 'test alert';
  private readonly alertmanager: HttpServer;
  private readonly receiver: WebhookReceiver;
  private readonly id = randomUUID();
  private readonly startsAt = new Date();
  private readonly endsAt: Date;
  private postedAt: number | undefined;

  constructor(alertmanager: HttpServer, receiver: WebhookReceiver, timeoutMillis: number) {
    this.alertmanager = alertmanager;
    this.receiver = receiver;
    this.endsAt = new Date(this.startsAt.getTime() + timeoutMillis + SPARE_MILLIS);
  }

  /** Posts at each look, as Prometheus does: it is the same alert, and Alertmanager may have been restarted. */
  async look(signal: AbortSignal): Promise<Finding> {
    const arrivedAt = this.receiver.arrivedAt(this.id);
    if (arrivedAt !== undefined && this.postedAt !== undefined) {
      const seconds = (arrivedAt - this.postedAt) / 1000;
      return ok(`${TEST_ALERT} came from Alertmanager ${seconds.toFixed(1)} s after it was posted`);
    }
    const postedAt = monotonicMillis();
    await this.post(this.endsAt, signal);
    this.postedAt ??= postedAt;
    return fault(await this.whereabouts(signal));
  }

  /** Ends the alert, so that nobody looks for its cause. */
  async resolve(signal: AbortSignal): Promise<void> {
    if (this.postedAt !== undefined) await this.post(new Date(), signal);
  }

  private async post(endsAt: Date, signal: AbortSignal): Promise<void> {
    const labels = { alertname: TEST_ALERT, severity: 'none', [TEST_LABEL]: this.id };
    const annotations = { summary: 'perf-metrics verify asks whether alerts arrive. Nothing is wrong.' };
    await this.alertmanager.json('/api/v2/alerts', signal, [
      { labels, annotations, startsAt: this.startsAt, endsAt },
    ]);
  }

  /** What Alertmanager has made of it. */
  private async whereabouts(signal: AbortSignal): Promise<string> {
    const { title } = this.alertmanager;
    const filter = new URLSearchParams({ filter: `${TEST_LABEL}="${this.id}"` });
    const [alert] = await this.alertmanager.json<StoredAlert[]>(`/api/v2/alerts?${filter}`, signal);
    if (alert === undefined) return `${title} took ${TEST_ALERT} and does not list it`;
    if (alert.status.state === 'suppressed')
      return `${title} suppresses ${TEST_ALERT}: see its silences, inhibitions and mute times`;
    const names = alert.receivers.map(({ name }) => name).join(', ');
    return `${TEST_ALERT} has not come back: ${title} routes it to the receiver ${names}, which must be a webhook that leads to this process (${this.receiver.address}); see its url, the log of Alertmanager and the NetworkPolicies`;
  }
}
