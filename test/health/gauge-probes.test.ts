import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GaugeProbes } from '../../src/health/gauge-probes.ts';

let values: Float64Array;
let warnings: string[];
let probes: GaugeProbes;

beforeEach(() => {
  vi.useFakeTimers();
  values = new Float64Array(8);
  warnings = [];
  probes = new GaugeProbes(values, (code, message) => warnings.push(`${code} ${message}`));
});
afterEach(() => {
  probes.stop();
  vi.useRealTimers();
});

describe('GaugeProbes', () => {
  it('asks a probe when it is added, and each second from its start to its stop', () => {
    let depth = 3;
    probes.add(2, 'orders', () => depth++);
    expect(values[2]).toBe(3);
    vi.advanceTimersByTime(5000);
    expect(values[2]).toBe(3);
    probes.start();
    probes.start();
    vi.advanceTimersByTime(3000);
    expect(values[2]).toBe(6);
    probes.stop();
    vi.advanceTimersByTime(5000);
    expect(values[2]).toBe(6);
  });

  it('shows NaN for a probe that throws, warns once, and asks it again', () => {
    let isBroken = true;
    probes.add(0, 'orders', () => {
      if (isBroken) throw new Error('not connected');
      return 5;
    });
    probes.add(1, 'fills', () => 7);
    probes.start();
    vi.advanceTimersByTime(3000);
    expect([values[0], values[1]]).toEqual([Number.NaN, 7]);
    expect(warnings).toEqual(['PERF_PROBE_FAILED the probe of orders threw: not connected; it shows NaN']);
    isBroken = false;
    vi.advanceTimersByTime(1000);
    expect(values[0]).toBe(5);
  });

  it.each([undefined, 'text', {}])('shows NaN for a probe that returns no number but %o', (value) => {
    probes.add(0, 'orders', () => value as unknown as number);
    expect(values[0]).toBeNaN();
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'broken'],
  ])('survives a probe that throws %s', (_what, thrown) => {
    probes.add(0, 'orders', () => {
      throw thrown;
    });
    expect(values[0]).toBeNaN();
    expect(warnings).toHaveLength(1);
  });

  it('survives a probe that returns what is no number and cannot be made one', () => {
    probes.add(0, 'orders', () => Symbol('s') as unknown as number);
    expect(values[0]).toBeNaN();
  });
});
