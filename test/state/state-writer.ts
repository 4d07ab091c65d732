import { workerData } from 'node:worker_threads';
import { defineEvents } from '../../src/contract/events.ts';
import { StateBuffer } from '../../src/state/state-buffer.ts';

// A thread that commits as the worker thread does, in bursts: commit n writes n all over the process slots and over
// one event, by turns.
const { shared, commits } = workerData as { readonly shared: SharedArrayBuffer; readonly commits: number };
const state = new StateBuffer(defineEvents(), shared);
const pause = new Int32Array(new SharedArrayBuffer(4));
for (let n = 1; n <= commits; n++) {
  const bank = state.begin();
  const id = n % bank.events.length;
  bank.process.fill(n);
  bank.events[id].slots.fill(n);
  state.touch(id);
  state.commit();
  if (n % 3 === 0) Atomics.wait(pause, 0, 0, 1);
}
