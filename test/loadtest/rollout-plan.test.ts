import { describe, expect, it } from 'vitest';
import { INJECTED_MICROS, rolloutPlans } from '../../loadtest/rollout-plan.ts';
import { readSettings } from '../../src/demo/settings.ts';
import { parseRolloutSpec } from '../../src/rollout/plan/spec.ts';

describe.each([true, false])('the rollouts of the load test (quick: %s)', (isQuick) => {
  const plans = rolloutPlans(isQuick);

  it('have a spec that the rollout takes, with every gate that one process can have', () => {
    for (const { spec, maxSeconds } of plans) {
      const parsed = parseRolloutSpec(spec, 'spec.yaml');
      expect(parsed.steps.map(({ samplingRate }) => samplingRate)).toEqual([0.1, 0.5, 1]);
      expect(parsed.control.ratio).toBe(0);
      const held = parsed.steps.reduce(
        (sum, { holdSeconds }) => sum + holdSeconds,
        parsed.baselineHoldSeconds,
      );
      expect(maxSeconds).toBeGreaterThan(2 * held);
    }
  });

  it('inject what the demo takes, without adaptive sampling', () => {
    const [healthy, injected] = plans;
    expect(healthy.environment).toEqual({});
    expect(readSettings(injected.environment).overheadMicros).toBe(INJECTED_MICROS);
    expect(INJECTED_MICROS).toBeGreaterThan(0);
    expect(injected.environment.PERF_ADAPTIVE_SAMPLING).toBe('false');
  });
});
