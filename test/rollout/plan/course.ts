import type { PerfMetricsError } from '../../../src/contract/errors.ts';
import type { FleetStatistics } from '../../../src/contract/fleet.ts';
import type {
  RequestVerb,
  RolloutDecision,
  RolloutRequest,
  RolloutSpec,
  RolloutStatus,
} from '../../../src/contract/rollout.ts';
import { type DecideInput, decide } from '../../../src/rollout/plan/decide.ts';
import { optionsDocument } from '../../../src/rollout/plan/options-document.ts';
import type { QueryAnswer } from '../../../src/rollout/plan/query-answer.ts';
import { parseRolloutSpec } from '../../../src/rollout/plan/spec.ts';
import { initialState, type RolloutState } from '../../../src/rollout/plan/state.ts';
import { type Options, SimulatedFleet } from './simulated-fleet.ts';

export const START = Date.UTC(2026, 10, 2, 9);

/** Short holds, and a limit of CPU that twelve pods can decide. */
export const SPEC_TEXT = `
baseline: { hold: 1m }
steps:
  - { samplingRate: 0.1, hold: 1m }
  - { samplingRate: 0.5, hold: 1m }
  - { samplingRate: 1, hold: 2m }
control: { ratio: 0.3, minPods: 3 }
gates: { maxCpuIncreaseRatio: 0.05 }
`;

export const specOf = (text = SPEC_TEXT): RolloutSpec => parseRolloutSpec(text, 'test');

/** A rollout over a simulated fleet, whose clock the test moves. */
export class Course {
  now = START;
  state: RolloutState = initialState(START);
  spec: RolloutSpec | PerfMetricsError;
  queries: QueryAnswer[] = [];
  isSwitchedOff = false;
  /** False: nothing is known of the pods. */
  isFleetKnown = true;
  readonly fleet: SimulatedFleet;
  readonly decisions: RolloutDecision[] = [];
  private requests = 0;

  constructor(pods = 12, spec: RolloutSpec | PerfMetricsError = specOf(), seed = 1) {
    this.spec = spec;
    this.fleet = new SimulatedFleet(pods, START, seed);
  }

  get status(): RolloutStatus {
    return this.state.status;
  }

  statistics(): FleetStatistics | null {
    return this.isFleetKnown ? this.fleet.statistics(this.now) : null;
  }

  input(request: DecideInput['request'] = null): DecideInput {
    return {
      spec: this.spec,
      isSwitchedOff: this.isSwitchedOff,
      state: this.state,
      fleet: this.statistics(),
      queries: this.queries,
      request,
      now: this.now,
    };
  }

  /** One look, after so many seconds. */
  tick(seconds = 1): readonly RolloutDecision[] {
    this.now += seconds * 1000;
    this.fleet.pass(seconds, optionsDocument(this.status));
    return this.apply(this.input());
  }

  ask(verb: RequestVerb): readonly RolloutDecision[] {
    return this.answer({ id: `request-${++this.requests}`, verb, by: 'ada', at: this.now });
  }

  answer(request: RolloutRequest): readonly RolloutDecision[] {
    return this.apply(this.input(request));
  }

  until(holds: (status: RolloutStatus) => boolean, ticks = 2000): this {
    for (let i = 0; i < ticks && !holds(this.status); i++) this.tick();
    if (!holds(this.status)) throw new Error(`never so: ${JSON.stringify(this.status, null, 1)}`);
    return this;
  }

  untilStep(step: number): this {
    return this.until((status) => status.step === step && status.heldSince !== null);
  }

  private apply(input: DecideInput): readonly RolloutDecision[] {
    const { state, decisions } = decide(input);
    this.state = state;
    this.decisions.push(...decisions);
    return decisions;
  }
}

/** What a test asks of a course. */
export const moves = (course: Course) =>
  course.decisions.map(({ decision, from, to }) => [decision, from, to]);
export const last = (course: Course) => course.decisions.at(-1);
export const isComplete = ({ phase }: RolloutStatus) => phase === 'complete';
export const condition = ({ status }: Course, type: string) =>
  status.conditions.find((item) => item.type === type);
export const gate = ({ status }: Course, name: string) => status.gates.find((item) => item.gate === name);
export const optionsOf = ({ status }: Course) => JSON.parse(optionsDocument(status)) as Options;
