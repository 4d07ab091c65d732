import type { EventBus } from './event-bus.ts';
import type { Topics } from './topics.ts';

/** Counts what passes on the bus. */
export class Journal {
  signals = 0;
  orders = 0;
  fills = 0;
  rejects = 0;
  errors = 0;

  constructor(bus: EventBus<Topics>) {
    bus.subscribe('signal', () => {
      this.signals++;
    });
    bus.subscribe('fill', () => {
      this.fills++;
    });
    bus.subscribe('order', ({ status }) => {
      this.orders++;
      if (status === 'rejected') this.rejects++;
    });
  }
}
