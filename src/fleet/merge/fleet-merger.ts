import type { Clock } from '../../contract/clock.ts';
import type {
  FleetStatistics,
  PodFigures,
  RoundStatistics,
  SetAsideReason,
  Target,
} from '../../contract/fleet.ts';
import type { DigestSnapshot } from '../../contract/snapshot.ts';
import { decodeSnapshot } from '../../contract/snapshot-decoder.ts';
import type { Minute } from '../minute.ts';
import { readCheckpoint } from './checkpoint-reader.ts';
import { writeCheckpoint } from './checkpoint-writer.ts';
import { encodeFleet } from './fleet-digest.ts';
import { FleetSla } from './fleet-sla.ts';
import { FleetState } from './fleet-state.ts';
import { MAX_PAIRS_OF_TARGET, MINUTE_MILLIS } from './limits.ts';
import { minuteEvents } from './minute-events.ts';
import { isPlausible, isPlausibleStart } from './plausibility.ts';
import { Pod } from './pod.ts';
import { hasHappened, Run } from './run.ts';
import { serviceStatistics } from './service-statistics.ts';

export interface FleetMergerSettings {
  /** Unix milliseconds. */
  readonly wallClock: Clock;
  /** What an earlier merger's `checkpoint` returned. */
  readonly checkpoint?: Uint8Array | null;
}

/** What the merger cannot know of a round. */
export type RoundFacts = Pick<RoundStatistics, 'rounds' | 'late' | 'durationSeconds' | 'lagSeconds'>;

/**
 * Merges the pods' snapshots: bytes and a clock in, statistics out. A round is any number of `accept` and `setAside`, then
 * one `finishRound`.
 *
 * Windows are those of the pods that answered in the round. Totals are of every run ever seen, and never fall. Nothing that
 * a pod sends can make anything here throw, or take memory without bound, or change what other pods count.
 */
export class FleetMerger {
  /** Why the checkpoint was of no use, so that the merger began with nothing; null when it was, or there was none. */
  readonly restoreProblem: string | null;
  private readonly wallClock: Clock;
  private readonly state: FleetState;
  private readonly sla = new FleetSla();
  private readonly setAsideCounts: Partial<Record<SetAsideReason, number>> = {};
  /** By id, in the order of the statistics. */
  private pods = new Map<string, Pod>();
  /** Of the round under way, from 1. */
  private round = 1;

  constructor({ wallClock, checkpoint = null }: FleetMergerSettings) {
    this.wallClock = wallClock;
    const now = wallClock();
    const { state, problem } =
      checkpoint === null ? { state: null, problem: null } : readCheckpoint(checkpoint, now);
    this.state = state ?? new FleetState(now);
    this.restoreProblem = problem;
  }

  /**
   * The targets there are. The runs of those that are gone stay in the totals for good; the windows of the round under way
   * still hold what they answered in it.
   */
  setTargets(targets: readonly Target[]): void {
    const now = this.wallClock();
    const before = this.pods;
    this.pods = new Map();
    for (const target of targets.toSorted(byServiceThenName)) {
      const pod = before.get(target.id) ?? new Pod(target);
      pod.target = target;
      this.pods.set(target.id, pod);
    }
    for (const [id, { run }] of before) {
      if (run !== null && !this.pods.has(id)) this.state.ledger.depart(run, now);
    }
  }

  /**
   * Takes a target's answer: null when it was merged, else why it was set aside, which is counted. The answer of a target
   * that is not listed any more, or was merged in this round, changes nothing.
   */
  accept(target: Target, bytes: Uint8Array): SetAsideReason | null {
    const pod = this.pods.get(target.id);
    if (pod === undefined || pod.mergedRound === this.round) return null;
    const { snapshot, problem } = decodeSnapshot(bytes);
    const reason = problem ?? this.merge(pod, snapshot, this.wallClock());
    if (reason !== null) this.setAside(target, reason);
    return reason;
  }

  /** Counts a target that gave no answer to merge. Its totals stay, and it is out of this round's windows. */
  setAside(target: Target, reason: SetAsideReason): void {
    const pod = this.pods.get(target.id);
    if (pod === undefined) return;
    pod.reason = reason;
    this.setAsideCounts[reason] = (this.setAsideCounts[reason] ?? 0) + 1;
  }

  /**
   * Everything merged is as fresh as the round: windows of its answers, totals since start of each run's latest. The
   * round after it begins.
   */
  finishRound(facts: RoundFacts): FleetStatistics {
    const { state, round } = this;
    const at = this.wallClock();
    state.ledger.expire(at);
    const merged: Pod[] = [];
    for (const pod of this.pods.values()) {
      if (pod.mergedRound === round) merged.push(pod);
    }
    state.mergeTotals(this.liveRuns);
    state.finishWindows();
    this.countPods(merged);
    this.judgeSla(at);
    if (merged.length > 0) {
      state.countedSince ??= Math.min(state.startedAt, ...merged.map((pod) => pod.figures?.startedAt ?? at));
    }
    const statistics: FleetStatistics = {
      at,
      startedAt: state.startedAt,
      round: { ...facts, targets: this.pods.size, merged: merged.length },
      overall: serviceStatistics(state.overall),
      services: [...state.services.values()].sort(byService).map(serviceStatistics),
      pods: Array.from(this.pods.values(), (pod) => pod.statistics(round)),
      setAside: { ...this.setAsideCounts },
      slaChanges: this.sla.changes,
    };
    this.round++;
    return statistics;
  }

  /** All services as of the last round, in the format of a pod's `/digest`: a fleet of fleets can merge it. */
  encodeDigest(): Uint8Array<ArrayBuffer> {
    const { overall, startedAt, countedSince } = this.state;
    const last = this.round - 1;
    const figures: PodFigures[] = [];
    for (const pod of this.pods.values()) {
      if (pod.mergedRound === last && pod.figures !== null) figures.push(pod.figures);
    }
    return encodeFleet(overall, figures, this.wallClock(), countedSince ?? startedAt);
  }

  /**
   * What happened since the last call, restarts included when there is a checkpoint. Of a run that is older than the minute
   * and was never seen before, only its own last minute is counted: when the rest happened is not known.
   */
  takeMinute(): Minute {
    const { state } = this;
    const to = this.wallClock();
    // A clock that was set back: how long ago the last call was is not known.
    const from = to < state.minuteFrom ? to - MINUTE_MILLIS : state.minuteFrom;
    state.minuteFrom = to;
    const runs = [...state.ledger.departedRuns, ...this.liveRuns];
    return { from, to, events: minuteEvents(state.services.values(), runs) };
  }

  /**
   * What a merger after this one needs so that no total falls and nothing counts twice. What runs record after the last
   * checkpoint and before their end, while nobody looks, is lost to the totals.
   */
  checkpoint(): Uint8Array<ArrayBuffer> {
    return writeCheckpoint(this.state, this.liveRuns);
  }

  private get liveRuns(): Run[] {
    const live: Run[] = [];
    for (const { run } of this.pods.values()) if (run !== null) live.push(run);
    return live;
  }

  /** Nothing has changed when it is set aside. */
  private merge(pod: Pod, snapshot: DigestSnapshot, now: number): SetAsideReason | null {
    const { ledger } = this.state;
    const { id, service } = pod.target;
    const { startedAt } = snapshot;
    if (pod.isStale(snapshot, now)) return 'stale';
    if (!isPlausible(snapshot)) return 'implausible';
    const live = pod.run?.startedAt === startedAt ? pod.run : null;
    const known = live ?? ledger.find(id, startedAt);
    if (known?.fallsIn(snapshot)) return 'went_backwards';
    if (known === undefined ? !isPlausibleStart(snapshot, now) : known.leapsIn(snapshot, now))
      return 'implausible';
    const problem = this.roomFor(pod, known?.service.service ?? service, snapshot);
    if (problem !== null) return problem;
    if (known === undefined && !pod.mayStartRun(now)) return 'implausible';

    const run = live ?? ledger.takeBack(id, startedAt) ?? new Run(id, startedAt, this.state.service(service));
    if (pod.run !== null && pod.run !== run) ledger.depart(pod.run, now);
    pod.run = run;
    run.departedAt = 0;
    run.heardAt = now;
    const pairs = run.service.events.size;
    run.add(snapshot);
    pod.newPairs += run.service.events.size - pairs;
    const isOld = snapshot.at - startedAt > Math.max(0, now - this.state.minuteFrom) + MINUTE_MILLIS;
    for (const event of snapshot.events) {
      if (!hasHappened(event)) continue;
      const merged = run.service.event(event.name, event.unit);
      merged.addWindows(event);
      if (known === undefined && isOld) merged.leaveOutOfMinute(event);
    }
    pod.merged(snapshot, this.round, now);
    return null;
  }

  /** Whether the snapshot's events are of the units known, and can be kept apart from all others. */
  private roomFor(pod: Pod, service: string, { events }: DigestSnapshot): SetAsideReason | null {
    const known = this.state.services.get(service)?.events;
    let fresh = 0;
    for (const candidate of events) {
      const event = known?.get(candidate.name);
      if (event === undefined) fresh += hasHappened(candidate) ? 1 : 0;
      else if (event.unit !== candidate.unit) return 'unit_conflict';
    }
    if (fresh === 0 && known !== undefined) return null;
    const isRoom = pod.newPairs + fresh <= MAX_PAIRS_OF_TARGET && this.state.hasRoom(service, fresh);
    return isRoom ? null : 'too_many_events';
  }

  private countPods(merged: readonly Pod[]): void {
    const { overall, services } = this.state;
    for (const service of services.values()) service.pods = 0;
    for (const { run } of merged) if (run !== null) run.service.pods++;
    overall.pods = merged.length;
  }

  private judgeSla(at: number): void {
    const { overall, services } = this.state;
    const listed = new Set<string>();
    for (const { target } of this.pods.values()) listed.add(target.service);
    for (const { service, events, pods } of services.values()) {
      const mayRecover = pods > 0 || !listed.has(service);
      for (const event of events.values()) this.sla.judge(service, event, at, mayRecover);
    }
    const parts = this.state.partsOfOverall();
    for (const event of overall.events.values()) this.sla.judgeOverall(event, at, parts.get(event) ?? []);
  }
}

function byServiceThenName(a: Target, b: Target): number {
  return compare(a.service, b.service) || compare(a.name, b.name) || compare(a.id, b.id);
}

function byService(a: { readonly service: string }, b: { readonly service: string }): number {
  return compare(a.service, b.service);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
