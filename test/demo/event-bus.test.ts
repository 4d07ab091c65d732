import { describe, expect, it } from 'vitest';
import { EventBus } from '../../src/demo/event-bus.ts';
import { Faults } from '../../src/demo/faults.ts';

interface Letters {
  letter: { readonly name: string };
  other: { readonly name: string };
}

function newBus() {
  const errors: { error: unknown; topic: string }[] = [];
  const bus = new EventBus<Letters>(new Faults(), (error, topic) => errors.push({ error, topic }));
  return { bus, errors };
}

describe('EventBus', () => {
  it('gives each subscriber the events of its topic in the order published, one at a time', async () => {
    const { bus } = newBus();
    const seen: string[] = [];
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    bus.subscribe('letter', async ({ name }) => {
      seen.push(`begin ${name}`);
      await gates[name === 'a' ? 0 : 1]?.promise;
      seen.push(`end ${name}`);
    });
    const a = bus.publish('letter', { name: 'a' });
    const b = bus.publish('letter', { name: 'b' });
    await bus.publish('other', { name: 'unheard' });
    gates[1]?.resolve();
    gates[0]?.resolve();
    await Promise.all([a, b]);
    expect(seen).toEqual(['begin a', 'end a', 'begin b', 'end b']);
  });

  it('never runs a handler within the call of publish', async () => {
    const { bus } = newBus();
    let isHandled = false;
    bus.subscribe('letter', () => {
      isHandled = true;
    });
    const done = bus.publish('letter', { name: 'a' });
    expect(isHandled).toBe(false);
    expect(bus.depth).toBe(1);
    await done;
    expect(isHandled).toBe(true);
    expect(bus.depth).toBe(0);
  });

  it('reports what a handler throws and goes on, for it and for the others', async () => {
    const { bus, errors } = newBus();
    const seen: string[] = [];
    bus.subscribe('letter', ({ name }) => {
      if (name === 'a') throw new Error('thrown');
      seen.push(`first ${name}`);
    });
    bus.subscribe('letter', async ({ name }) => {
      if (name === 'a') throw new Error('rejected');
      seen.push(`second ${name}`);
    });
    await Promise.all([bus.publish('letter', { name: 'a' }), bus.publish('letter', { name: 'b' })]);
    expect(errors.map(({ error, topic }) => `${topic}: ${(error as Error).message}`).sort()).toEqual([
      'letter: rejected',
      'letter: thrown',
    ]);
    expect(seen.sort()).toEqual(['first b', 'second b']);
    expect(bus.depth).toBe(0);
  });

  it('does not let a slow subscriber hold up another', async () => {
    const { bus } = newBus();
    const gate = Promise.withResolvers<void>();
    const quick = Promise.withResolvers<void>();
    bus.subscribe('letter', () => gate.promise);
    bus.subscribe('letter', () => quick.resolve());
    const done = bus.publish('letter', { name: 'a' });
    await quick.promise;
    expect(bus.depth).toBeGreaterThan(0);
    gate.resolve();
    await done;
    expect(bus.depth).toBe(0);
  });
});
