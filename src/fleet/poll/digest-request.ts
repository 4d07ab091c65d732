import { type ClientRequest, get as getHttp, type Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import type { SetAsideReason } from '../../contract/fleet.ts';
import { SNAPSHOT_CONTENT_TYPE } from '../../contract/snapshot.ts';

/** As much as 330 events with full digests take. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Of a body in chunks of a few bytes, their framing is most of what comes. */
const MAX_WIRE_BYTES = MAX_BODY_BYTES + 1024 * 1024;
/** A body of the greatest length comes in a tenth of that over the slowest of networks. */
const MAX_CHUNKS = 65_536;
/** Informational answers (1xx) before the one that counts. */
const MAX_HINTS = 10;
/** What is read into at first: more than most bodies take. It doubles, whatever length is announced. */
const FIRST_BUFFER_BYTES = 256 * 1024;
const HEADERS = { accept: SNAPSHOT_CONTENT_TYPE, 'accept-encoding': 'identity' };

const EMPTY = Buffer.alloc(0);

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
  /** What has come, in its first `received` bytes: chunks kept one by one would take a hundred times their length. */
  private body: Buffer = EMPTY;
  private chunks = 0;
  private hints = 0;
  /** Of the connection, before the request. */
  private wireBytesBefore = 0;
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
    request.on('socket', ({ bytesRead }) => {
      this.wireBytesBefore = bytesRead;
    });
    request.on('information', () => {
      if (++this.hints > MAX_HINTS) this.giveUp('unreachable');
    });
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
    const { socket } = response;
    this.body = Buffer.allocUnsafe(firstBytes(response));
    response.on('data', (chunk: Uint8Array) => {
      this.take(chunk);
      if (socket.bytesRead - this.wireBytesBefore > MAX_WIRE_BYTES) this.giveUp('too_large');
    });
    response.on('end', () => this.end(this.body.subarray(0, this.received)));
    // Also cut short: then there is an error, and no end.
    response.on('error', () => this.giveUp('unreachable'));
  }

  private take(chunk: Uint8Array): void {
    if (this.hasEnded) return;
    const length = this.received + chunk.length;
    if (length > MAX_BODY_BYTES || ++this.chunks > MAX_CHUNKS) {
      this.giveUp('too_large');
      return;
    }
    if (length > this.body.length) this.grow(length);
    this.body.set(chunk, this.received);
    this.received = length;
    this.events.onBytes(chunk.length);
  }

  private grow(length: number): void {
    const larger = Buffer.allocUnsafe(Math.min(MAX_BODY_BYTES, Math.max(length, 2 * this.body.length)));
    larger.set(this.body.subarray(0, this.received));
    this.body = larger;
  }

  /** Whether it had not ended already. */
  private end(answer: Uint8Array | SetAsideReason): boolean {
    if (this.hasEnded) return false;
    this.hasEnded = true;
    this.body = EMPTY;
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

/** No more than announced, and no more than there is reason to believe. */
function firstBytes({ headers }: IncomingMessage): number {
  return Math.min(FIRST_BUFFER_BYTES, Number(headers['content-length'] ?? FIRST_BUFFER_BYTES));
}
