import { EventID, measureAsync, measureSync } from '../index.ts';
import type { Faults } from './faults.ts';

export type Handler<E> = (event: E) => void | Promise<void>;
export type OnError = (error: unknown, topic: string) => void;

/**
 * A typed in-process event bus. Every subscriber has a mailbox: it gets the events of its topic in the order published,
 * one at a time, never within the publisher's call. What a handler throws goes to `onError` and stops nothing.
 *
 * Handlers are meant to be short, as the 1 ms target of `event_bus_handle` says: long work belongs in a queue.
 */
export class EventBus<Topics extends object> {
  readonly #mailboxes = new Map<keyof Topics, Mailbox[]>();
  readonly #onError: OnError;
  readonly #faults: Faults;

  constructor(faults: Faults, onError: OnError) {
    this.#faults = faults;
    this.#onError = onError;
  }

  subscribe<Topic extends keyof Topics & string>(topic: Topic, handler: Handler<Topics[Topic]>): void {
    const handle = measureAsync(EventID.EVENT_BUS_HANDLE)(async (event: unknown): Promise<void> => {
      await this.#faults.wait('event_bus_handle');
      await handler(event as Topics[Topic]);
    });
    const mailbox = new Mailbox(handle, (error) => this.#onError(error, topic));
    this.#mailboxes.set(topic, [...(this.#mailboxes.get(topic) ?? []), mailbox]);
  }

  /** Hands the event to every subscriber. The promise never rejects: it resolves when all handlers are done with it. */
  publish<Topic extends keyof Topics & string>(topic: Topic, event: Topics[Topic]): Promise<void> {
    return this.deliver(this.#mailboxes.get(topic) ?? [], event);
  }

  @measureSync(EventID.EVENT_BUS_PUBLISH)
  protected deliver(mailboxes: readonly Mailbox[], event: unknown): Promise<void> {
    this.#faults.burn('event_bus_publish', () => JSON.stringify(event));
    return Promise.all(mailboxes.map((mailbox) => mailbox.put(event))).then(ignore);
  }

  /** Events handed over whose handlers are not done yet. */
  get depth(): number {
    let depth = 0;
    for (const mailboxes of this.#mailboxes.values()) for (const mailbox of mailboxes) depth += mailbox.depth;
    return depth;
  }
}

class Mailbox {
  depth = 0;
  readonly #handle: (event: unknown) => Promise<void>;
  readonly #onError: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();

  constructor(handle: (event: unknown) => Promise<void>, onError: (error: unknown) => void) {
    this.#handle = handle;
    this.#onError = onError;
  }

  put(event: unknown): Promise<void> {
    this.depth++;
    this.#last = this.#last.then(() => this.#take(event));
    return this.#last;
  }

  async #take(event: unknown): Promise<void> {
    try {
      await this.#handle(event);
    } catch (error) {
      this.#onError(error);
    } finally {
      this.depth--;
    }
  }
}

function ignore(): void {}
