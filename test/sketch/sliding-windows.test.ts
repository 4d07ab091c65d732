import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WindowIndex } from '../../src/sketch/sliding-windows.ts';
import { SlidingWindows } from '../../src/sketch/sliding-windows.ts';
import { TDigest } from '../../src/sketch/tdigest.ts';
import { drawSamples } from './distributions.ts';
import { ExactOracle, relativeError } from './exact-oracle.ts';
import { feed } from './feed.ts';

const WINDOWS: readonly WindowIndex[] = [0, 1, 2];
/** Ticks per slice, and how many complete slices stay beside the current one. */
const SLICES = [
  { ticks: 1, complete: 9 },
  { ticks: 5, complete: 10 },
  { ticks: 50, complete: 12 },
];
const into = TDigest.create(256);

interface Added {
  tick: number;
  value: number;
}

function isInWindow(added: Added, now: number, window: WindowIndex): boolean {
  const { ticks, complete } = SLICES[window];
  return Math.floor(now / ticks) - Math.floor(added.tick / ticks) <= complete;
}

function countIn(windows: SlidingWindows, window: WindowIndex): number {
  return windows.summarize(window, into).count;
}

function add(windows: SlidingWindows, value: number): void {
  windows.addSorted(Float32Array.of(value), 0, 1, 1, 1, 2);
}

describe('SlidingWindows', () => {
  it('holds what a list of every value and its tick holds, through any jumps of time', () => {
    const jump = fc.oneof(
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 70 }),
      fc.integer({ min: 0, max: 800 }),
    );
    const step = fc.record({ jump, values: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(fc.nat(5000), fc.array(step, { minLength: 1, maxLength: 60 }), (start, steps) => {
        const windows = new SlidingWindows(64, 512);
        windows.advance(start);
        const added: Added[] = [];
        let now = start;
        for (const { jump, values } of steps) {
          now += jump;
          windows.advance(now);
          for (let i = 0; i < values; i++) {
            added.push({ tick: now, value: added.length });
            add(windows, added.length - 1);
          }
          for (const window of WINDOWS) {
            const expected = added.filter((entry) => isInWindow(entry, now, window));
            const summary = windows.summarize(window, into);
            expect([summary.count, summary.breaches, summary.errors]).toEqual([
              expected.length,
              expected.length,
              2 * expected.length,
            ]);
            if (expected.length === 0) continue;
            const oracle = new ExactOracle(expected.map((entry) => entry.value));
            for (const q of [0, 0.5, 0.99, 1]) expect(into.quantile(q)).toBe(oracle.quantile(q));
          }
        }
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('lets a value go after 1.0 s, 5.0 to 5.5 s and 60 to 65 s, whatever the tick it came at', () => {
    for (let start = 0; start < 60; start++) {
      const windows = new SlidingWindows(16, 16);
      windows.advance(start);
      add(windows, 1);
      const lastSeen = [0, 0, 0];
      for (let age = 0; age <= 700; age++) {
        windows.advance(start + age);
        for (const window of WINDOWS) if (countIn(windows, window) > 0) lastSeen[window] = age;
      }
      expect(lastSeen[0]).toBe(9);
      expect(lastSeen[1]).toBeGreaterThanOrEqual(50);
      expect(lastSeen[1]).toBeLessThan(55);
      expect(lastSeen[2]).toBeGreaterThanOrEqual(600);
      expect(lastSeen[2]).toBeLessThan(650);
    }
  });

  it('says which windows changed, by values added and by values gone', () => {
    const windows = new SlidingWindows(16, 16);
    windows.advance(100);
    expect(windows.advance(101)).toBe(0);
    add(windows, 1);
    expect(windows.advance(101)).toBe(7);
    const changes: [number, number][] = [];
    for (let tick = 102; tick < 900; tick++) {
      const changed = windows.advance(tick);
      if (changed !== 0) changes.push([tick, changed]);
    }
    expect(changes).toEqual([
      [111, 1],
      [155, 2],
      [750, 4],
    ]);
  });

  it('is empty after a jump past all windows, and goes on from there', () => {
    const windows = new SlidingWindows(16, 16);
    windows.advance(7);
    add(windows, 1);
    expect(windows.advance(1_000_000_000)).toBe(7);
    expect(WINDOWS.map((window) => countIn(windows, window))).toEqual([0, 0, 0]);
    add(windows, 2);
    expect(WINDOWS.map((window) => countIn(windows, window))).toEqual([1, 1, 1]);
  });

  it('does not move for a tick that is past, negative or no integer', () => {
    const windows = new SlidingWindows(16, 16);
    windows.advance(50);
    add(windows, 1);
    windows.advance(50);
    for (const tick of [49, -1, NaN, Infinity, 1e9 + 0.5]) expect(windows.advance(tick)).toBe(0);
    expect(countIn(windows, 0)).toBe(1);
  });

  it('counts values added before the first tick is known at that tick', () => {
    const windows = new SlidingWindows(16, 16);
    add(windows, 1);
    expect(WINDOWS.map((window) => countIn(windows, window))).toEqual([1, 1, 1]);
    windows.advance(1234);
    windows.advance(1243);
    expect(countIn(windows, 0)).toBe(1);
    windows.advance(1244);
    expect(countIn(windows, 0)).toBe(0);
  });

  it('adds counts alone, and nothing for weights that are none', () => {
    const windows = new SlidingWindows(16, 16);
    windows.advance(3);
    windows.addCounts(2, 3);
    for (const weight of [NaN, Infinity, -1, 0]) windows.addCounts(weight, weight);
    expect(windows.summarize(2, into)).toMatchObject({ count: 0, breaches: 2, errors: 3 });
  });

  it('reports its bytes, below 80 KiB at its default compressions', () => {
    expect(new SlidingWindows().byteLength).toBeLessThan(80 * 1024);
  });

  it('keeps P50 to P99.9 of each window within 1 % at 10,000 values a second', () => {
    for (const name of ['lognormal', 'pareto', 'bimodal']) {
      const samples = drawSamples(name, 700_000, 9);
      const windows = new SlidingWindows();
      windows.advance(0);
      for (let tick = 0; tick < 700; tick++) {
        windows.advance(tick);
        feed(windows, samples.subarray(tick * 1000, tick * 1000 + 1000), 250);
      }
      for (const window of WINDOWS) {
        const { ticks, complete } = SLICES[window];
        const first = (Math.floor(699 / ticks) - complete) * ticks;
        const oracle = new ExactOracle(samples.subarray(first * 1000));
        expect(windows.summarize(window, into).count).toBe(oracle.sorted.length);
        for (const q of [0.5, 0.95, 0.99, 0.999]) {
          expect(
            relativeError(into.quantile(q), oracle.quantile(q)),
            `${name} window ${window} q ${q}`,
          ).toBeLessThan(0.01);
        }
      }
    }
  });
});
