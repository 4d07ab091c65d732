import { describe, expect, it } from 'vitest';
import { Random } from '../../src/demo/random.ts';
import { newTrace, TRACE_BYTES, traceFromHeader, traceToHex } from '../../src/demo/trace.ts';

const take = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);

describe('Random', () => {
  it('repeats with the same seed and stream, and differs with another of either', () => {
    const draw = (seed: number, stream: string): number[] => {
      const random = new Random(seed, stream);
      return take(100, () => random.uint32());
    };
    expect(draw(1, 'a')).toEqual(draw(1, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(2, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(1, 'b'));
    expect(
      draw(4_294_967_295, 'a').every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32),
    ).toBe(true);
  });

  it('draws uniform, normal and lognormal numbers', () => {
    const random = new Random(3, 'moments');
    const uniform = take(20_000, () => random.uniform());
    expect(uniform.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(uniform.reduce((sum, value) => sum + value, 0) / uniform.length).toBeCloseTo(0.5, 1.5);
    const normal = take(20_000, () => random.normal());
    expect(normal.reduce((sum, value) => sum + value, 0) / normal.length).toBeCloseTo(0, 1);
    expect(normal.reduce((sum, value) => sum + value * value, 0) / normal.length).toBeCloseTo(1, 1);
    const lognormal = take(20_001, () => random.lognormal(2, 0.5)).sort((a, b) => a - b);
    expect(lognormal[10_000]).toBeCloseTo(2, 1);
  });
});

describe('trace ids', () => {
  it('are 16 bytes, distinct, and written as 32 hexadecimal digits', () => {
    const random = new Random(1, 'traces');
    const traces = take(1000, () => traceToHex(newTrace(random)));
    expect(new Set(traces).size).toBe(1000);
    expect(traces.every((trace) => /^[0-9a-f]{32}$/.test(trace))).toBe(true);
    expect(newTrace(random)).toHaveLength(TRACE_BYTES);
  });

  it('are taken from a W3C traceparent header', () => {
    const id = '4bf92f3577b34da6a3ce929d0e0e4736';
    const trace = traceFromHeader(`00-${id}-00f067aa0ba902b7-01`);
    expect(trace && traceToHex(trace)).toBe(id);
  });

  it.each([
    undefined,
    '',
    'nonsense',
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
  ])('are not taken from %s', (header) => {
    expect(traceFromHeader(header)).toBeUndefined();
  });
});
