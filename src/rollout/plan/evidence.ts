import type { PodFigures } from '../../contract/fleet.ts';
import type { RolloutSpec, RolloutStatus } from '../../contract/rollout.ts';
import { type EventCounts, EventTally } from './event-tally.ts';
import type { FleetView, PodView } from './fleet-view.ts';
import type { QueryAnswer } from './query-answer.ts';

export const EVIDENCE_VERSION = 1;

/**
 * What the gates judge by: increases of the pods' figures while they were in step. JSON of less than 500 KB for 1,000 pods,
 * so that it fits a ConfigMap.
 */
export interface Evidence {
  readonly schemaVersion: typeof EVIDENCE_VERSION;
  /** Of the step that it is about, as in the status. */
  readonly step: number;
  readonly stepSince: number;
  readonly rate: number;
  readonly pods: readonly PodEvidence[];
  /** Of all pods together. */
  readonly overwritten: number;
  readonly events: readonly EventCounts[];
  /** Of steps that were left for a higher rate, by their rate. */
  readonly earlier: readonly EarlierStep[];
  readonly queries: readonly QueryErrors[];
  /** The last one that was valid. */
  readonly spec: RolloutSpec | null;
}

export interface EarlierStep {
  readonly rate: number;
  readonly events: readonly EventCounts[];
}

export interface QueryErrors {
  readonly name: string;
  /** Of the answer that was counted last. */
  readonly at: number;
  readonly consecutive: number;
}

/** One pod, over all of its runs. */
export interface PodEvidence {
  readonly id: string;
  readonly name: string;
  readonly isControl: boolean;
  /** Start of its run, and time of its figures, when it was seen last. */
  readonly run: number;
  readonly at: number;
  /** Records it had lost since the start of that run. */
  readonly lost: number;
  /** cpuSeconds, offered, loopDelaySeconds, loopBeats of the run; null unless it was in step when it was seen last. */
  readonly last: Counters | null;
  /** Of the step: time in step, and increases of the four counters in it. */
  readonly seconds: number;
  readonly sums: Counters;
  /** Whether it measured when it was seen last, at whatever rate. */
  readonly isMeasuring: boolean;
  /** Of the step, once the run is warm. */
  readonly overhead: Overhead;
  /** Increases of the four, and their time, while every pod was disabled before the first step. */
  readonly own: Counters | null;
  readonly ownSeconds: number;
  /** Totals by event when it was seen last, in the order of `events`; null unless it is followed. */
  readonly events: readonly number[] | null;
}

/** Time of measuring, and the library's share of it. */
export type Overhead = readonly [seconds: number, coreSeconds: number];

export type Counters = readonly [
  cpuSeconds: number,
  offered: number,
  loopDelaySeconds: number,
  loopBeats: number,
];

const NONE: Counters = [0, 0, 0, 0];
const NO_OVERHEAD: Overhead = [0, 0];
/** Pods that are gone are remembered, should they come back, up to so many. */
const MAX_GONE_PODS = 200;
const MAX_EARLIER_STEPS = 20;
const WARM_SECONDS = 60;

export function freshEvidence(status: RolloutStatus): Evidence {
  return {
    schemaVersion: EVIDENCE_VERSION,
    step: status.step,
    stepSince: status.stepSince,
    rate: status.samplingRate,
    pods: [],
    overwritten: 0,
    events: [],
    earlier: [],
    queries: [],
    spec: null,
  };
}

/** Ends the step that the evidence is of, and begins the status's. */
export function evidenceOfStep(evidence: Evidence, status: RolloutStatus): Evidence {
  const isLeavingBaseline = evidence.step === -1;
  const isRising = evidence.rate > 0 && status.samplingRate > evidence.rate;
  const others = evidence.earlier.filter(({ rate }) => rate !== evidence.rate);
  return {
    ...freshEvidence(status),
    spec: evidence.spec,
    pods: evidence.pods.map((pod) => ({
      ...pod,
      last: null,
      seconds: 0,
      sums: NONE,
      isMeasuring: false,
      overhead: NO_OVERHEAD,
      own: isLeavingBaseline && pod.seconds > 0 ? pod.sums : pod.own,
      ownSeconds: isLeavingBaseline && pod.seconds > 0 ? pod.seconds : pod.ownSeconds,
      events: null,
    })),
    earlier: isRising
      ? [...others, { rate: evidence.rate, events: evidence.events }].slice(-MAX_EARLIER_STEPS)
      : evidence.earlier,
  };
}

/**
 * Adds what pods did since they were seen last. Only time counts at both ends of which a pod was in step, in one run; a restart
 * begins anew and takes nothing away. Records lost in a run that began within the step count from its start.
 */
export function observed(evidence: Evidence, status: RolloutStatus, view: FleetView): Evidence {
  const known = new Map(evidence.pods.map((pod) => [pod.id, pod]));
  const tally = new EventTally(evidence.events, evidence.pods);
  let { overwritten } = evidence;
  const seen = view.pods.map((pod) => {
    const before = known.get(pod.id);
    known.delete(pod.id);
    if (!pod.isCurrent || pod.figures === null) return before;
    const after = withFigures(before, pod, pod.figures, status, view.at);
    if (pod.lag === null) overwritten += lostSince(before, pod.figures, status.stepSince);
    const isFollowed = pod.lag === null && status.samplingRate > 0 && !pod.isControl;
    return { ...after, events: isFollowed ? tally.follow(before, after, pod.figures.events) : null };
  });
  const gone = [...known.values()]
    .map((pod) => ({ ...pod, last: null, isMeasuring: false, events: null }))
    .sort((a, b) => b.at - a.at)
    .slice(0, MAX_GONE_PODS);
  return {
    ...evidence,
    pods: [...seen.filter((pod) => pod !== undefined), ...gone],
    overwritten,
    events: tally.counts(),
  };
}

function withFigures(
  before: PodEvidence | undefined,
  { id, name, isControl, isMeasuring, lag }: PodView,
  figures: PodFigures,
  status: RolloutStatus,
  now: number,
): PodEvidence {
  const counters: Counters = [
    figures.cpuSeconds,
    figures.offered,
    figures.loopDelaySeconds,
    figures.loopBeats,
  ];
  const after: PodEvidence = {
    id,
    name,
    isControl,
    run: figures.startedAt,
    at: figures.at,
    lost: figures.overwritten,
    last: lag === null ? counters : null,
    seconds: 0,
    sums: NONE,
    isMeasuring,
    overhead: NO_OVERHEAD,
    own: before?.own ?? null,
    ownSeconds: before?.ownSeconds ?? 0,
    events: null,
  };
  // A pod that changed sides has shown nothing yet on this one.
  if (before === undefined || (status.samplingRate > 0 && before.isControl !== isControl)) return after;
  const { seconds, sums, last } = before;
  const overhead = overheadOf(before, after, figures, status, now);
  const isContinued = last !== null && lag === null && before.run === figures.startedAt;
  const increases = isContinued ? counters.map((value, i) => value - last[i]) : NONE;
  const passed = (figures.at - before.at) / 1000;
  if (!isContinued || passed < 0 || increases.some((increase) => increase < 0)) {
    return { ...after, overhead, seconds, sums };
  }
  return {
    ...after,
    overhead,
    seconds: rounded(seconds + possible(passed, seconds, status, now)),
    sums: [
      rounded(sums[0] + increases[0]),
      rounded(sums[1] + increases[1]),
      rounded(sums[2] + increases[2]),
      rounded(sums[3] + increases[3]),
    ],
  };
}

/** By the means of each look's time. What a pod says of the time in which it started is not what it takes later. */
function overheadOf(
  before: PodEvidence,
  after: PodEvidence,
  figures: PodFigures,
  status: RolloutStatus,
  now: number,
): Overhead {
  const { overhead, run, at } = before;
  const [seconds, coreSeconds] = overhead;
  const isContinued = before.isMeasuring && after.isMeasuring && run === after.run && after.at > at;
  if (!isContinued || !isWarm({ at, startedAt: run }, status.holdSeconds)) {
    return overhead;
  }
  const passed = possible((after.at - at) / 1000, seconds, status, now);
  const ratio = figures.recordOverheadRatio + figures.aggregateOverheadRatio;
  return [rounded(seconds + passed), rounded(coreSeconds + passed * ratio)];
}

/** Whether the run is old enough that its overhead is what it stays. */
export function isWarm(
  { at, startedAt }: Pick<PodFigures, 'at' | 'startedAt'>,
  holdSeconds: number,
): boolean {
  return at - startedAt >= Math.min(WARM_SECONDS, holdSeconds) * 1000;
}

/** No pod has been in a step for longer than there has been one: its clock may have jumped. */
function possible(passed: number, known: number, { stepSince }: RolloutStatus, now: number): number {
  return Math.max(0, Math.min(passed, (now - stepSince) / 1000 - known));
}

function lostSince(before: PodEvidence | undefined, figures: PodFigures, stepSince: number): number {
  if (before?.run === figures.startedAt) return Math.max(0, figures.overwritten - before.lost);
  return figures.startedAt >= stepSince ? figures.overwritten : 0;
}

/** Counts each answer once. */
export function withAnswers(evidence: Evidence, answers: readonly QueryAnswer[]): Evidence {
  const queries = answers.map(({ name, at, error }): QueryErrors => {
    const before = evidence.queries.find((query) => query.name === name);
    if (before !== undefined && before.at >= at) return before;
    return { name, at, consecutive: error === null ? 0 : (before?.consecutive ?? 0) + 1 };
  });
  return { ...evidence, queries };
}

/** To a nanosecond, without the digits that only subtraction left. */
function rounded(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
