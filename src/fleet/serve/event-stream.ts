import type { IncomingMessage, ServerResponse } from 'node:http';

export const MOST_STREAM_CLIENTS = 64;
const MOST_BUFFERED_BYTES = 1024 * 1024;
/** How long a browser waits before it connects again. */
const RETRY_MILLIS = 2000;
const HEARTBEAT_MILLIS = 10_000;
const HEARTBEAT = ': still here\n\n';

/** Server-sent events: what is sent is rendered once for all clients, and not at all while there is none. */
export class EventStream {
  private readonly clients = new Set<ServerResponse>();
  private readonly headers: Readonly<Record<string, string>>;
  private readonly heartbeat: NodeJS.Timeout;
  /** The last event, for clients that come now. */
  private last: string | null = null;
  private isClosed = false;

  constructor(headers: Readonly<Record<string, string>>) {
    this.headers = { ...headers, 'content-type': 'text/event-stream; charset=utf-8' };
    // Proxies cut what is silent, and a client that is gone shows only when something is sent to it.
    this.heartbeat = setInterval(() => this.write(HEARTBEAT), HEARTBEAT_MILLIS);
    this.heartbeat.unref();
  }

  get size(): number {
    return this.clients.size;
  }

  get isFull(): boolean {
    return this.isClosed || this.clients.size >= MOST_STREAM_CLIENTS;
  }

  /** Answers with the stream, and its last event at once: `current` renders one if nobody was there to send it to. */
  add(request: IncomingMessage, response: ServerResponse, current: () => string | null): void {
    response.writeHead(200, this.headers);
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    response.socket?.setNoDelay(true);
    this.clients.add(response);
    response.on('close', () => this.clients.delete(response));
    this.last ??= current();
    response.write(`retry: ${RETRY_MILLIS}\n\n${this.last ?? ''}`);
  }

  /** Sends to all, who do not get the last event any more. */
  send(event: () => string): void {
    this.last = null;
    if (this.clients.size === 0) return;
    this.last = event();
    this.write(this.last);
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.heartbeat);
    for (const client of this.clients) client.end();
  }

  private write(text: string): void {
    const bytes = Buffer.from(text);
    for (const client of this.clients) {
      // What was sent before has not gone out by now: the client reads too slowly, or not at all.
      if (client.writableLength > MOST_BUFFERED_BYTES) client.destroy();
      else client.write(bytes);
    }
  }
}

/** One event, of one line of JSON. */
export function eventText(name: string, id: number, json: string): string {
  return `event: ${name}\nid: ${id}\ndata: ${json}\n\n`;
}
