import type { SetAsideReason } from '../../contract/fleet.ts';
import { DigestRequest } from './digest-request.ts';
import { ANSWERED, FAILED, type PolledTarget } from './polled-target.ts';

/** A round ends by then, so that what was gathered is merged within its second. */
const ROUND_MILLIS = 900;
/** From the beginning of a request to the last byte of its answer. */
const REQUEST_MILLIS = 800;
/** Requests begun and not answered, as long as they are quick... */
const SLOTS = 64;
/** ...for one that takes longer than this no longer keeps others from being asked... */
const SLOT_MILLIS = 100;
/** ...and requests under way in all. */
const MAX_REQUESTS = 512;
/** Of all bodies under way. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

export type Answered = (polled: PolledTarget, answer: Uint8Array | SetAsideReason) => void;

/** Asks each target once. Calls `answered` once for each. */
export class Round {
  private readonly queue: readonly PolledTarget[];
  private readonly number: number;
  private readonly answered: Answered;
  private readonly underWay = new Map<PolledTarget, DigestRequest>();
  private next = 0;
  private slots = SLOTS;
  private held = 0;
  private isOver = false;
  private resolve: () => void = () => {};

  /** `queue`: in the order in which they are asked. */
  constructor(queue: readonly PolledTarget[], number: number, answered: Answered) {
    this.queue = queue;
    this.number = number;
    this.answered = answered;
  }

  /** Resolves after the last answer, or when the time is up. */
  async run(): Promise<void> {
    const timer = setTimeout(() => this.end(), ROUND_MILLIS);
    await new Promise<void>((resolve) => {
      this.resolve = resolve;
      this.goOn();
    });
    clearTimeout(timer);
  }

  private goOn(): void {
    while (this.next < this.queue.length && this.slots > 0 && this.underWay.size < MAX_REQUESTS) {
      const polled = this.queue[this.next++];
      if (polled !== undefined) this.ask(polled);
    }
    if (this.next === this.queue.length && this.underWay.size === 0) this.resolve();
  }

  private ask(polled: PolledTarget): void {
    let hasSlot = true;
    const freeSlot = (): void => {
      if (hasSlot) this.slots += 1;
      hasSlot = false;
    };
    const slotTimer = setTimeout(() => {
      freeSlot();
      this.goOn();
    }, SLOT_MILLIS);
    const timer = setTimeout(() => request.giveUp('timeout'), REQUEST_MILLIS);
    const request = new DigestRequest(polled.target.url, polled.agent, {
      onBytes: (length) => this.hold(length),
      onEnd: (answer) => {
        clearTimeout(slotTimer);
        clearTimeout(timer);
        freeSlot();
        this.held -= request.received;
        this.finish(polled, answer);
      },
    });
    this.slots -= 1;
    this.underWay.set(polled, request);
    polled.askedIn = this.number;
  }

  /** Many large bodies at once must not take the memory of all: the largest goes. */
  private hold(length: number): void {
    this.held += length;
    if (this.held <= MAX_HELD_BYTES) return;
    const requests = [...this.underWay.values()];
    requests.reduce((a, b) => (b.received > a.received ? b : a)).giveUp('too_large');
  }

  private finish(polled: PolledTarget, answer: Uint8Array | SetAsideReason): void {
    this.underWay.delete(polled);
    polled.standing = typeof answer === 'string' ? FAILED : ANSWERED;
    this.answered(polled, answer);
    if (!this.isOver) this.goOn();
  }

  private end(): void {
    this.isOver = true;
    for (const request of this.underWay.values()) request.giveUp('timeout');
    for (const polled of this.queue.slice(this.next)) this.answered(polled, 'timeout');
    this.resolve();
  }
}
