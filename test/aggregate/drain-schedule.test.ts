import { expect, it } from 'vitest';
import { DrainSchedule } from '../../src/aggregate/drain-schedule.ts';
import { LockFreeRingBuffer } from '../../src/record/ring-buffer.ts';
import { eventually } from '../support/programs.ts';

/** A ring that nobody but the schedule knows of any more. */
function watched(schedule: DrainSchedule, ring: number): WeakRef<SharedArrayBuffer> {
  const { shared } = new LockFreeRingBuffer(1024);
  schedule.watch(ring, shared);
  return new WeakRef(shared);
}

it('lets go of the memory of a ring that it no longer watches', async () => {
  const schedule = new DrainSchedule(
    () => 100,
    () => undefined,
  );
  const memory = watched(schedule, 1);
  schedule.unwatch(1);
  await eventually('the ring to be collected', async () => {
    globalThis.gc?.();
    return memory.deref() === undefined ? true : undefined;
  });
  expect(memory.deref()).toBeUndefined();
});

it('drains as soon as a quarter of a ring is full', async () => {
  const ring = new LockFreeRingBuffer(64);
  let drains = 0;
  const schedule = new DrainSchedule(
    () => 60_000,
    () => {
      drains += 1;
    },
  );
  schedule.watch(1, ring.shared);
  for (let n = 0; n < 16; n++) ring.write(n, 1, 0);
  await eventually('a drain', async () => (drains > 0 ? true : undefined));
  schedule.stop();
  expect(drains).toBe(1);
});

it('asks anew how long to wait, each time', async () => {
  const intervals = [1, 2, 60_000];
  let drains = 0;
  const schedule = new DrainSchedule(
    () => intervals.shift() ?? 0,
    () => {
      drains += 1;
    },
  );
  schedule.start();
  await eventually('two drains', async () => (drains === 2 ? true : undefined));
  schedule.stop();
  expect(intervals).toEqual([]);
});
