import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineEvents } from '../../src/contract/events.ts';
import { StateBuffer } from '../../src/state/state-buffer.ts';

const EVENTS = defineEvents();
const IDS = EVENTS.specs.map(({ id }) => id);

/** The first slot of the process and of each event: enough to tell commits apart where whole slots are filled. */
function marks(state: StateBuffer): number[] {
  return state.read(({ process, events }) => [process[0], ...events.map(({ slots }) => slots[0])]);
}

describe('StateBuffer', () => {
  it('shows what was committed, and nothing of what is being written', () => {
    const state = new StateBuffer(EVENTS);
    const bank = state.begin();
    bank.process[0] = 7;
    bank.events[1].slots.fill(8);
    state.touch(1);
    expect(marks(state)).toEqual([0, 0, 0, 0, 0, 0]);
    state.commit();
    expect(marks(state)).toEqual([7, 0, 8, 0, 0, 0]);
    expect(state.commits).toBe(1);
  });

  it('carries what a commit leaves alone over, whatever the pattern of changes, and through restarts and crashes', () => {
    const change = fc.record({
      touched: fc.subarray(IDS),
      end: fc.constantFrom('commit', 'commit', 'commit', 'crash', 'commit and restart'),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 25 }), (changes) => {
        let state = new StateBuffer(EVENTS);
        const reader = new StateBuffer(EVENTS, state.shared);
        const model = [0, 0, 0, 0, 0, 0];
        changes.forEach(({ touched, end }, n) => {
          const bank = state.begin();
          expect([bank.process[0], ...bank.events.map(({ slots }) => slots[0])]).toEqual(model);
          bank.process[0] = n + 1;
          for (const id of touched) {
            bank.events[id].slots.fill(n + 1);
            state.touch(id);
          }
          if (end !== 'crash') {
            state.commit();
            model[0] = n + 1;
            for (const id of touched) model[id + 1] = n + 1;
          }
          if (end !== 'commit') state = new StateBuffer(EVENTS, state.shared);
          expect(marks(reader)).toEqual(model);
        });
      }),
    );
  });

  it('shows one commit to a reader, wherever in its reading the writer goes on', () => {
    // Six commits of five steps each; the reader looks at three places.
    const COMMITS = 6;
    const places = [0, 1, 2];
    const stepsOf = (writer: StateBuffer): (() => void)[] =>
      Array.from({ length: COMMITS }, (_, commit) => {
        let bank: { process: Float64Array } = { process: new Float64Array() };
        return [
          () => {
            bank = writer.begin();
          },
          ...places.map((place) => () => {
            bank.process[place] = commit + 1;
          }),
          () => writer.commit(),
        ];
      }).flat();
    const total = COMMITS * (places.length + 2);
    let retried = 0;
    for (let a = 0; a <= total; a++) {
      for (let b = a; b <= total; b++) {
        for (let c = b; c <= total; c++) {
          const writer = new StateBuffer(defineEvents(), undefined);
          const reader = new StateBuffer(defineEvents(), writer.shared);
          const steps = stepsOf(writer);
          let done = 0;
          const writeUntil = (step: number): void => {
            for (; done < step; done++) steps[done]();
          };
          let attempts = 0;
          const seen = reader.read(({ process }) => {
            attempts++;
            return [a, b, c].map((until, place) => {
              writeUntil(until);
              return process[place];
            });
          });
          if (attempts > 1) retried++;
          expect(new Set(seen).size).toBe(1);
        }
      }
    }
    expect(retried).toBeGreaterThan(0);
  });

  it('shows one commit to a reader in another thread than the writer, and never an older one than before', async () => {
    const commits = 1500;
    const reader = new StateBuffer(EVENTS);
    const writer = new Worker(new URL('./state-writer.ts', import.meta.url), {
      workerData: { shared: reader.shared, commits },
      execArgv: [],
    });
    const failed = once(writer, 'error').then(([error]) => Promise.reject(error));
    failed.catch(() => undefined);
    let last = 0;
    const readAll = async (): Promise<void> => {
      while (last < commits) {
        const [process, ...events] = reader.read(({ process, events }) =>
          [process, ...events.map(({ slots }) => slots)].map((slots) => slots.slice()),
        );
        const n = process[0];
        const torn = [process, ...events].filter((slots) => slots.some((slot) => slot !== slots[0]));
        const expected = IDS.map((id) => Math.max(0, n - ((n - id + IDS.length) % IDS.length)));
        expect(torn).toEqual([]);
        expect(events.map((slots) => slots[0])).toEqual(expected);
        expect(n).toBeGreaterThanOrEqual(last);
        last = n;
        await nextTurn();
      }
    };
    await Promise.race([readAll(), failed]);
    await writer.terminate();
  });

  it('refuses memory that was laid out for another catalogue', () => {
    const { shared } = new StateBuffer(EVENTS);
    expect(() => new StateBuffer(defineEvents({ more: {} }), shared)).toThrow(
      expect.objectContaining({ code: 'PERF_BUFFER_INVALID' }),
    );
  });
});
