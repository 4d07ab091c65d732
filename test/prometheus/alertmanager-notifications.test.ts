import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/programs.ts';
import { type Alert, type Labels, RunningAlertmanager } from './running-alertmanager.ts';

let alertmanager: RunningAlertmanager;

beforeAll(async () => {
  alertmanager = await RunningAlertmanager.start({ groupWait: '1s', groupInterval: '1s' });
});

afterAll(async () => {
  await alertmanager?.[Symbol.asyncDispose]();
});

const SHARED = { alertname: 'PerfSlaBroken', severity: 'critical', namespace: 'shop', service: 'trading' };
const RUNBOOK = 'https://example.com/docs/runbooks/PerfSlaBroken.md';

function slow(event: string, instance: string): Alert {
  return {
    labels: { ...SHARED, event, instance },
    annotations: {
      summary: `${event} of ${instance} breaks its SLA: P99 is 80 ms > 50 ms`,
      description: 'Open "Where does the time go?" & look for <major> collections in the same minute.',
      runbook_url: RUNBOOK,
    },
  };
}

interface SlackMessage {
  readonly channel?: string;
  readonly attachments: readonly {
    readonly title: string;
    readonly title_link: string;
    readonly text: string;
    readonly fallback: string;
    readonly color: string;
  }[];
}

interface PagerDutyEvent {
  readonly event_action: string;
  readonly routing_key: string;
  readonly links?: readonly { readonly href: string; readonly text: string }[];
  readonly payload: {
    readonly summary: string;
    readonly source: string;
    readonly severity: string;
    readonly custom_details: {
      readonly firing: readonly Labels[];
      readonly resolved: readonly Labels[];
      readonly num_firing: unknown;
    };
  };
}

/** Of all that was sent to a path, what speaks of an event; the first `skip` are left out. */
async function sent<T>(path: string, event: string, skip = 0): Promise<T> {
  return await eventually(
    `${path} to be told of ${event}`,
    async () =>
      alertmanager.listener.bodies<T>(path).filter((body) => JSON.stringify(body).includes(event))[skip],
    20,
  );
}

async function slackAttachment(event: string, skip = 0): Promise<SlackMessage['attachments'][0]> {
  const { attachments } = await sent<SlackMessage>('slack', event, skip);
  return attachments[0] as SlackMessage['attachments'][0];
}

interface Mail {
  readonly subject: string;
  readonly text: string;
}

async function mailAbout(event: string, skip = 0): Promise<Mail> {
  const mail = await eventually(
    `a mail about ${event}`,
    async () => alertmanager.mail.mails.map(readMail).filter(({ subject }) => subject.includes(event))[skip],
    20,
  );
  return mail;
}

/** Undoes quoted-printable, and base64 or quoted-printable words of the subject. */
function readMail(mail: string): Mail {
  const [, subject = ''] = /^Subject: (.*(?:\r\n[ \t].*)*)/m.exec(mail) ?? [];
  const words = subject
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?q\?(.*?)\?=/gi, (_word, text: string) => unquote(text.replaceAll('_', ' ')));
  const [, text = ''] = /Content-Type: text\/plain[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(mail) ?? [];
  return { subject: words, text: unquote(text.replace(/=\r\n/g, '')) };
}

function unquote(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/g, (_code, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

describe('a message in Slack', () => {
  it('names alert, event, service and instances, says what is wrong and links to the runbook', async () => {
    const event = 'order_execution';
    await alertmanager.fire(slow(event, 'trader-1'), slow(event, 'trader-2'));
    const message = await slackAttachment(event);
    console.log(`${message.title}\n${message.text}`);

    expect(message).toMatchObject({
      title: '[CRITICAL ×2] PerfSlaBroken · order_execution · trading · trader-1, trader-2',
      color: 'danger',
    });
    expect(message.title_link).toMatch(/^https:\/\/alerts\.example\.com\/#\/alerts/);
    expect(message.text.split('\n').slice(0, 2)).toEqual([
      '*order_execution of trader-1 breaks its SLA: P99 is 80 ms &gt; 50 ms*',
      'Open "Where does the time go?" &amp; look for &lt;major&gt; collections in the same minute.',
    ]);
    expect(message.text).toContain('*order_execution of trader-2 breaks');
    expect(message.text).toContain(`<${RUNBOOK}|Runbook>`);
  });

  it('says what is over, and for how long it lasted', async () => {
    const event = 'signal_generation';
    const alerts = [slow(event, 'trader-1'), slow(event, 'trader-2')] as const;
    await alertmanager.fire(...alerts);
    await slackAttachment(event);
    await alertmanager.resolve(alerts[0].labels);
    const half = await slackAttachment(event, 1);
    console.log(`${half.title}\n${half.text}`);
    expect(half.title).toBe('[CRITICAL] PerfSlaBroken · signal_generation · trading · trader-2');
    expect(half.text).toMatch(
      /^\*signal_generation of trader-2[\s\S]*Over: PerfSlaBroken[^\n]*trader-1, after \d+/,
    );

    await alertmanager.resolve(alerts[1].labels);
    const over = await slackAttachment(event, 2);
    console.log(`${over.title}\n${over.text}`);
    expect(over).toMatchObject({
      title: '[RESOLVED] PerfSlaBroken · signal_generation · trading · trader-2',
      color: 'good',
    });
    expect(over.text).toMatch(/^Over: PerfSlaBroken · signal_generation · trading · trader-2, after \d+/);
  });

  it('counts the alerts that there is no room for, and links to them', async () => {
    const event = 'event_bus_publish';
    await alertmanager.fire(...Array.from({ length: 25 }, (_, i) => slow(event, `trader-${i + 10}`)));
    const { title, text } = await slackAttachment(event);
    console.log(`${title}\n${text}`);

    expect(title).toBe(
      '[CRITICAL ×25] PerfSlaBroken · event_bus_publish · trading · trader-10, trader-11, trader-12 and 22 more',
    );
    expect(text.match(/breaks its SLA/g)).toHaveLength(20);
    expect(text).toContain('and 5 more: <https://alerts.example.com|all of them>');
    expect(text.length).toBeLessThan(4000);
  });

  it('of an alert that explains nothing names it', async () => {
    await alertmanager.fire({ alertname: 'OfSomebodyElse', namespace: 'bare' });
    const { title, text, color } = await slackAttachment('OfSomebodyElse');

    expect(title).toBe('[FIRING] OfSomebodyElse');
    expect(text).toMatch(/^\*OfSomebodyElse\*\nsince /);
    expect(color).toBe('warning');
  });
});

describe('an incident in PagerDuty', () => {
  it('is one of the event, with each alert, and ends with the last', async () => {
    const event = 'candle_processing';
    const alerts = [slow(event, 'trader-1'), slow(event, 'trader-2')] as const;
    await alertmanager.fire(...alerts);
    const incident = await sent<PagerDutyEvent>('pagerduty', event);
    console.log(JSON.stringify(incident, null, 1));

    expect(incident).toMatchObject({
      event_action: 'trigger',
      routing_key: 'a-routing-key',
      links: [{ href: RUNBOOK, text: 'Runbook' }],
      payload: {
        summary: '[CRITICAL ×2] PerfSlaBroken · candle_processing · trading · trader-1, trader-2',
        source: 'trading',
        severity: 'critical',
        component: 'trading',
        group: 'shop',
        class: event,
      },
    });
    expect(incident.payload.custom_details).toMatchObject({
      firing: [
        { alert: 'PerfSlaBroken', instance: 'trader-1', runbook: RUNBOOK },
        { alert: 'PerfSlaBroken', instance: 'trader-2', summary: alerts[1].annotations.summary },
      ],
      num_firing: 2,
    });

    await alertmanager.resolve(...alerts.map(({ labels }) => labels));
    const end = await sent<PagerDutyEvent>('pagerduty', event, 1);
    expect(end).toMatchObject({
      event_action: 'resolve',
      payload: { custom_details: { firing: [] } },
    });
  });
});

describe('an e-mail', () => {
  it('holds every alert with what to do, as plain text', async () => {
    const event = 'event_bus_handle';
    await alertmanager.fire(...Array.from({ length: 25 }, (_, i) => slow(event, `trader-${i + 10}`)));
    const { subject, text } = await mailAbout(event);
    console.log(`${subject}\n${text.slice(0, 600)}`);

    expect(subject).toBe(
      '[CRITICAL ×25] PerfSlaBroken · event_bus_handle · trading · trader-10, trader-11, trader-12 and 22 more',
    );
    expect(text.match(/breaks its SLA: P99 is 80 ms > 50 ms/g)).toHaveLength(25);
    expect(text).toContain('Open "Where does the time go?" & look for <major> collections');
    expect(text).toContain(`Runbook: ${RUNBOOK}`);
    expect(text).toContain('Alertmanager: https://alerts.example.com');
  });
});
