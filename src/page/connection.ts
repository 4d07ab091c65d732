import type { Contact } from './contact.ts';
import { byId, setAttribute, setText } from './dom.ts';
import { span } from './format.ts';

/** A service that is silent for longer is reported. */
const SILENCE_SECONDS = 3;

export type ConnectionState = 'waiting' | 'live' | 'frozen' | 'silent';

/** Says how fresh the figures are; unmistakably so when they are not. Never moves what is on the page. */
export class ConnectionView {
  private readonly badge = byId('contact');
  private readonly notice = byId('notice');
  private readonly alert = byId('notice-alert');
  private readonly age = byId('notice-age');
  private readonly detail = byId('notice-detail');
  private contact: Contact | undefined;
  private figuresAt: number | null = null;
  private changedAt = 0;

  constructor(tryNow: () => void) {
    byId('notice-retry').addEventListener('click', tryNow);
  }

  setContact(contact: Contact): void {
    this.contact = contact;
  }

  /** `at` is the time that the service gives its figures. */
  setFigures(at: number): void {
    if (at !== this.figuresAt) this.changedAt = performance.now();
    this.figuresAt = at;
  }

  /** Called each second and on every news. */
  render(): ConnectionState {
    const now = performance.now();
    const state = this.state(now);
    setAttribute(document.body, 'data-connection', state);
    setAttribute(this.badge, 'data-state', state);
    setText(this.badge, this.badgeText(state, now));
    const isTrouble = state === 'silent' || state === 'frozen';
    if (isTrouble) {
      setText(this.alert, state === 'frozen' ? 'No new figures' : 'No answer');
      setText(this.age, `since ${span((now - this.lastNewsAt(state, now)) / 1000)}:`);
      setText(this.detail, this.detailText(state, now));
    }
    if (this.notice.hidden === isTrouble) this.notice.hidden = !isTrouble;
    if (!isTrouble) setText(this.alert, '');
    return state;
  }

  private state(now: number): ConnectionState {
    if (this.contact === undefined || this.contact.isPaused) return 'waiting';
    if (now - this.contact.waitingSince >= SILENCE_SECONDS * 1000) return 'silent';
    if (this.contact.answeredAt === null) return 'waiting';
    const isFrozen = now - Math.max(this.changedAt, this.resumedAt()) >= 2 * SILENCE_SECONDS * 1000;
    return isFrozen ? 'frozen' : 'live';
  }

  private resumedAt(): number {
    const { answeredAt, waitingSince } = this.contact ?? { answeredAt: null, waitingSince: 0 };
    return answeredAt !== null && waitingSince > answeredAt ? waitingSince : 0;
  }

  private badgeText(state: ConnectionState, now: number): string {
    if (state === 'waiting') return this.contact?.isPaused ? 'paused' : 'connecting';
    const since = state === 'frozen' ? this.changedAt : (this.contact?.answeredAt ?? null);
    if (since === null) return 'no answer yet';
    const seconds = Math.floor((now - since) / 1000);
    return seconds < 2 ? 'updated just now' : `updated ${span(seconds)} ago`;
  }

  private lastNewsAt(state: ConnectionState, now: number): number {
    if (state === 'frozen') return this.changedAt;
    return this.contact?.answeredAt ?? this.contact?.waitingSince ?? now;
  }

  private detailText(state: ConnectionState, now: number): string {
    if (state === 'frozen')
      return 'the service answers, but does not aggregate; showing the last known figures.';
    const { failure = null, nextTryAt = null, answeredAt = null } = this.contact ?? {};
    const shown = answeredAt === null ? 'there are no figures yet' : 'showing the last known figures';
    const reason = failure === null ? '' : ` (${failure})`;
    const next = nextTryAt === null ? 'trying now' : `next try in ${span((nextTryAt - now) / 1000 + 0.99)}`;
    return `${shown}${reason}; ${next}.`;
  }
}
