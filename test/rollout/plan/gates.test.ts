import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/demo/random.ts';
import { fleetView } from '../../../src/rollout/plan/fleet-view.ts';
import { failingConfidence } from '../../../src/rollout/plan/gates/gate.ts';
import { judge } from '../../../src/rollout/plan/gates/judge.ts';
import { welchInterval } from '../../../src/rollout/plan/interval/welch.ts';
import { Course, gate, SPEC_TEXT, specOf } from './course.ts';

describe('cohort gates', () => {
  it('do not exist without a control cohort', () => {
    const course = new Course(12, specOf(SPEC_TEXT.replace('ratio: 0.3', 'ratio: 0'))).untilStep(0);
    expect(course.status.control).toEqual([]);
    expect(course.status.gates.map((item) => item.gate)).toEqual(['overhead', 'losses', 'sla', 'errors']);
    course.until(({ phase }) => phase === 'complete');
  });

  it('have no data with too few pods, and say what to do', () => {
    const course = new Course(4).untilStep(0);
    for (let i = 0; i < 100; i++) course.tick();
    expect(course.status.step).toBe(0);
    expect(gate(course, 'cohort_cpu')).toMatchObject({
      verdict: 'no_data',
      text: '1 of 4 pods can be kept disabled, and two are needed; run at least 5 pods, or set control.ratio to 0 to do without the comparison',
    });
  });

  it('have no data where events are few, and say so', () => {
    const course = new Course();
    course.fleet.behaviour.eventsPerSecond = 1;
    course.untilStep(0);
    for (let i = 0; i < 100; i++) course.tick();
    expect(gate(course, 'cohort_cpu')).toMatchObject({ verdict: 'no_data', interval: null });
    expect(gate(course, 'cohort_cpu')?.text).toMatch(
      /^a cohort saw \d+ events in this step, and limits.minEvents is 1,000; wait, or /,
    );
  });

  it('have no data where two pods call themselves the same', () => {
    const course = new Course().untilStep(0);
    for (let i = 0; i < 50; i++) course.tick();
    const statistics = course.statistics();
    if (statistics === null) throw new Error('no fleet');
    const [first, second] = statistics.pods;
    if (first.figures === null || second.figures === null) throw new Error('no figures');
    const pods = [first, { ...second, figures: { ...second.figures, instance: first.figures.instance } }];
    const view = fleetView({ ...statistics, pods }, course.status, course.now);
    const results = judge({
      spec: specOf(),
      status: course.status,
      evidence: course.state.evidence,
      view,
      answers: [],
      now: course.now,
    });
    expect(results.find((item) => item.gate === 'cohort_cpu')).toMatchObject({
      verdict: 'no_data',
      text: `more than one pod calls itself ${first.figures.instance}; instances must be told apart`,
    });
  });

  it('compare pods with themselves before, so that pods of different work do not hide or feign a difference', () => {
    const course = new Course();
    // Each pod's events cost what they cost: from 0.1 to 1.2 ms.
    course.fleet.pods.forEach((pod, i) => {
      const pass = pod.pass.bind(pod);
      pod.pass = (seconds, behaviour, random) =>
        pass(seconds, { ...behaviour, cpuSecondsPerEvent: (i + 1) * 1e-4 }, random);
    });
    course.untilStep(0);
    for (let i = 0; i < 50; i++) course.tick();
    const result = gate(course, 'cohort_cpu');
    expect(result?.verdict).toBe('pass');
    expect(result?.text).toContain('each pod compared with itself before');
    const [low, high] = result?.interval ?? [0, 1];
    expect(high - low).toBeLessThan(0.02);
  });

  it('leave out the time before for all where too few pods have it', () => {
    const course = new Course(12, specOf(SPEC_TEXT.replace('hold: 1m', 'hold: 0s'))).untilStep(0);
    for (let i = 0; i < 50; i++) course.tick();
    expect(gate(course, 'cohort_cpu')?.text).toContain('without figures from before');
  });

  it('wait for a pod that came late to have a share of the time of the others', () => {
    const course = new Course(
      12,
      specOf(
        SPEC_TEXT.replace('0.1, hold: 1m', '0.1, hold: 1h').replace(
          'baseline: { hold: 1m }',
          'baseline: { hold: 0s }',
        ),
      ),
    ).untilStep(0);
    for (let i = 0; i < 1000; i++) course.tick();
    course.fleet.add(course.now);
    for (let i = 0; i < 60; i++) course.tick();
    expect(gate(course, 'cohort_cpu')?.text).toContain('in 8 measured pods');
  });

  it('forget a pod that is gone', () => {
    const course = new Course();
    course.fleet.behaviour.noise = 0.001;
    const pod = () => course.fleet.pods.find(({ name }) => !course.status.control.includes(name));
    course.untilStep(0);
    const odd = pod();
    if (odd === undefined) throw new Error('no pod');
    const pass = odd.pass.bind(odd);
    odd.pass = (seconds, behaviour, random) =>
      pass(seconds, { ...behaviour, cpuSecondsPerEvent: 3e-4 }, random);
    for (let i = 0; i < 80; i++) course.tick();
    expect(course.status.step).toBe(0);
    expect(gate(course, 'cohort_cpu')?.verdict).toBe('no_data');
    course.fleet.pods = course.fleet.pods.filter((other) => other !== odd);
    course.until(({ step }) => step === 1);
  });
});

describe('overhead', () => {
  it('passes only when every measured pod has measured for half a minute', () => {
    const course = new Course().untilStep(0);
    for (let i = 0; i < 50; i++) course.tick();
    expect(gate(course, 'overhead')?.verdict).toBe('pass');
    course.fleet.add(course.now);
    for (let i = 0; i < 25; i++) course.tick();
    expect(course.status.step).toBe(0);
    expect(gate(course, 'overhead')).toMatchObject({
      verdict: 'no_data',
      text: 'engine-12 has not measured for long enough in this step',
    });
    course.until(({ step }) => step === 1, 10);
  });
});

describe('sla and errors', () => {
  it('wait for enough events at the first step, and then have nothing to compare with', () => {
    const course = new Course(12, specOf(`${SPEC_TEXT}limits: { minEvents: 20000 }`)).untilStep(0);
    course.tick();
    expect(gate(course, 'sla')).toMatchObject({ verdict: 'no_data', figure: null });
    // 8 pods of 1,000 events a second, of which a tenth is measured.
    for (let i = 0; i < 30; i++) course.tick();
    expect(gate(course, 'sla')).toMatchObject({
      verdict: 'pass',
      text: 'there is no earlier step to compare with',
    });
  });

  it('are undecided where an estimate is beyond the limit and chance may be why', () => {
    const course = new Course().untilStep(0);
    course.until(({ step }) => step === 1);
    Object.assign(course.fleet.behaviour, { errorRatio: 0.0025, eventsPerSecond: 100 });
    course.untilStep(1);
    for (let i = 0; i < 20; i++) course.tick();
    expect(gate(course, 'errors')).toMatchObject({ verdict: 'no_data' });
    expect(gate(course, 'errors')?.text).toContain('undecided, needs more events');
  });
});

describe('the share of events', () => {
  it('is as uncertain as the events that were measured, not as those they stand for', () => {
    const course = new Course().untilStep(0);
    const { status, now } = course;
    const widthAt = (rate: number): number => {
      const evidence = {
        ...course.state.evidence,
        rate,
        events: [['a', 100_000, 0, 1000]] as const,
        earlier: [{ rate: rate / 2, events: [['a', 100_000, 0, 1000]] as const }],
      };
      const results = judge({ spec: specOf(), status, evidence, view: null, answers: [], now });
      const [low, high] = results.find((item) => item.gate === 'sla')?.interval ?? [0, 0];
      return high - low;
    };
    // A twenty-fifth of the events: five times as wide.
    expect(widthAt(0.04) / widthAt(1)).toBeGreaterThan(4.5);
    expect(widthAt(0.04) / widthAt(1)).toBeLessThan(5.5);
  });
});

describe('failingConfidence', () => {
  it('keeps many looks at growing evidence from failing what is at the limit', () => {
    const hold = 2 * 86_400;
    const spec = specOf();
    const looks: number[] = [];
    for (let at = 30; at < hold; at *= 1.15) looks.push(at);
    const confidence = (at: number): number => {
      const course = new Course();
      const status = { ...course.status, holdSeconds: hold, heldSince: course.now - at * 1000 };
      return failingConfidence(
        { spec, status, evidence: course.state.evidence, view: null, answers: [], now: course.now },
        1,
      );
    };
    const shared = looks.map(confidence);
    const random = new Random(3, 'looks');
    const trials = 300;
    let naive = 0;
    let guarded = 0;
    for (let trial = 0; trial < trials; trial++) {
      const pods = Array.from({ length: 12 }, () => 0.002 * random.normal());
      const noise = pods.map(() => 0);
      let before = 0;
      const fails = { naive: false, guarded: false };
      looks.forEach((at, i) => {
        noise.forEach((_, k) => {
          noise[k] += 0.2 * Math.sqrt(at - before) * random.normal();
        });
        before = at;
        // The measured pods' true effect is the limit itself: a fail is wrong.
        const figures = pods.map((own, k) => own + noise[k] / at);
        const [measured, control] = [figures.slice(0, 8), figures.slice(8)];
        if (welchInterval(measured, control, 0.95).low > 0) fails.naive = true;
        if (fails.naive && welchInterval(measured, control, shared[i]).low > 0) fails.guarded = true;
      });
      if (fails.naive) naive++;
      if (fails.guarded) guarded++;
    }
    console.log(
      `wrong fails in ${looks.length} looks: ${naive / trials} at 95 % each, ${guarded / trials} as shared`,
    );
    expect(naive / trials).toBeGreaterThan(0.08);
    expect(guarded / trials).toBeLessThan(0.05);
  });
});
