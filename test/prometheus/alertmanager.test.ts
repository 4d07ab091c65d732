import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/programs.ts';
import { has, type Labels, type Notification, RunningAlertmanager } from './running-alertmanager.ts';

/** Times at which a test need not wait long; they change nothing else. */
const QUICK = { groupWait: '1s', groupInterval: '1s' };
/** From the breach to the first notification; Prometheus takes some 20 s of it. */
const PROMISED_SECONDS = 30;
const GROUP_WAIT_SECONDS = 5;

/** Alerts of a test have a namespace of their own, which keeps them apart from those of the others. */
let namespaces = 0;
function alertIn(namespace: string): (alertname: string, severity: string, labels?: Labels) => Labels {
  return (alertname, severity, labels = {}) => ({
    alertname,
    severity,
    namespace,
    service: 'trading',
    ...labels,
  });
}

function newNamespace(): string {
  return `namespace-${++namespaces}`;
}

/** The alerts of a notification: `status name instance`. */
function told({ alerts }: Notification): string[] {
  return alerts.map(({ status, labels }) =>
    [status, labels.alertname, labels.instance].filter((part) => part !== undefined).join(' '),
  );
}

let alertmanager: RunningAlertmanager;
let slow: RunningAlertmanager;
let watchdogAt: number;

beforeAll(async () => {
  alertmanager = await RunningAlertmanager.start(QUICK);
  slow = await RunningAlertmanager.start();
  watchdogAt = performance.now();
  await slow.fire({ alertname: 'Watchdog', severity: 'none' });
});

afterAll(async () => {
  await alertmanager?.[Symbol.asyncDispose]();
  await slow?.[Symbol.asyncDispose]();
});

/** Notifications about alerts with these labels, once there are as many. */
async function notified(labels: Labels, count = 1): Promise<Notification[]> {
  return await eventually(
    `${count} notifications about ${JSON.stringify(labels)}`,
    async () => {
      const all = alertmanager.notifications(labels);
      return all.length >= count ? all : undefined;
    },
    20,
  );
}

describe('the first notification', () => {
  it("comes after the chart's groupWait, which leaves Prometheus most of the promised time", async () => {
    const labels = alertIn(newNamespace())('PerfSlaBroken', 'critical', { event: 'order_execution' });
    const firedAt = performance.now();
    await slow.fire(labels);
    await eventually('the notification', async () => slow.notifications(labels)[0], PROMISED_SECONDS);
    const post = slow.listener.posts.find(
      ({ path, body }) => path === '/webhook' && body.includes('PerfSlaBroken'),
    );
    const seconds = ((post?.atMillis ?? Number.NaN) - firedAt) / 1e3;
    console.log(`the webhook was told ${seconds.toFixed(2)} s after Alertmanager`);

    expect(seconds).toBeGreaterThan(GROUP_WAIT_SECONDS - 1);
    expect(seconds).toBeLessThan(PROMISED_SECONDS - 20);
  });
});

describe('a notification', () => {
  it('is of one event, of however many instances and alerts', async () => {
    const namespace = newNamespace();
    const alert = alertIn(namespace);
    const event = 'order_execution';
    await alertmanager.fire(
      alert('PerfSlaBroken', 'critical', { event, instance: 'a' }),
      alert('PerfSlaBroken', 'critical', { event, instance: 'b' }),
      alert('PerfBudgetBurn1h', 'critical', { event }),
      alert('PerfSlaBroken', 'critical', { event: 'candle_processing', instance: 'a' }),
      { ...alert('PerfSlaBroken', 'critical', { event, instance: 'a' }), service: 'pricing' },
    );
    const notifications = await notified({ namespace }, 3);

    expect(notifications.map((notification) => told(notification).sort()).sort()).toEqual([
      ['firing PerfBudgetBurn1h', 'firing PerfSlaBroken a', 'firing PerfSlaBroken b'],
      ['firing PerfSlaBroken a'],
      ['firing PerfSlaBroken a'],
    ]);
  });

  it('is of one alert where there is no event', async () => {
    const namespace = newNamespace();
    const alert = alertIn(namespace);
    await alertmanager.fire(
      alert('PerfGcShareHigh', 'warning', { instance: 'a' }),
      alert('PerfGcShareHigh', 'warning', { instance: 'b' }),
      alert('PerfMemoryGrowing', 'warning', { instance: 'a' }),
    );
    const notifications = await notified({ namespace }, 2);

    expect(notifications.map((notification) => told(notification).sort()).sort()).toEqual([
      ['firing PerfGcShareHigh a', 'firing PerfGcShareHigh b'],
      ['firing PerfMemoryGrowing a'],
    ]);
  });

  it('tells of the end', async () => {
    const labels = alertIn(newNamespace())('PerfSlaBroken', 'critical', { event: 'e', instance: 'a' });
    await alertmanager.fire(labels);
    await notified(labels);
    await alertmanager.resolve(labels);
    const [, last] = await notified(labels, 2);

    expect(last?.status).toBe('resolved');
    expect(told(last as Notification)).toEqual(['resolved PerfSlaBroken a']);
  });
});

describe('an alert', () => {
  it('is told to those whom its severity is for, and one of severity none to nobody', async () => {
    const namespace = newNamespace();
    const alert = alertIn(namespace);
    await alertmanager.fire(
      alert('OfCritical', 'critical'),
      alert('OfWarning', 'warning'),
      alert('OfInfo', 'info'),
      alert('OfPage', 'page'),
      alert('OfNone', 'none'),
    );
    await notified({ namespace }, 3);
    await eventually('PagerDuty and mails', async () => {
      const mails = alertmanager.mail.mails.filter((mail) => /Of[A-Z]/.test(mail));
      const pages = alertmanager.listener.posts.filter(
        ({ path, body }) => path === '/pagerduty' && body.includes('Of'),
      );
      return (mails.length >= 3 && pages.length >= 1) || undefined;
    });

    const about = (texts: readonly string[]): string[] =>
      [
        ...new Set(texts.flatMap((text) => /\bOf(Critical|Warning|Info|Page|None)\b/.exec(text)?.[0] ?? [])),
      ].sort();
    const postedTo = (path: string): string[] =>
      about(alertmanager.listener.posts.filter((post) => post.path === `/${path}`).map(({ body }) => body));
    expect(postedTo('pagerduty')).toEqual(['OfCritical']);
    expect(postedTo('webhook')).toEqual(['OfCritical', 'OfPage', 'OfWarning']);
    expect(postedTo('slack')).toEqual(['OfCritical', 'OfPage', 'OfWarning']);
    expect(about(alertmanager.mail.mails)).toEqual(['OfCritical', 'OfPage', 'OfWarning']);
  });

  it('of helm test goes to the test alone, at once', async () => {
    const labels = { alertname: 'PerfTest', severity: 'none', test_id: '1' };
    await alertmanager.fire(labels);
    const [{ alerts }] = await eventually('the test alert', async () => {
      const all = alertmanager.listener.bodies<Notification>('test');
      return all.length > 0 ? all : undefined;
    });

    expect(alerts.map((alert) => has(alert, labels))).toEqual([true]);
    expect(alertmanager.notifications(labels)).toEqual([]);
  });
});

describe('a restart', () => {
  it('keeps silences, and what has been told', async () => {
    await using restarted = await RunningAlertmanager.start(QUICK);
    const alert = alertIn(newNamespace());
    const [silenced, known] = ['Silenced', 'Known'].map((name) => alert(name, 'critical', { event: name }));
    await restarted.silence(silenced);
    await restarted.fire(silenced, known);
    await eventually('the notification', async () => restarted.notifications(known)[0]);

    await restarted.restart();
    const fresh = alert('Fresh', 'critical', { event: 'Fresh' });
    await restarted.fire(silenced, known, fresh);
    await eventually('the notification', async () => restarted.notifications(fresh)[0]);
    await eventually('both to be judged', async () => {
      const alerts = await restarted.alerts({ service: 'trading' });
      return alerts.every(({ status }) => status.state !== 'unprocessed') || undefined;
    });

    expect((await restarted.alerts(silenced)).map(({ status }) => status.state)).toEqual(['suppressed']);
    expect(restarted.notifications(silenced)).toEqual([]);
    expect(restarted.notifications(known)).toHaveLength(1);
  });
});

describe("the dead man's switch", () => {
  it('is told once a minute that alerting works', async () => {
    const posts = await eventually(
      'the second Watchdog',
      async () => {
        const all = slow.listener.posts.filter(({ path }) => path === '/dead-mans-switch');
        return all.length >= 2 ? all : undefined;
      },
      90,
    );
    const seconds = posts.map(({ atMillis }) => (atMillis - watchdogAt) / 1e3);
    console.log(
      `told ${seconds.map((second) => second.toFixed(1)).join(' s and ')} s after the Watchdog fired`,
    );

    expect(seconds[0]).toBeLessThan(10);
    expect((seconds[1] ?? 0) - (seconds[0] ?? 0)).toBeGreaterThan(50);
    expect((seconds[1] ?? 0) - (seconds[0] ?? 0)).toBeLessThan(70);
    expect(slow.notifications({ alertname: 'Watchdog' })).toEqual([]);
  });
});
