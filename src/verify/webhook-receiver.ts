import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { monotonicMillis } from '../contract/clock.ts';

const MAX_BODY_BYTES = 1_048_576;
const MAX_CONNECTIONS = 20;
const REQUEST_MILLIS = 5000;

interface Alert {
  readonly status?: unknown;
  readonly labels?: Readonly<Record<string, unknown>>;
}

/** Takes what an Alertmanager posts to a webhook, on any path, and remembers which firing alerts came and when. */
export class WebhookReceiver {
  private readonly label: string;
  private readonly server: Server;
  private readonly arrivals = new Map<string, number>();

  private constructor(label: string) {
    this.label = label;
    this.server = createServer({ requestTimeout: REQUEST_MILLIS }, (request, response) => {
      this.take(request, response).catch(() => request.destroy());
    });
    this.server.maxConnections = MAX_CONNECTIONS;
  }

  /**
   * @param label of the alerts that tells them apart.
   * @throws the server's error when the address is taken or not of this machine.
   */
  static async listen(host: string, port: number, label: string): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(label);
    receiver.server.listen(port, host);
    await once(receiver.server, 'listening');
    return receiver;
  }

  /** `host:port`, where it does listen. */
  get address(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') return 'nowhere';
    return address.family === 'IPv6'
      ? `[${address.address}]:${address.port}`
      : `${address.address}:${address.port}`;
  }

  /** When an alert with this value of the label came first, on the monotonic clock; undefined before. */
  arrivedAt(value: string): number | undefined {
    return this.arrivals.get(value);
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refuse = (status: number): void => {
      // What has not been read of the body would hold up the next request.
      response.writeHead(status, { connection: 'close' }).end();
    };
    if (request.method !== 'POST') return refuse(405);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) return refuse(413);
      chunks.push(chunk);
    }
    const alerts = alertsOf(Buffer.concat(chunks).toString('utf8'));
    if (alerts === null) return refuse(400);
    for (const { status, labels } of alerts) {
      const value = labels?.[this.label];
      if (status === 'firing' && typeof value === 'string' && !this.arrivals.has(value))
        this.arrivals.set(value, monotonicMillis());
    }
    response.writeHead(200).end();
  }
}

function alertsOf(text: string): Alert[] | null {
  try {
    const { alerts } = JSON.parse(text) as { alerts?: unknown };
    return Array.isArray(alerts) ? alerts.map(Object) : null;
  } catch {
    return null;
  }
}
