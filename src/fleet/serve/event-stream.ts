import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../contract/clock.ts';

export const MOST_STREAM_CLIENTS = 64;
/** A client with more on its way gets no further event until it has read all of that. */
const MOST_BUFFERED_BYTES = 1024 * 1024;
/** One that has not by then is cut. */
const MOST_BEHIND_MILLIS = 30_000;
/** How long a browser waits before it connects again. */
const RETRY_MILLIS = 2000;
const HEARTBEAT_MILLIS = 10_000;
const HEARTBEAT = ': still here\n\n';

/** Server-sent events: what is sent is rendered once for all clients, and not at all while there is none. */
export class EventStream {
  /** Since when each has been too far behind to be sent more; null while it is not. */
  private readonly clients = new Map<ServerResponse, number | null>();
  private readonly clock: Clock;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly heartbeat: NodeJS.Timeout;
  /** The last event, for clients that come now. */
  private last: string | null = null;
  private isClosed = false;

  /** `clock` in milliseconds, monotonic. */
  constructor(headers: Readonly<Record<string, string>>, clock: Clock) {
    this.clock = clock;
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
    this.clients.set(response, null);
    response.on('drain', () => this.catchUp(response));
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
    for (const client of this.clients.keys()) client.end();
  }

  private write(text: string): void {
    const bytes = Buffer.from(text);
    const now = this.clock();
    for (const [client, behindSince] of this.clients) {
      if (behindSince !== null) {
        if (now - behindSince > MOST_BEHIND_MILLIS) client.destroy();
      } else if (client.writableLength > MOST_BUFFERED_BYTES) this.clients.set(client, now);
      else client.write(bytes);
    }
  }

  /** The client has read all it was sent: of what it has missed, it gets the newest event. */
  private catchUp(client: ServerResponse): void {
    if ((this.clients.get(client) ?? null) === null || this.isClosed) return;
    this.clients.set(client, null);
    if (this.last !== null) client.write(this.last);
  }
}

/** One event, of one line of JSON. */
export function eventText(name: string, id: number, json: string): string {
  return `event: ${name}\nid: ${id}\ndata: ${json}\n\n`;
}
