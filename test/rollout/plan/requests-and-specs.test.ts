import { describe, expect, it } from 'vitest';
import { PerfMetricsError } from '../../../src/contract/errors.ts';
import { isSwitchedOff } from '../../../src/rollout/plan/spec.ts';
import { Course, condition, isComplete, last, moves, optionsOf, SPEC_TEXT, specOf } from './course.ts';

describe('requests', () => {
  it('pause holds, resume goes on with the hold as it was', () => {
    const course = new Course().untilStep(0);
    const { heldSince, generation } = course.status;
    course.ask('pause');
    for (let i = 0; i < 100; i++) course.tick();
    expect(course.status).toMatchObject({ phase: 'paused', step: 0, heldSince, generation });
    course.ask('resume');
    expect(course.status.step).toBe(1);
  });

  it('promote goes one step forward whatever the gates say, in the name of who asked', () => {
    const course = new Course().untilStep(-1);
    course.ask('promote');
    course.ask('promote');
    expect(last(course)).toMatchObject({ decision: 'promote', from: 0, to: 1, by: 'ada' });
    course.ask('promote');
    course.ask('promote');
    expect(course.status.phase).toBe('complete');
    course.ask('promote');
    expect(last(course)).toMatchObject({ from: 2, to: 2, reason: 'refused: the rollout is complete' });
  });

  it('promote leaves a paused rollout paused, and a failed one progressing', () => {
    const course = new Course().untilStep(0);
    course.ask('pause');
    course.ask('promote');
    expect(course.status).toMatchObject({ phase: 'paused', step: 1 });
    course.fleet.behaviour.lost = 1;
    course.until(({ phase }) => phase === 'failed');
    course.ask('promote');
    expect(course.status).toMatchObject({ phase: 'progressing', step: 1 });
  });

  it('abort disables every pod, and resume begins at the baseline again', () => {
    const course = new Course().untilStep(1);
    course.ask('abort');
    expect(course.status).toMatchObject({ phase: 'aborted', step: -1, control: [] });
    for (let i = 0; i < 200; i++) course.tick();
    expect(course.status.pods).toEqual({ total: 12, inStep: 12 });
    course.ask('resume');
    expect(course.status.phase).toBe('baseline');
    course.until(isComplete);
  });

  it.each([
    [-301, 'refused: asked for too long ago'],
    [301, 'refused: asked for at a time to come; set the clocks'],
    [-300, null],
    [300, null],
  ])('of %d seconds from now: refused is %s', (seconds, reason) => {
    const course = new Course().untilStep(1);
    course.answer({ id: 'old', verb: 'abort', by: 'ada', at: course.now + seconds * 1000 });
    expect(course.status.answeredRequest).toBe('old');
    expect(course.status.phase).toBe(reason === null ? 'aborted' : 'progressing');
    if (reason !== null) expect(last(course)).toMatchObject({ decision: 'abort', from: 1, to: 1, reason });
  });

  it('is answered once', () => {
    const course = new Course().untilStep(-1);
    const request = { id: 'one', verb: 'promote', by: 'ada', at: course.now } as const;
    course.answer(request);
    course.answer(request);
    expect(course.status.step).toBe(0);
  });

  it.each([
    ['resume', 'the rollout is baseline'],
    ['abort', null],
  ] as const)('%s at the baseline: refused is %s', (verb, refusal) => {
    const course = new Course().untilStep(-1);
    course.ask(verb);
    if (refusal === null) expect(last(course)?.reason).not.toContain('refused');
    else expect(last(course)?.reason).toBe(`refused: ${refusal}`);
  });

  it('is refused while the spec is off or unread, but a rollout can always be aborted', () => {
    const course = new Course().untilStep(0);
    course.spec = new PerfMetricsError('PERF_ROLLOUT_SPEC', 'no');
    course.ask('promote');
    expect(last(course)?.reason).toBe('refused: the spec is not valid; mend it first');
    course.ask('abort');
    expect(course.status.phase).toBe('aborted');
    course.spec = specOf(`${SPEC_TEXT}enabled: false`);
    course.ask('resume');
    expect(last(course)?.reason).toBe('refused: the spec says enabled: false');
  });
});

describe('the spec', () => {
  it('off disables every pod, on goes on at the same step with a new hold', () => {
    const course = new Course().untilStep(1);
    course.spec = specOf(`${SPEC_TEXT}enabled: false`);
    course.tick();
    expect(course.status).toMatchObject({ phase: 'disabled', step: -1, samplingRate: 0 });
    for (let i = 0; i < 100; i++) course.tick();
    expect(course.fleet.pods.some(({ isEnabled }) => isEnabled)).toBe(false);
    course.spec = specOf();
    course.tick();
    expect(course.status).toMatchObject({
      phase: 'progressing',
      step: 1,
      samplingRate: 0.5,
      stepSince: course.now,
    });
    expect(moves(course).slice(-2)).toEqual([
      ['disable', 1, -1],
      ['enable', -1, 1],
    ]);
    course.until(isComplete);
  });

  it('changed while it is off moves the step that the rollout goes on at', () => {
    const course = new Course().untilStep(1);
    course.spec = specOf(`${SPEC_TEXT}enabled: false`);
    course.tick();
    const other = SPEC_TEXT.replace('samplingRate: 0.5', 'samplingRate: 0.3');
    course.spec = specOf(`${other}enabled: false`);
    course.tick();
    expect(course.status).toMatchObject({ phase: 'disabled', suspended: { phase: 'progressing', step: 1 } });
    expect(last(course)?.reason).toBe(
      'the plan is now 10 %, 30 %, 100 %; goes on, once it is on, at step 2 of 3 (30 %)',
    );
    course.spec = specOf(other);
    course.tick();
    expect(course.status).toMatchObject({ phase: 'progressing', step: 1, samplingRate: 0.3 });
    course.until(isComplete);
  });

  it('that is off at first starts nothing until it is on', () => {
    const course = new Course(12, specOf(`${SPEC_TEXT}enabled: false`));
    for (let i = 0; i < 100; i++) course.tick();
    expect(course.status.phase).toBe('disabled');
    expect(course.decisions).toEqual([]);
    course.spec = specOf();
    course.tick();
    expect(moves(course)).toEqual([['start', -1, -1]]);
  });

  it('that is bad does not switch the gates off: they go on by the last that was valid', () => {
    const course = new Course().untilStep(1);
    course.spec = new PerfMetricsError('PERF_ROLLOUT_SPEC', 'steps must be a list');
    for (let i = 0; i < 100; i++) course.tick();
    expect(course.status).toMatchObject({ phase: 'progressing', step: 1 });
    expect(condition(course, 'GatesPassing')?.isTrue).toBe(true);
    course.fleet.behaviour.lost = 1;
    course.tick();
    expect(last(course)).toMatchObject({ decision: 'roll_back', from: 1, to: 0 });
    expect(condition(course, 'SpecValid')?.isTrue).toBe(false);
    course.fleet.heal();
    course.spec = specOf();
    course.tick();
    course.ask('resume');
    course.until(isComplete);
  });

  it('that is bad, and off, disables every pod until it is mended', () => {
    const course = new Course().untilStep(1);
    const text = `${SPEC_TEXT}enabled: false\nstep: []`;
    expect(() => specOf(text)).toThrow('step');
    course.spec = new PerfMetricsError('PERF_ROLLOUT_SPEC', 'step is no key');
    course.isSwitchedOff = isSwitchedOff(text);
    course.tick();
    expect(course.status).toMatchObject({ phase: 'disabled', step: -1, samplingRate: 0 });
    course.isSwitchedOff = false;
    for (let i = 0; i < 10; i++) course.tick();
    expect(course.status.phase).toBe('disabled');
    course.spec = specOf();
    course.tick();
    expect(course.status).toMatchObject({ phase: 'progressing', step: 1 });
  });

  it.each([
    ['enabled: false\nsteps: 3', true],
    ['{"enabled": false, "x": 1}', true],
    ['enabled: false\nsteps: [', true],
    ['enabled: "false"', false],
    ['enabled: true', false],
    ['steps: []', false],
    ['- enabled: false', false],
    ['false', false],
    ['', false],
    ['a: &a [1]\nb: *a\n<<: *c\nenabled: false', true],
  ])('%j says that it is off: %s', (text, isOff) => {
    expect(isSwitchedOff(text)).toBe(isOff);
  });

  it('that cannot be read leaves everything as it is', () => {
    const course = new Course().untilStep(1);
    const before = optionsOf(course);
    course.spec = new PerfMetricsError('PERF_ROLLOUT_SPEC', 'steps must be a list');
    for (let i = 0; i < 300; i++) course.tick();
    expect(optionsOf(course)).toEqual(before);
    expect(condition(course, 'SpecValid')).toMatchObject({ isTrue: false, reason: 'Invalid' });
    expect(condition(course, 'SpecValid')?.message).toContain('steps must be a list');
  });

  it.each([
    ['keeps a step that is still there', [0.1, 0.5, 0.8], 1, 0.5],
    ['follows a step to its new number', [0.05, 0.1, 0.5, 1], 2, 0.5],
    ['goes to the highest rate that is no higher', [0.1, 0.2, 0.8], 1, 0.2],
    ['goes back to the baseline below all rates', [0.6, 1], -1, 0],
  ])('changed: %s', (_, rates, step, rate) => {
    const course = new Course().untilStep(1);
    const steps = rates.map((samplingRate) => `{ samplingRate: ${samplingRate}, hold: 1m }`);
    const { generation } = course.status;
    course.spec = specOf(`baseline: { hold: 1m }\nsteps: [${steps}]\ncontrol: { ratio: 0.3, minPods: 3 }`);
    course.tick();
    expect(course.status).toMatchObject({
      step,
      samplingRate: rate,
      phase: step < 0 ? 'baseline' : 'progressing',
    });
    expect(last(course)).toMatchObject({ decision: 'spec_changed', from: 1, to: step });
    expect(course.status.generation > generation).toBe(rate !== 0.5);
  });

  it('changed after completion goes on with the steps that are new', () => {
    const course = new Course(12, specOf(SPEC_TEXT.replace(/ {2}- \{ samplingRate: 1,.*\n/, ''))).until(
      isComplete,
    );
    expect(course.status.samplingRate).toBe(0.5);
    course.spec = specOf();
    course.tick();
    expect(course.status).toMatchObject({ phase: 'progressing', step: 1 });
    course.until(isComplete);
    expect(course.status).toMatchObject({ step: 2, samplingRate: 1 });
  });
});

describe('the history', () => {
  it('keeps the latest 50 decisions, newest first', () => {
    const course = new Course().untilStep(-1);
    for (let i = 0; i < 40; i++) {
      course.ask('pause');
      course.ask('resume');
    }
    expect(course.status.decisions).toHaveLength(50);
    expect(course.status.decisions).toEqual(course.decisions.slice(-50).reverse());
  });
});
