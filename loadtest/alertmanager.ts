import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensure } from '../scripts/tools/install.ts';
import { eventually, Fatal, freePort, start } from './processes.ts';
import { type Notification, WebhookReceiver } from './webhook.ts';

export interface Alertmanager {
  readonly port: number;
  /** What the webhook has been told, in the order in which it was. */
  readonly notifications: readonly Notification[];
  stop(): Promise<void>;
}

/** A real one that tells a webhook in this process; as soon as may be, since what is measured is the way of an alert. */
export async function startAlertmanager({
  directory,
  name = 'alertmanager',
}: {
  /** Where its configuration, its log and, while it runs, its data are kept. */
  readonly directory: string;
  readonly name?: string;
}): Promise<Alertmanager> {
  const port = await freePort();
  const receiver = await WebhookReceiver.listen();
  const configuration = join(directory, `${name}.json`);
  const data = join(directory, `${name}-data`);
  writeFileSync(configuration, JSON.stringify(configurationOf(receiver.url), null, 1));
  const started = start(
    ensure('alertmanager'),
    [
      `--config.file=${configuration}`,
      `--storage.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { directory, name },
  );
  const stop = async (): Promise<void> => {
    await started.stop();
    await receiver.stop();
    rmSync(data, { recursive: true, force: true });
  };
  try {
    await eventually('Alertmanager to be ready', async () => {
      if (!started.isRunning)
        throw new Fatal(`Alertmanager ended by itself; see ${join(directory, `${name}.log`)}`);
      return (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok || undefined;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, notifications: receiver.notifications, stop };
}

function configurationOf(url: string): object {
  return {
    route: {
      receiver: 'webhook',
      // As the chart groups: one event's alerts of one severity.
      group_by: ['namespace', 'service', 'event', 'severity'],
      group_wait: '1s',
      group_interval: '5s',
      repeat_interval: '4h',
    },
    receivers: [{ name: 'webhook', webhook_configs: [{ url, send_resolved: true }] }],
  };
}
