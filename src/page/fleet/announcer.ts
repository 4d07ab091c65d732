import { byId, setText } from '../dom.ts';

/** A 1 s window may break and recover each second; nobody wants to hear that. */
const QUIET_MILLIS = 10_000;

/** Reads the verdict to those who do not see it, when it has changed, but not each second. */
export class Announcer {
  private readonly region = byId('announcement');
  private saidAt = Number.NEGATIVE_INFINITY;

  /** Called each second. */
  say(sentence: string): void {
    const now = performance.now();
    if (this.region.textContent === sentence || now - this.saidAt < QUIET_MILLIS) return;
    this.saidAt = now;
    setText(this.region, sentence);
  }
}
