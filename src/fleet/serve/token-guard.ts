import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../contract/clock.ts';

export type Verdict = 'right' | 'wrong' | 'too_many';

const BEARER = /^Bearer +([\x21-\x7e]{1,1024})$/i;
const MOST_FAILURES = 20;
const WINDOW_MILLIS = 10_000;
/** Addresses that are counted one by one; those beyond share a count. */
const MOST_ADDRESSES = 1024;
const OTHERS = 'others';

interface Failures {
  readonly since: number;
  count: number;
}

/**
 * Tells whether a request carries the token. An address that has sent 20 wrong ones is not listened to until 10 s after
 * the first of them, whatever it sends: guessing is slow, and cannot shut out those who ask from elsewhere.
 */
export class TokenGuard {
  private readonly expected: Buffer;
  private readonly clock: Clock;
  private readonly failures = new Map<string, Failures>();

  constructor(token: string, clock: Clock) {
    this.expected = sha256(token);
    this.clock = clock;
  }

  check(authorization: string | undefined, address: string): Verdict {
    const now = this.clock();
    const failures = this.failuresOf(address, now);
    if (failures.count >= MOST_FAILURES) return 'too_many';
    const token = BEARER.exec(authorization ?? '')?.[1];
    // Of equal length whatever was sent: neither the bytes nor the length of the token show in the time this takes.
    if (token !== undefined && timingSafeEqual(sha256(token), this.expected)) return 'right';
    failures.count++;
    return 'wrong';
  }

  private failuresOf(address: string, now: number): Failures {
    for (const [key, { since }] of this.failures) {
      // In the order in which they began.
      if (now - since < WINDOW_MILLIS) break;
      this.failures.delete(key);
    }
    const key = this.failures.has(address) || this.failures.size < MOST_ADDRESSES ? address : OTHERS;
    const known = this.failures.get(key);
    if (known !== undefined) return known;
    const fresh = { since: now, count: 0 };
    this.failures.set(key, fresh);
    return fresh;
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
