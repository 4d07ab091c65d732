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
    heldSeconds: 0,
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
 * Reads stored state. Evidence that is missing (null), damaged or another version's is gathered anew, for the step: the status
 * alone says what pods are told.
 *
 * @throws PerfMetricsError `PERF_ROLLOUT` of a status that is none, or another version's, saying what to do.
 */
export function parseRolloutState(statusText: string, evidenceText: string | null): RolloutState {
  const status = storedStatus(statusText);
  const evidence = evidenceText === null ? null : storedEvidence(evidenceText);
  if (evidence === null) return { status, evidence: freshEvidence(status) };
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
const isOverhead: Check = (value) => listOf(isNumber)(value) && (value as unknown[]).length === 2;
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
  heldSeconds: isNumber,
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
      sums: isCounters,
      isMeasuring: isFlag,
      overhead: isOverhead,
      own: orNull(isCounters),
      ownSeconds: isNumber,
      events: orNull(listOf(isNumber)),
    }),
  ),
  overwritten: isNumber,
  events: listOf(isEventCounts),
  earlier: listOf(shape({ rate: isNumber, events: listOf(isEventCounts) })),
  queries: listOf(shape({ name: isText, at: isNumber, consecutive: isNumber })),
  spec: orNull(
    shape({
      enabled: isFlag,
      steps: listOf(shape({ samplingRate: isNumber, holdSeconds: isNumber })),
      baselineHoldSeconds: isNumber,
      control: shape({ ratio: isNumber, minPods: isNumber }),
      gates: shape({
        maxOverheadRatio: isNumber,
        maxCpuIncreaseRatio: isNumber,
        maxLoopDelayIncreaseSeconds: isNumber,
        confidence: isNumber,
        maxRecordsLost: isNumber,
        maxComplianceDrop: isNumber,
        maxErrorIncrease: isNumber,
        queries: listOf(shape({ name: isText, prometheus: isText, query: isText, max: isNumber })),
      }),
      limits: shape({
        acknowledgeSeconds: isNumber,
        noDataSeconds: isNumber,
        minEvents: isNumber,
        queryRetries: isNumber,
      }),
    }),
  ),
};

function storedStatus(text: string): RolloutStatus {
  const bad = (problem: string, cause?: unknown): PerfMetricsError =>
    new PerfMetricsError(
      'PERF_ROLLOUT',
      `the stored status of the rollout ${problem}; delete it, and the rollout starts anew with every pod disabled`,
      { cause },
    );
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw bad('is no JSON', error);
  }
  if (!isObject(content)) throw bad('is no JSON object');
  const { schemaVersion } = content;
  if (schemaVersion !== ROLLOUT_STATUS_VERSION) {
    throw bad(
      `has schemaVersion ${JSON.stringify(schemaVersion)}, and this version reads ${ROLLOUT_STATUS_VERSION}`,
    );
  }
  const wrong = wrongKey(content, STATUS_SHAPE);
  if (wrong !== undefined) throw bad(`is damaged: ${wrong} is not what it should be`);
  return content as unknown as RolloutStatus;
}

/** Null when it cannot be used. */
function storedEvidence(text: string): Evidence | null {
  try {
    const content: unknown = JSON.parse(text);
    if (!isObject(content) || content.schemaVersion !== EVIDENCE_VERSION) return null;
    return wrongKey(content, EVIDENCE_SHAPE) === undefined ? (content as unknown as Evidence) : null;
  } catch {
    return null;
  }
}

function wrongKey(
  content: Readonly<Record<string, unknown>>,
  keys: Readonly<Record<string, Check>>,
): string | undefined {
  return Object.keys(keys).find((key) => !keys[key](content[key]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
