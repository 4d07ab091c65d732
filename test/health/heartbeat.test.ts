import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { monotonicMillis } from '../../src/contract/clock.ts';
import { HEADER_BYTES, HEARTBEAT_MILLIS, KIND_STALL, RECORD_BYTES } from '../../src/contract/record.ts';
import { startHeartbeat } from '../../src/health/heartbeat.ts';
import { LockFreeRingBuffer } from '../../src/record/ring-buffer.ts';
import { HEARTBEAT_INTERVAL_MILLIS, RingView, STALL_MILLIS } from '../../src/state/ring-view.ts';

interface Written {
  readonly start: number;
  readonly seconds: number;
  readonly word: number;
}

const SOON = { timeout: 10_000, interval: 5 };
let stop = (): void => undefined;
afterEach(() => stop());

describe('a heartbeat', () => {
  it('tells of a stall once it is over: when it began and how long it was', async () => {
    const ring = new LockFreeRingBuffer(16);
    const written: Written[] = [];
    const sink = {
      write: (start: number, seconds: number, word: number) => written.push({ start, seconds, word }),
      publish: () => {},
    };
    stop = startHeartbeat(ring.header, sink, monotonicMillis);
    await wait(HEARTBEAT_INTERVAL_MILLIS);
    const blockedFrom = monotonicMillis();
    while (monotonicMillis() < blockedFrom + 120);
    const blockedTo = monotonicMillis();
    const isThisOne = ({ start, seconds }: Written): boolean =>
      start <= blockedTo && start + seconds * 1e3 >= blockedTo;
    await vi.waitFor(() => expect(written.some(isThisOne)).toBe(true), SOON);
    const stall = written.find(isThisOne);
    expect(stall?.word).toBe(KIND_STALL);
    // Late by the block, but for the part of it that came before the next beat was due.
    expect(stall?.seconds).toBeGreaterThanOrEqual((120 - HEARTBEAT_INTERVAL_MILLIS) / 1e3);
    expect(stall?.start).toBeLessThanOrEqual(blockedFrom + HEARTBEAT_INTERVAL_MILLIS);
  });

  it('shows a stall to other threads while it lasts, and none when it is over', async () => {
    const shared = new SharedArrayBuffer(HEADER_BYTES + 16 * RECORD_BYTES);
    const gate = new SharedArrayBuffer(4);
    const view = new RingView(1, 'blocked', shared);
    const thread = new Worker(new URL('./block-thread.ts', import.meta.url), {
      workerData: { shared, gate },
      execArgv: [],
    });
    await once(thread, 'message');
    const stall = (): number => view.stallSeconds(monotonicMillis());
    thread.postMessage('block');
    await vi.waitFor(() => expect(stall()).toBeGreaterThan(0.12), SOON);
    const before = stall();
    await vi.waitFor(() => expect(stall()).toBeGreaterThan(before), SOON);
    Atomics.store(new Int32Array(gate), 0, 1);
    Atomics.notify(new Int32Array(gate), 0);
    await vi.waitFor(() => expect(stall()).toBe(0), SOON);
    expect(view.backlogRecords).toBeGreaterThan(0);
    await thread.terminate();
  });

  it('is no stall before it begins, nor after it has stopped', () => {
    const ring = new LockFreeRingBuffer(16);
    const view = new RingView(1, 'main', ring.shared);
    expect(view.stallSeconds(1e9)).toBe(0);
    stop = startHeartbeat(ring.header, ring, () => 5000);
    expect(view.stallSeconds(6000)).toBeCloseTo((1000 - HEARTBEAT_INTERVAL_MILLIS) / 1e3, 9);
    stop();
    expect(view.stallSeconds(6000)).toBe(0);
  });

  it.each([
    ['counts each delay once, however many there are', [25, 50, 75], 15_000],
    [
      'is due an interval after the one before it, so that one long delay does not make the next ones late',
      [120, 140, 160],
      100_000,
    ],
    ['adds nothing where the timer is early', [19.5, 39, 58.5], 0],
    ['adds nothing where the clock runs backwards, nor when it is back', [20, 5, 25], 0],
  ])('%s', async (_, beats, micros) => {
    const ring = new LockFreeRingBuffer(16);
    const view = new RingView(1, 'main', ring.shared);
    // Looked at once to begin with, once in the beat at the start, and once a beat from then on.
    const times = [0, 0, ...beats];
    let last = 0;
    const clock = (): number => {
      last = times.shift() ?? last + HEARTBEAT_INTERVAL_MILLIS;
      return last;
    };
    stop = startHeartbeat(ring.header, ring, clock);
    expect(view.loopBeats).toBe(0);
    await vi.waitFor(() => expect(view.loopBeats).toBeGreaterThanOrEqual(beats.length + 2), SOON);
    expect(view.loopDelayMicros).toBe(micros);
    const before = view.loopBeats;
    stop();
    expect([view.loopBeats, view.loopDelayMicros]).toEqual([before, micros]);
  });

  it('goes on with its sums when it is started again, and shows them a block of the event loop', async () => {
    const ring = new LockFreeRingBuffer(16);
    const view = new RingView(1, 'main', ring.shared);
    startHeartbeat(ring.header, ring, monotonicMillis)();
    stop = startHeartbeat(ring.header, ring, monotonicMillis);
    await vi.waitFor(() => expect(view.loopBeats).toBeGreaterThan(0), SOON);
    const before = { micros: view.loopDelayMicros, beats: view.loopBeats };
    stop();
    stop = startHeartbeat(ring.header, ring, monotonicMillis);
    const until = monotonicMillis() + 120;
    while (monotonicMillis() < until);
    await vi.waitFor(() => expect(view.loopBeats).toBeGreaterThan(before.beats), SOON);
    expect(view.loopDelayMicros).toBeGreaterThanOrEqual(
      before.micros + (120 - HEARTBEAT_INTERVAL_MILLIS) * 1e3,
    );
  });

  it.each([0, 2 ** 31 - 10, 2 ** 32 - 10, 2 ** 40])(
    'is told right when its milliseconds run over, at %d',
    (millis) => {
      const ring = new LockFreeRingBuffer(16);
      const view = new RingView(1, 'main', ring.shared);
      stop = startHeartbeat(ring.header, ring, () => millis);
      expect(ring.header[HEARTBEAT_MILLIS]).not.toBe(0);
      expect(view.stallSeconds(millis + HEARTBEAT_INTERVAL_MILLIS + STALL_MILLIS - 2)).toBe(0);
      expect(view.stallSeconds(millis + HEARTBEAT_INTERVAL_MILLIS + 500)).toBeCloseTo(0.5, 2);
    },
  );
});
