import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PerfMetricsError } from '../../../src/contract/errors.ts';
import type { FleetStatistics } from '../../../src/contract/fleet.ts';
import {
  DECISIONS,
  REQUEST_VERBS,
  type RolloutSpec,
  type RolloutStatus,
} from '../../../src/contract/rollout.ts';
import { type Decided, type DecideInput, decide } from '../../../src/rollout/plan/decide.ts';
import { optionsDocument } from '../../../src/rollout/plan/options-document.ts';
import type { QueryAnswer } from '../../../src/rollout/plan/query-answer.ts';
import { initialState, parseRolloutState, type RolloutState } from '../../../src/rollout/plan/state.ts';
import { START, specOf } from './course.ts';
import { HEALTHY, SimulatedFleet } from './simulated-fleet.ts';

const GATES = `
gates:
  maxCpuIncreaseRatio: 0.05
  queries: [{ name: clients, prometheus: 'http://prometheus:9090', query: latency, max: 5 }]
control: { ratio: 0.3, minPods: 2 }
limits: { minEvents: 200 }
`;
const PLAN = `baseline: { hold: 20s }
steps: [{ samplingRate: 0.1, hold: 30s }, { samplingRate: 0.5, hold: 20s }, { samplingRate: 1, hold: 40s }]`;

const SPECS: readonly (RolloutSpec | PerfMetricsError)[] = [
  specOf(PLAN + GATES),
  specOf(`${PLAN + GATES}\nenabled: false`),
  specOf(`steps: [{ samplingRate: 0.2, hold: 10s }, { samplingRate: 0.5, hold: 10s }]\n${GATES}`),
  specOf(
    `steps: [{ samplingRate: 0.1, hold: 1s }, { samplingRate: 0.2, hold: 1s }, { samplingRate: 0.5, hold: 1s }, { samplingRate: 0.7, hold: 1s }]`,
  ),
  specOf(`steps: [{ samplingRate: 1, hold: 5s }]\ncontrol: { ratio: 0 }`),
  specOf(`steps: [{ samplingRate: 0.3, hold: 5s }]\nenabled: false`),
  new PerfMetricsError('PERF_ROLLOUT_SPEC', 'it cannot be read'),
];

const pick = fc.nat(50);
const action = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 45 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('add' as const, 'heal' as const, 'stutter' as const) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'remove' as const,
        'restart' as const,
        'lag' as const,
        'adapt' as const,
        'set_aside' as const,
      ),
      pick,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('behave' as const),
      change: fc.constantFrom(
        { overhead: 0.02 },
        { cpuIncrease: 0.3 },
        { lost: 1 },
        { errorRatio: 0.05 },
        { breachRatio: 0.05 },
        { loopDelayIncrease: 0.01 },
        { eventsPerSecond: 0 },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      answer: fc.constantFrom(
        { value: 1, error: null },
        { value: 9, error: null },
        { value: null, error: null },
        { value: Number.NaN, error: null },
        { value: null, error: 'refused' },
        null,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('see' as const), isKnown: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('ask' as const), verb: fc.constantFrom(...REQUEST_VERBS) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('edit' as const), spec: fc.constantFrom(...SPECS) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

class History {
  now = START;
  state: RolloutState = initialState(START);
  spec: RolloutSpec | PerfMetricsError = SPECS[0];
  answer: { value: number | null; error: string | null } | null = { value: 1, error: null };
  isKnown = true;
  readonly fleet: SimulatedFleet;
  private readonly made: Map<string, number>;
  private request: DecideInput['request'] = null;
  private requests = 0;

  constructor(pods: number, made = new Map<string, number>()) {
    this.made = made;
    this.fleet = new SimulatedFleet(pods, START);
  }

  play(step: Action): void {
    const { pods } = this.fleet;
    const pod = 'pick' in step ? pods[step.pick % Math.max(1, pods.length)] : undefined;
    switch (step.do) {
      case 'pass':
        for (let i = 0; i < step.seconds; i++) this.tick();
        return;
      case 'add':
        this.fleet.add(this.now);
        break;
      case 'heal':
        this.fleet.heal();
        break;
      case 'stutter':
        this.tick(45);
        return;
      case 'remove':
        pods.splice(step.pick % Math.max(1, pods.length), 1);
        break;
      case 'restart':
        pod?.restart(this.now);
        break;
      case 'lag':
        if (pod) pod.behind = 10;
        break;
      case 'adapt':
        if (pod) pod.adaptiveRate = pod.adaptiveRate === null ? 0.05 : null;
        break;
      case 'set_aside':
        if (pod) pod.isSetAside = !pod.isSetAside;
        break;
      case 'behave':
        this.fleet.behaviour = { ...HEALTHY, ...step.change };
        break;
      case 'answer':
        this.answer = step.answer;
        break;
      case 'see':
        this.isKnown = step.isKnown;
        break;
      case 'ask':
        this.request = { id: `r${++this.requests}`, verb: step.verb, by: 'ada', at: this.now };
        break;
      case 'edit':
        this.spec = step.spec;
    }
    this.tick();
  }

  tick(seconds = 1): void {
    this.now += seconds * 1000;
    this.fleet.pass(seconds, optionsDocument(this.state.status));
    const { answer } = this;
    const queries: QueryAnswer[] = answer === null ? [] : [{ name: 'clients', at: this.now, ...answer }];
    const input: DecideInput = {
      spec: this.spec,
      state: this.state,
      fleet: this.isKnown ? this.fleet.statistics(this.now) : null,
      queries,
      request: this.request,
      now: this.now,
    };
    const decided = decide(input);
    checkStep(input, decided);
    for (const { decision } of decided.decisions) this.made.set(decision, (this.made.get(decision) ?? 0) + 1);
    this.state = decided.state;
  }

  ask(verb: (typeof REQUEST_VERBS)[number]): void {
    this.play({ do: 'ask', verb });
  }
}

/** What holds of every look at any fleet. */
function checkStep(input: DecideInput, { state, decisions }: Decided): void {
  const before = input.state.status;
  const after = state.status;
  // A crash at this very point, with everything read back.
  const stored = JSON.stringify(state.status);
  const reread = parseRolloutState(stored, JSON.stringify(state.evidence));
  if (!isDeepStrictEqual(reread, state)) expect(reread).toEqual(state);
  const again = decide({ ...input, state: reread, request: null });
  const same = decide({ ...input, state, request: null });
  if (!isDeepStrictEqual(again, same)) expect(again).toEqual(same);

  expect(after.generation).toBeGreaterThanOrEqual(before.generation);
  const isTold = contentOf(before) !== contentOf(after);
  expect(after.generation > before.generation).toBe(isTold);
  expect(after.samplingRate).toBe(after.step < 0 ? 0 : after.rates[after.step]);
  if (after.step !== before.step) expect(decisions).not.toEqual([]);
  if (!(input.spec instanceof PerfMetricsError) && !input.spec.enabled) expect(after.samplingRate).toBe(0);
  const isResumed = decisions.some(
    ({ decision, reason }) => decision === 'resume' && !reason.startsWith('refused'),
  );
  for (const { decision, from, to, reason } of decisions) {
    if (decision === 'advance') checkAdvance(input, from, to, isResumed);
    if (decision === 'complete') checkAdvance(input, from, from + 1, isResumed);
    if (decision === 'roll_back') expect([to, after.phase]).toEqual([from - 1, 'failed']);
    if (decision === 'promote')
      expect(to - from).toBe(reason.startsWith('refused') || after.phase === 'complete' ? 0 : 1);
    if (reason.startsWith('refused')) expect(to).toBe(from);
    if (decision === 'abort' && !reason.startsWith('refused')) expect(to).toBe(-1);
  }
}

function checkAdvance(
  { spec, state: { status }, fleet, queries, now }: DecideInput,
  from: number,
  to: number,
  isResumed: boolean,
): void {
  expect(to).toBe(from + 1);
  const phase = from < 0 ? 'baseline' : 'progressing';
  expect(isResumed ? 'paused' : phase).toBe(status.phase);
  if (spec instanceof PerfMetricsError) throw new Error('advanced without a spec');
  if (!spec.enabled) throw new Error('advanced while switched off');
  expect(everyPodIsInStep(status, fleet)).toBe(true);
  const holdSeconds = from < 0 ? spec.baselineHoldSeconds : spec.steps[from].holdSeconds;
  const looked = Math.min(10, (now - status.updatedAt) / 1000);
  expect(status.heldSeconds + looked).toBeGreaterThanOrEqual(holdSeconds);
  expect((now - (status.heldSince ?? now)) / 1000).toBeGreaterThanOrEqual(holdSeconds);
  if (from < 0) return;
  for (const { max } of spec.gates.queries)
    expect(queries.some(({ value }) => value !== null && value <= max)).toBe(true);
  if (spec.control.ratio > 0) expect(status.control.length).toBeGreaterThanOrEqual(2);
}

function everyPodIsInStep(status: RolloutStatus, fleet: FleetStatistics | null): boolean {
  if (fleet === null || fleet.pods.length === 0) return false;
  return fleet.pods.every(({ state, figures }) => {
    if (state !== 'merged' || figures === null || figures.generation !== status.generation) return false;
    const isMeant = status.step >= 0 && !status.control.includes(figures.instance);
    return isMeant ? figures.enabled && figures.rate === status.rates[status.step] : !figures.enabled;
  });
}

function contentOf(status: RolloutStatus): string {
  return optionsDocument({ ...status, generation: 0 });
}

describe('any history', () => {
  it('advances only as it may, step by step, and survives a crash at each point', () => {
    const made = new Map<string, number>();
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 12 }),
        fc.array(action, { maxLength: 60, size: 'max' }),
        (pods, actions) => {
          const history = new History(pods, made);
          for (const step of actions) history.play(step);
        },
      ),
      { seed: 4, numRuns: 60 },
    );
    // The histories are not all idle.
    for (const decision of DECISIONS) expect([decision, made.get(decision) ?? 0]).not.toEqual([decision, 0]);
  });

  it('ends complete once the fleet is healthy and a person resumes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 12 }),
        fc.array(action, { maxLength: 40, size: 'max' }),
        (pods, actions) => {
          const history = new History(pods);
          for (const step of actions) history.play(step);
          history.fleet.heal();
          while (history.fleet.pods.length < 9) history.fleet.add(history.now);
          history.isKnown = true;
          history.answer = { value: 1, error: null };
          history.spec = SPECS[0];
          for (let i = 0; i < 3000 && history.state.status.phase !== 'complete'; i++) {
            history.tick(5);
            const { phase } = history.state.status;
            if (phase === 'paused' || phase === 'failed' || phase === 'aborted') history.ask('resume');
          }
          const { phase, step, conditions, gates, decisions } = history.state.status;
          if (phase !== 'complete')
            throw new Error(JSON.stringify({ phase, step, conditions, gates, decisions }, null, 1));
        },
      ),
      { seed: 5, numRuns: 30 },
    );
  });
});
