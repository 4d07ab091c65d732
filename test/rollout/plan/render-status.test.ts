import { describe, expect, it } from 'vitest';
import { renderStatus } from '../../../src/rollout/plan/render-status.ts';
import { initialState } from '../../../src/rollout/plan/state.ts';
import { Course, START } from './course.ts';

describe('renderStatus', () => {
  it('shows steps, gates, conditions and decisions', () => {
    const course = new Course().untilStep(1);
    for (let i = 0; i < 57; i++) course.tick();
    expect(renderStatus(course.status)).toMatchInlineSnapshot(`
      "Rollout: progressing, at step 2 of 3 (50 %), since 2026-11-02 09:02:03 UTC (58s)
      Pods: 12 of 12 in step, generation 4
      Hold: held for 57s, to be held for 1m
      4 control pods: engine-2, engine-5, engine-6, engine-8

      Steps
        ✓ 1. 10 %
        → 2. 50 %
          3. 100 %

      Gates
      gate               verdict   figure  interval            limit  since (UTC)
      ───────────────────────────────────────────────────────────────────────────────────
      overhead           pass      0.10 %  -                     1 %  2026-11-02 09:02:58
      cohort_cpu         pass      0.08 %  -0.12 % to 0.27 %     5 %  2026-11-02 09:02:34
      cohort_loop_delay  pass     1.08 µs  -325 ns to 2.49 µs   1 ms  2026-11-02 09:02:34
      losses             pass           0  -                       0  2026-11-02 09:02:05
      sla                pass         0 %  -0.05 % to 0.04 %   0.1 %  2026-11-02 09:02:05
      errors             pass         0 %  -0.03 % to 0.03 %   0.1 %  2026-11-02 09:02:05
      overhead: the library takes 0.10 % of a core in engine-0, the most of 8 pods; the limit is 1 %
      cohort_cpu: CPU time per event is 0.08 % higher in 8 measured pods than in 4 control pods (95 % interval -0.12
        % to 0.27 %), each pod compared with itself before; the limit is 5 %
      cohort_loop_delay: the event loop's delay is 1.08 µs higher in 8 measured pods than in 4 control pods (95 %
        interval -325 ns to 2.49 µs), each pod compared with itself before; the limit is 1 ms
      losses: 0 records lost in this step; the limit is 0
      sla: SLA compliance of order_execution is 0 % lower than in the step before (interval -0.05 % to 0.04 %), the
        worst of 1 event compared; the limit is 0.1 %
      errors: the error ratio of order_execution is 0 % higher than in the step before (interval -0.03 % to 0.03 %),
        the worst of 1 event compared; the limit is 0.1 %

      Conditions
      SpecValid: yes (Valid, since 2026-11-02 09:00:01): the spec is followed
      PodsInStep: yes (AllInStep, since 2026-11-02 09:02:04): 12 pods in step, generation 4
      GatesPassing: yes (AllPass, since 2026-11-02 09:02:58): 6 gates pass
      Stuck: no (NotStuck, since 2026-11-02 09:00:01): the rollout waits for nothing unusual

      Last decisions
      2026-11-02 09:02:03 advance step 1 to step 2, by controller: 12 pods held the step and 6 gates pass; now at
        step 2 of 3 (50 %)
      2026-11-02 09:01:02 advance disabled to step 1, by controller: 12 pods held the step; now at step 1 of 3 (10
        %)
      2026-11-02 09:00:01 start, by controller: a plan of 3 steps: 10 %, 50 %, 100 %; every pod is disabled at first
      "
    `);
  });

  it('shows a rollout that has not started', () => {
    expect(renderStatus(initialState(START).status)).toMatchInlineSnapshot(`
      "Rollout: disabled, with every pod disabled, since 2026-11-02 09:00:00 UTC (0s)
      Pods: 0 of 0 in step, generation 1

      Steps
        none yet: there was no valid spec

      Last decisions
        none yet
      "
    `);
  });

  it('shows why a rollout was taken back', () => {
    const course = new Course().untilStep(0);
    course.fleet.behaviour.lost = 1;
    course.tick();
    course.tick();
    const text = renderStatus(course.status);
    expect(text).toContain('Rollout: failed, with every pod disabled, since 2026-11-02 09:');
    expect(text).toContain('roll_back step 1 to disabled, by controller: gate losses failed: 8 records lost');
  });
});
