import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cadence, INTERVAL_MILLIS } from '../../../src/fleet/poll/cadence.ts';

/** Plays rounds that take so long, and gives when each began. */
function begins(durations: readonly number[]): { starts: number[]; cadence: Cadence } {
  let now = 5000;
  const cadence = new Cadence(now);
  const starts = durations.map((duration) => {
    now += cadence.waitMillis(now);
    const start = now;
    cadence.begin(now);
    now += duration;
    return start - 5000;
  });
  return { starts, cadence };
}

describe('the cadence', () => {
  it('begins a round each second while rounds take less', () => {
    const { starts, cadence } = begins([900, 10, 999, 0, 500]);
    expect(starts).toEqual([0, 1000, 2000, 3000, 4000]);
    expect([cadence.rounds, cadence.late]).toEqual([5, 0]);
  });

  it('lets the next round begin at once after one that took longer, and then finds back to its beat', () => {
    const { starts, cadence } = begins([1700, 100, 100, 100]);
    expect(starts).toEqual([0, 1700, 2000, 3000]);
    expect(cadence.late).toBe(1);
  });

  it('leaves out what it missed whole', () => {
    expect(begins([5300, 0, 0]).starts).toEqual([0, 5300, 6000]);
  });

  it('tells how late a round is', () => {
    const cadence = new Cadence(0);
    expect(cadence.begin(0)).toBe(0);
    expect(cadence.begin(1400)).toBe(400);
    expect(cadence.late).toBe(0);
    expect(cadence.begin(2501)).toBe(501);
    expect(cadence.late).toBe(1);
  });

  it('never lets two rounds overlap, never waits beyond an interval, and never drifts', () => {
    const check = (durations: number[]): void => {
      const { starts } = begins(durations);
      for (const [i, start] of starts.slice(1).entries()) {
        const end = starts[i] + durations[i];
        expect(start).toBeGreaterThanOrEqual(end);
        expect(start - end).toBeLessThanOrEqual(INTERVAL_MILLIS);
        // On the beat, or at once after a round that ran over it.
        expect(start % INTERVAL_MILLIS === 0 || start === end).toBe(true);
      }
    };
    fc.assert(fc.property(fc.array(fc.nat(4000), { minLength: 1, maxLength: 30 }), check), { seed: 3 });
  });
});
