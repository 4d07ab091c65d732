import { backOffMillis, type Contact } from '../contact.ts';
import { type FleetNews, isFleetNews } from './news.ts';

/** News come once a second: a stream that is silent for longer has died without a word. */
const LONGEST_SILENCE_MILLIS = 10_000;

export interface StreamListener {
  /** Of a new stream: what was missed before it stands in the history. */
  onOpen(): void;
  onNews(news: FleetNews): void;
  onContact(contact: Contact): void;
}

/**
 * The service's events, while somebody looks. EventSource connects again by itself only after some failures, and does not
 * say when: each failure ends the stream here, and a new one follows after a wait that is told.
 */
export class NewsStream {
  private readonly listener: StreamListener;
  private contact: Contact;
  private source: EventSource | undefined;
  private failures = 0;
  private retry: number | undefined;
  private silence: number | undefined;

  constructor(listener: StreamListener) {
    this.listener = listener;
    const waitingSince = performance.now();
    this.contact = { answeredAt: null, waitingSince, failure: null, nextTryAt: null, isPaused: false };
  }

  start(): void {
    document.addEventListener('visibilitychange', () => (document.hidden ? this.pause() : this.resume()));
    window.addEventListener('online', () => this.tryNow());
    // Left in place, the stream of a page that the browser keeps for its back button would stay open.
    window.addEventListener('pagehide', () => this.pause());
    window.addEventListener('pageshow', ({ persisted }) => persisted && this.resume());
    if (document.hidden) this.pause();
    else this.tryNow();
  }

  /** Connects at once, unless a stream is open or the page is out of view. */
  tryNow(): void {
    if (this.source === undefined && !this.contact.isPaused) this.open();
  }

  private open(): void {
    window.clearTimeout(this.retry);
    const source = new EventSource('events');
    this.source = source;
    this.report({ nextTryAt: null });
    this.expectNews();
    source.addEventListener('open', () => this.listener.onOpen());
    source.addEventListener('fleet', ({ data }) => this.receive(String(data)));
    source.addEventListener('error', () => {
      this.fail(this.contact.failure === null ? 'the stream was cut' : 'the service cannot be reached');
    });
  }

  private receive(data: string): void {
    const news = parse(data);
    if (!isFleetNews(news)) {
      this.fail('what the service sends is no statistics of a fleet');
      return;
    }
    this.failures = 0;
    this.expectNews();
    const now = performance.now();
    this.report({ failure: null, answeredAt: now, waitingSince: now });
    this.listener.onNews(news);
  }

  private expectNews(): void {
    window.clearTimeout(this.silence);
    const seconds = LONGEST_SILENCE_MILLIS / 1000;
    this.silence = window.setTimeout(() => this.fail(`no news for ${seconds} s`), LONGEST_SILENCE_MILLIS);
  }

  private fail(failure: string): void {
    this.close();
    const wait = backOffMillis(this.failures++);
    this.retry = window.setTimeout(() => this.tryNow(), wait);
    this.report({ failure, nextTryAt: performance.now() + wait });
  }

  private close(): void {
    window.clearTimeout(this.retry);
    window.clearTimeout(this.silence);
    this.source?.close();
    this.source = undefined;
  }

  private pause(): void {
    this.close();
    this.report({ isPaused: true, nextTryAt: null });
  }

  private resume(): void {
    this.failures = 0;
    this.report({ isPaused: false, failure: null, waitingSince: performance.now() });
    this.tryNow();
  }

  private report(change: Partial<Contact>): void {
    this.contact = { ...this.contact, ...change };
    this.listener.onContact(this.contact);
  }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
