import { describe, expect, it } from 'vitest';
import { judgeStress } from '../../loadtest/stress-phase.ts';

const control = (isKept: boolean) => ({ name: 'of a test', isKept, text: '' });
const ramp = ({ isSaturated = true, isKept = true } = {}) => ({
  saturation: control(isSaturated),
  controls: [control(true), control(isKept)],
});

describe('the verdict on stress', () => {
  it('is pass when everything is kept, whatever the throughput', () => {
    expect(judgeStress([ramp(), ramp()], true)).toBe('pass');
  });

  it('is fail when the demo did not stand it, or losses are not counted', () => {
    expect(judgeStress([ramp(), ramp({ isKept: false })], true)).toBe('fail');
    expect(judgeStress([ramp(), ramp()], false)).toBe('fail');
  });

  it('is void when the load was not beyond saturation, which excuses nothing', () => {
    expect(judgeStress([ramp({ isSaturated: false }), ramp()], true)).toBe('void');
    expect(judgeStress([ramp({ isSaturated: false, isKept: false }), ramp()], true)).toBe('fail');
  });
});
