import { describe, expect, it } from 'vitest';
import { Course, condition, gate, isComplete, last, moves, optionsOf, SPEC_TEXT, specOf } from './course.ts';
import type { Options } from './simulated-fleet.ts';

describe('a healthy rollout', () => {
  it('goes from the baseline through every step to complete, and tells pods each', () => {
    const course = new Course();
    const told: Options[] = [];
    course.until((status) => {
      if (told.at(-1)?.generation !== status.generation) told.push(optionsOf(course));
      return isComplete(status);
    });
    expect(moves(course)).toEqual([
      ['start', -1, -1],
      ['advance', -1, 0],
      ['advance', 0, 1],
      ['advance', 1, 2],
      ['complete', 2, 2],
    ]);
    expect(
      told.map(({ enabled, samplingRate = 0, control }) => [enabled, samplingRate, control.length]),
    ).toEqual([
      [false, 0, 0],
      [false, 0, 4],
      [true, 0.1, 4],
      [true, 0.5, 4],
      [true, 1, 4],
      [true, 1, 0],
    ]);
  });

  it('holds each step for its time from when every pod has it, and not a look longer', () => {
    const course = new Course();
    course.untilStep(0);
    const held = course.status.heldSince ?? 0;
    course.until(({ step }) => step === 1);
    expect(course.now - held).toBe(60_000);
  });

  it('waits for a pod that lags behind, and names it', () => {
    const course = new Course().untilStep(0);
    for (let i = 0; i < 58; i++) course.tick();
    course.fleet.pods[3].behind = 1e9;
    course.until(({ step }) => step === 1, 3);
    for (let i = 0; i < 200; i++) course.tick();
    expect(course.status).toMatchObject({ step: 1, heldSince: null, pods: { total: 12, inStep: 11 } });
    expect(condition(course, 'PodsInStep')?.message).toContain('engine-3 (reports generation');
    expect(condition(course, 'Stuck')).toMatchObject({ isTrue: true, reason: 'PodsNotInStep' });
    course.fleet.pods[3].behind = 0;
    course.until(isComplete);
  });

  it('waits for a pod that lowered its rate by itself', () => {
    const course = new Course().untilStep(1);
    const lowered = course.fleet.pods.find(({ name }) => !course.status.control.includes(name));
    if (lowered) lowered.adaptiveRate = 0.25;
    for (let i = 0; i < 100; i++) course.tick();
    expect(course.status.step).toBe(1);
    expect(condition(course, 'PodsInStep')?.message).toContain('lowered its sampling rate to 0.25 by itself');
  });

  it('counts the hold only while every pod is seen in the step', () => {
    const course = new Course().untilStep(0);
    const { heldSince } = course.status;
    course.fleet.pods[0].isSetAside = true;
    for (let i = 0; i < 90; i++) course.tick();
    expect(course.status).toMatchObject({ step: 0, heldSince, heldSeconds: 0 });
    course.fleet.pods[0].isSetAside = false;
    for (let i = 0; i < 59; i++) course.tick();
    expect(course.status).toMatchObject({ step: 0, heldSeconds: 59 });
    course.tick();
    expect(course.status).toMatchObject({ step: 1, heldSeconds: 0 });
  });

  it('counts no more than ten seconds of a time in which nobody looked, or by which the clock stepped', () => {
    const course = new Course().untilStep(0);
    course.tick(2 * 86_400);
    expect(course.status).toMatchObject({ step: 0, heldSeconds: 10 });
    course.now -= 86_400_000;
    course.tick();
    expect(course.status).toMatchObject({ step: 0, heldSeconds: 10 });
  });

  it('lets a pod that appears catch up first', () => {
    const course = new Course().untilStep(0);
    for (let i = 0; i < 55; i++) course.tick();
    course.fleet.add(course.now);
    course.fleet.pods.slice(-1)[0].behind = 30;
    for (let i = 0; i < 20; i++) course.tick();
    expect(course.status.step).toBe(0);
    course.until(({ step }) => step === 1);
  });

  it('holds, and never advances, while nothing is known of the pods or what is known is old', () => {
    const course = new Course().untilStep(0);
    course.isFleetKnown = false;
    for (let i = 0; i < 400; i++) course.tick();
    expect(course.status).toMatchObject({ step: 0, phase: 'progressing' });
    expect(condition(course, 'PodsInStep')?.reason).toBe('NoFleet');
    expect(condition(course, 'Stuck')?.isTrue).toBe(true);
  });
});

describe('knowledge that is old, or of a clock ahead', () => {
  it.each([
    [10, 12],
    [11, 0],
    [-10, 12],
    [-11, 0],
  ])('of %d seconds: %d pods are known', (age, total) => {
    const course = new Course().untilStep(0);
    const statistics = course.statistics.bind(course);
    course.statistics = () => {
      const fleet = statistics();
      return fleet && { ...fleet, at: course.now - age * 1000 };
    };
    course.tick();
    expect(course.status.pods.total).toBe(total);
  });

  it('holds the rollout as if nothing were known', () => {
    const course = new Course().untilStep(0);
    const old = course.statistics();
    course.statistics = () => old;
    for (let i = 0; i < 100; i++) course.tick();
    expect(course.status).toMatchObject({ step: 0, pods: { total: 0, inStep: 0 } });
    expect(condition(course, 'PodsInStep')?.reason).toBe('NoFleet');
  });
});

describe('a gate that is undecided', () => {
  it('is called stuck only once the hold has passed', () => {
    // Twelve pods that vary by a tenth cannot tell a hundredth of a percent.
    const text = SPEC_TEXT.replace('Ratio: 0.05', 'Ratio: 0.0001').replace('0.1, hold: 1m', '0.1, hold: 20m');
    const course = new Course(12, specOf(text));
    course.fleet.behaviour.noise = 0.1;
    course.untilStep(0);
    for (let i = 0; i < 1000; i++) course.tick();
    expect(gate(course, 'cohort_cpu')?.text).toContain('undecided');
    expect(condition(course, 'Stuck')?.isTrue).toBe(false);
    for (let i = 0; i < 1000; i++) course.tick();
    expect(condition(course, 'Stuck')).toMatchObject({ isTrue: true, reason: 'NoData' });
    expect(course.status.step).toBe(0);
  });
});

describe('a gate that fails', () => {
  it.each([
    ['overhead', { overhead: 0.03 }, /^gate overhead failed: the library takes 1\.50 % of a core in engine-/],
    [
      'cohort_cpu',
      { cpuIncrease: 0.4 },
      /^gate cohort_cpu failed: CPU time per event is 1.* % higher in 8 measured pods/,
    ],
    [
      'cohort_loop_delay',
      { loopDelayIncrease: 0.005 },
      /^gate cohort_loop_delay failed: the event loop's delay is 5.00 ms higher/,
    ],
    ['losses', { lost: 2 }, /^gate losses failed: \d+ records lost in this step; the limit is 0$/],
    [
      'sla',
      { breachRatio: 0.05 },
      /^gate sla failed: SLA compliance of order_execution is 4.* % lower than in the step before/,
    ],
    [
      'errors',
      { errorRatio: 0.05 },
      /^gate errors failed: the error ratio of order_execution is 4.* % higher/,
    ],
  ])('takes the rollout back a step at once: %s', (_, behaviour, reason) => {
    const course = new Course().untilStep(0);
    course.until(({ step }) => step === 1);
    Object.assign(course.fleet.behaviour, behaviour);
    course.until(({ phase }) => phase === 'failed', 60);
    expect(last(course)).toMatchObject({ decision: 'roll_back', from: 1, to: 0, by: 'controller' });
    expect(last(course)?.reason).toMatch(reason);
    expect(optionsOf(course)).toMatchObject({ enabled: true, samplingRate: 0.1 });
  });

  it('disables every pod at the first step', () => {
    const course = new Course().untilStep(0);
    course.fleet.behaviour.lost = 1;
    course.tick();
    expect(last(course)).toMatchObject({ decision: 'roll_back', from: 0, to: -1 });
    expect(optionsOf(course).enabled).toBe(false);
  });

  it('stays back, without trying again, until a person resumes', () => {
    const course = new Course().untilStep(1);
    course.fleet.behaviour.lost = 1;
    course.tick();
    course.fleet.heal();
    for (let i = 0; i < 300; i++) course.tick();
    expect(course.status).toMatchObject({ phase: 'failed', step: 0 });
    expect(course.status.gates.length).toBeGreaterThan(0);
    course.ask('resume');
    expect(course.status).toMatchObject({ phase: 'progressing', step: 0, stepSince: course.now });
    course.until(isComplete);
  });

  it('goes on after another spec', () => {
    const course = new Course().untilStep(1);
    course.fleet.behaviour.lost = 1;
    course.tick();
    course.spec = specOf(SPEC_TEXT.replace('gates: {', 'gates: { maxRecordsLost: 1000000,'));
    course.until(isComplete);
    expect(course.decisions.map(({ decision }) => decision)).toContain('spec_changed');
  });

  it('takes a paused rollout back too, and says so', () => {
    const course = new Course().untilStep(1);
    course.ask('pause');
    course.fleet.behaviour.lost = 1;
    course.tick();
    expect(last(course)).toMatchObject({ decision: 'roll_back', from: 1, to: 0 });
    expect(last(course)?.reason).toContain('failed while paused');
  });
});

describe('a query', () => {
  const spec = specOf(
    SPEC_TEXT.replace(
      'gates: {',
      'gates: { queries: [{ name: p99, prometheus: "http://p", query: q, max: 5 }],',
    ),
  );
  const withAnswer = (answer: { value: number | null; error: string | null } | null): Course => {
    const course = new Course(12, spec).untilStep(0);
    for (let i = 0; i < 120; i++) {
      course.queries = answer === null ? [] : [{ name: 'p99', at: course.now, ...answer }];
      course.tick();
    }
    return course;
  };

  it('lets the rollout pass within its limit, and takes it back beyond', () => {
    expect(withAnswer({ value: 5, error: null }).status.step).toBe(1);
    const failed = withAnswer({ value: 5.1, error: null });
    expect(failed.status).toMatchObject({ phase: 'failed', step: -1 });
    expect(failed.decisions.at(-1)?.reason).toBe(
      'gate query_p99 failed: the query answers 5.1; the limit is 5',
    );
    expect(withAnswer({ value: Number.POSITIVE_INFINITY, error: null }).status.phase).toBe('failed');
  });

  it.each([
    ['no answer', null],
    ['an empty one', { value: null, error: null }],
    ['no number', { value: Number.NaN, error: null }],
  ])('holds the rollout with %s, and is called stuck after a while', (_, answer) => {
    const course = withAnswer(answer);
    expect(course.status).toMatchObject({ step: 0, phase: 'progressing' });
    expect(gate(course, 'query_p99')?.verdict).toBe('no_data');
    for (let i = 0; i < 600; i++) course.tick();
    expect(course.status.step).toBe(0);
    expect(condition(course, 'Stuck')?.message).toMatch(/^since .*: gate query_p99: /);
  });

  it('does not count when it was asked before every pod had the step', () => {
    const course = new Course(12, spec).untilStep(0);
    course.queries = [{ name: 'p99', at: (course.status.heldSince ?? 0) - 1, value: 9, error: null }];
    for (let i = 0; i < 100; i++) course.tick();
    expect(course.status).toMatchObject({ step: 0, phase: 'progressing' });
    expect(gate(course, 'query_p99')).toMatchObject({
      verdict: 'no_data',
      text: 'not answered yet in this step',
    });
  });

  it('that fails holds the rollout from the first, is told of after some, and never takes it back', () => {
    const course = new Course(12, spec).untilStep(0);
    const answer = (error: string | null): void => {
      course.tick();
      course.queries = [{ name: 'p99', at: course.now, value: error === null ? 1 : null, error }];
      // The same answer, seen twice, is one.
      course.tick();
      course.tick();
    };
    answer('refused');
    expect(gate(course, 'query_p99')?.text).toBe('failed once in a row: refused');
    answer('refused');
    expect(condition(course, 'Stuck')?.isTrue).toBe(false);
    answer('refused');
    expect(gate(course, 'query_p99')?.text).toBe('failed 3 times in a row: refused');
    expect(condition(course, 'Stuck')).toMatchObject({ isTrue: true, reason: 'QueryErrors' });
    for (let i = 0; i < 100; i++) answer('refused');
    expect(course.status).toMatchObject({ step: 0, phase: 'progressing' });
    answer(null);
    expect(course.status.step).toBe(1);
  });
});
