import type { Statistics } from '../contract/statistics.ts';
import { backOffMillis, type Contact } from './contact.ts';

const INTERVAL_MILLIS = 1000;
const TIMEOUT_MILLIS = 4000;

export interface PollListener {
  onStatistics(stats: Statistics): void;
  onContact(contact: Contact): void;
}

/** Asks for the statistics each second: one request at a time, none while nobody looks, less often after failures. */
export class Poller {
  private readonly listener: PollListener;
  private contact: Contact;
  private failures = 0;
  private timer: number | undefined;
  private request: AbortController | undefined;

  constructor(listener: PollListener) {
    this.listener = listener;
    const waitingSince = performance.now();
    this.contact = { answeredAt: null, waitingSince, failure: null, nextTryAt: null, isPaused: false };
  }

  start(): void {
    document.addEventListener('visibilitychange', () => (document.hidden ? this.pause() : this.resume()));
    window.addEventListener('online', () => this.tryNow());
    if (document.hidden) this.pause();
    else this.tryNow();
  }

  /** Asks at once, unless a request is under way or the page is out of view. */
  tryNow(): void {
    if (this.request !== undefined || this.contact.isPaused) return;
    window.clearTimeout(this.timer);
    void this.poll();
  }

  private pause(): void {
    window.clearTimeout(this.timer);
    this.request?.abort();
    this.request = undefined;
    this.report({ isPaused: true, nextTryAt: null });
  }

  private resume(): void {
    this.failures = 0;
    this.report({ isPaused: false, failure: null, waitingSince: performance.now() });
    this.tryNow();
  }

  private async poll(): Promise<void> {
    const request = new AbortController();
    this.request = request;
    this.report({ nextTryAt: null });
    const startedAt = performance.now();
    const timeout = window.setTimeout(() => request.abort(), TIMEOUT_MILLIS);
    const outcome = await ask(request.signal);
    window.clearTimeout(timeout);
    if (this.request !== request) return;
    this.request = undefined;
    const now = performance.now();
    if (typeof outcome === 'string') {
      const wait = backOffMillis(this.failures++);
      this.schedule(wait);
      this.report({ failure: outcome, nextTryAt: now + wait });
      return;
    }
    this.failures = 0;
    this.schedule(Math.max(0, INTERVAL_MILLIS - (now - startedAt)));
    this.report({ failure: null, answeredAt: now, waitingSince: now });
    this.listener.onStatistics(outcome);
  }

  private schedule(waitMillis: number): void {
    this.timer = window.setTimeout(() => void this.poll(), waitMillis);
  }

  private report(change: Partial<Contact>): void {
    this.contact = { ...this.contact, ...change };
    this.listener.onContact(this.contact);
  }
}

/** The statistics, or why there are none. */
async function ask(signal: AbortSignal): Promise<Statistics | string> {
  try {
    const response = await fetch('stats.json', { signal, cache: 'no-store' });
    if (!response.ok) return `the service answers ${response.status} ${response.statusText}`.trimEnd();
    const body: unknown = await response.json();
    return isStatistics(body) ? body : 'the answer is no statistics';
  } catch (error) {
    if (signal.aborted) return `no answer within ${TIMEOUT_MILLIS / 1000} s`;
    return error instanceof SyntaxError ? 'the answer is no JSON' : 'the service cannot be reached';
  }
}

function isStatistics(body: unknown): body is Statistics {
  return typeof body === 'object' && body !== null && 'events' in body && Array.isArray(body.events);
}
