import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Target } from '../../contract/fleet.ts';

/** Whom to ask first: who answered last time, who has not been asked yet, who gave no answer. */
export const ANSWERED = 0;
export const NEW = 1;
export const FAILED = 2;

/** A target, with its one connection, which is kept from round to round. */
export class PolledTarget {
  target: Target;
  standing: typeof ANSWERED | typeof NEW | typeof FAILED = NEW;
  /** The number of the round in which it was asked last. */
  askedIn = 0;
  readonly agent: HttpAgent;

  constructor(target: Target) {
    this.target = target;
    const options = { keepAlive: true, maxSockets: 1 };
    this.agent = target.url.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
  }
}
