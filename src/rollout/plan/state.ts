import { PerfMetricsError } from '../../contract/errors.ts';
import { PHASES, ROLLOUT_STATUS_VERSION, type RolloutStatus } from '../../contract/rollout.ts';
import { EVIDENCE_VERSION, type Evidence, evidenceOfStep, freshEvidence } from './evidence.ts';

/**
 * All that a decision depends on beside the fleet of the moment: JSON, stored after each decision, the status first or both at
 * once. `parseRolloutState` mends evidence that is one decision older than the status.
 */
export interface RolloutState {
  readonly status: RolloutStatus;
  readonly evidence: Evidence;
}

/** Before the first valid spec: every pod disabled. */
export function initialState(now: number): RolloutState {
  const status: RolloutStatus = {
    schemaVersion: ROLLOUT_STATUS_VERSION,
    phase: 'disabled',
    step: -1,
    stepCount: 0,
    rates: [],
    specHash: null,
    suspended: null,
    samplingRate: 0,
    stepSince: now,
    heldSince: null,
    holdSeconds: 0,
    generation: 1,
    control: [],
    pods: { total: 0, inStep: 0 },
    gates: [],
    conditions: [],
    decisions: [],
    answeredRequest: null,
    updatedAt: now,
  };
  return { status, evidence: freshEvidence(status) };
}

/**
 * Reads stored state. Without evidence (null) that of the step is gathered anew.
 *
 * @throws PerfMetricsError `PERF_ROLLOUT` of text that is no such state, or another version's, saying what to do.
 */
export function parseRolloutState(statusText: string, evidenceText: string | null): RolloutState {
  const status = stored<RolloutStatus>(
    statusText,
    'status',
    ROLLOUT_STATUS_VERSION,
    STATUS_SHAPE,
    'delete it, and the rollout starts anew with every pod disabled',
  );
  if (evidenceText === null) return { status, evidence: freshEvidence(status) };
  const evidence = stored<Evidence>(
    evidenceText,
    'evidence',
    EVIDENCE_VERSION,
    EVIDENCE_SHAPE,
    'delete it, and what the gates judge by is gathered anew',
  );
  const isOfStep = evidence.step === status.step && evidence.stepSince === status.stepSince;
  return { status, evidence: isOfStep ? evidence : evidenceOfStep(evidence, status) };
}

type Check = (value: unknown) => boolean;

const isNumber: Check = (value) => typeof value === 'number';
const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shape =
  (keys: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(keys).every(([key, check]) => check(value[key]));
const isCounters: Check = (value) => listOf(isNumber)(value) && (value as unknown[]).length === 4;
const isEventCounts: Check = (value) =>
  Array.isArray(value) && value.length === 4 && isText(value[0]) && value.slice(1).every(isNumber);

const isPhase: Check = (value) => PHASES.some((phase) => phase === value);

const STATUS_SHAPE = {
  phase: isPhase,
  step: isNumber,
  stepCount: isNumber,
  rates: listOf(isNumber),
  specHash: orNull(isText),
  suspended: orNull(shape({ phase: isPhase, step: isNumber })),
  samplingRate: isNumber,
  stepSince: isNumber,
  heldSince: orNull(isNumber),
  holdSeconds: isNumber,
  generation: isNumber,
  control: listOf(isText),
  pods: shape({ total: isNumber, inStep: isNumber }),
  gates: listOf(shape({ gate: isText, verdict: isText, limit: isNumber, text: isText, since: isNumber })),
  conditions: listOf(
    shape({ type: isText, isTrue: isFlag, reason: isText, message: isText, since: isNumber }),
  ),
  decisions: listOf(shape({ decision: isText, at: isNumber, reason: isText, by: isText })),
  answeredRequest: orNull(isText),
  updatedAt: isNumber,
};

const EVIDENCE_SHAPE = {
  step: isNumber,
  stepSince: isNumber,
  rate: isNumber,
  pods: listOf(
    shape({
      id: isText,
      name: isText,
      isControl: isFlag,
      run: isNumber,
      at: isNumber,
      lost: isNumber,
      last: orNull(isCounters),
      seconds: isNumber,
      overheadSeconds: isNumber,
      sums: isCounters,
      own: orNull(isCounters),
      events: orNull(listOf(isNumber)),
    }),
  ),
  overwritten: isNumber,
  events: listOf(isEventCounts),
  earlier: listOf(shape({ rate: isNumber, events: listOf(isEventCounts) })),
  queries: listOf(shape({ name: isText, at: isNumber, consecutive: isNumber })),
};

function stored<T>(
  text: string,
  what: string,
  version: number,
  keys: Readonly<Record<string, Check>>,
  remedy: string,
): T {
  const bad = (problem: string, cause?: unknown): PerfMetricsError =>
    new PerfMetricsError('PERF_ROLLOUT', `the stored ${what} of the rollout ${problem}; ${remedy}`, {
      cause,
    });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw bad('is no JSON', error);
  }
  if (!isObject(content)) throw bad('is no JSON object');
  if (content.schemaVersion !== version) {
    throw bad(
      `has schemaVersion ${JSON.stringify(content.schemaVersion)}, and this version reads ${version}`,
    );
  }
  const wrong = Object.keys(keys).find((key) => !keys[key](content[key]));
  if (wrong !== undefined) throw bad(`is damaged: ${wrong} is not what it should be`);
  return content as T;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
