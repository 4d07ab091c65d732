import { type ClientRequest, get as getHttp, type Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import type { SetAsideReason } from '../../contract/fleet.ts';
import { SNAPSHOT_CONTENT_TYPE } from '../../contract/snapshot.ts';

/** As much as 330 events with full digests take. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const HEADERS = { accept: SNAPSHOT_CONTENT_TYPE, 'accept-encoding': 'identity' };

export interface DigestRequestEvents {
  /** More of the body has come. */
  readonly onBytes: (length: number) => void;
  /** Exactly once, never from within the constructor: the body, or why there is none. */
  readonly onEnd: (answer: Uint8Array | SetAsideReason) => void;
}

/** Asks one process for its `/digest`, once. Follows no redirect, and unpacks nothing. It has no time limit: see `giveUp`. */
export class DigestRequest {
  /** Bytes of the body so far. */
  received = 0;
  private readonly url: string;
  private readonly agent: HttpAgent;
  private readonly events: DigestRequestEvents;
  private readonly chunks: Uint8Array[] = [];
  private request: ClientRequest;
  private hasEnded = false;

  /** `agent`: for the protocol of `url`. */
  constructor(url: string, agent: HttpAgent, events: DigestRequestEvents) {
    this.url = `${url}/digest`;
    this.agent = agent;
    this.events = events;
    this.request = this.ask(true);
  }

  /** Closes the connection. Nothing more is read. */
  giveUp(reason: SetAsideReason): void {
    if (this.end(reason)) this.request.destroy();
  }

  private ask(mayRepeat: boolean): ClientRequest {
    const get = this.url.startsWith('https:') ? getHttps : getHttp;
    const request = get(this.url, { agent: this.agent, headers: HEADERS });
    request.on('response', (response) => this.read(response));
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      this.end('http_status');
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // A kept connection that the other side closed just as it was used: no sign of trouble.
      const isStale = request.reusedSocket && error.code === 'ECONNRESET' && this.received === 0;
      if (isStale && mayRepeat && !this.hasEnded) this.request = this.ask(false);
      else this.end('unreachable');
    });
    return request;
  }

  private read(response: IncomingMessage): void {
    const refusal = refusalOf(response);
    if (refusal !== null) {
      this.giveUp(refusal);
      return;
    }
    response.on('data', (chunk: Uint8Array) => this.take(chunk));
    response.on('end', () => this.end(Buffer.concat(this.chunks)));
    // Also cut short: then there is an error, and no end.
    response.on('error', () => this.giveUp('unreachable'));
  }

  private take(chunk: Uint8Array): void {
    if (this.hasEnded) return;
    this.received += chunk.length;
    this.chunks.push(chunk);
    this.events.onBytes(chunk.length);
    if (this.received > MAX_BODY_BYTES) this.giveUp('too_large');
  }

  /** Whether it had not ended already. */
  private end(answer: Uint8Array | SetAsideReason): boolean {
    if (this.hasEnded) return false;
    this.hasEnded = true;
    this.chunks.length = 0;
    this.events.onEnd(answer);
    return true;
  }
}

function refusalOf({ statusCode, headers }: IncomingMessage): SetAsideReason | null {
  const { 'content-length': length, 'content-encoding': encoding = 'identity' } = headers;
  if (statusCode !== 200) return 'http_status';
  if (encoding !== 'identity') return 'not_a_snapshot';
  return Number(length) > MAX_BODY_BYTES ? 'too_large' : null;
}
