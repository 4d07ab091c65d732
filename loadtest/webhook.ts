import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** That an alert fires, or is over, as somebody on call is told. */
export interface Notification {
  /** When it was received, in milliseconds since 1970. */
  readonly at: number;
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
}

/** Takes what Alertmanager posts to a webhook. */
export class WebhookReceiver {
  /** In the order in which they came. */
  readonly notifications: Notification[] = [];
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      this.take(request, response).catch((error: Error) => response.writeHead(400).end(error.message));
    });
  }

  static async listen(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = Date.now();
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { alerts } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
      alerts: Omit<Notification, 'at'>[];
    };
    for (const { status, labels } of alerts) this.notifications.push({ at, status, labels });
    response.writeHead(200).end();
  }
}
