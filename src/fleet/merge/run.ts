import type { DigestCentroids, DigestSnapshot, EventSnapshot } from '../../contract/snapshot.ts';
import { NativeHistogram } from '../../sketch/native-histogram.ts';
import type { TDigest } from '../../sketch/tdigest.ts';
import { NATIVE_BUCKETS, TOTAL_COMPRESSION } from '../../state/event-state.ts';
import { assignCentroids } from './centroids.ts';
import type { MergedEvent } from './merged-event.ts';
import type { MergedService } from './merged-service.ts';
import { mostOfRun } from './plausibility.ts';

/** Counts since the start of a run may fall by rounding, when weights are summed in another order. */
const TOLERANCE = 1e-9;
/** The finest, so that any schema is kept as it came. */
const FINEST_SCHEMA = 8;
const BYTES_PER_FLOAT = 8;
/** Of what did not fail: a difference of two counts, each rounded. */
const DIFFERENCE_TOLERANCE = 1e-6;

/** One run of a process: a target and the start that it reported. Holds what it said last. */
export class Run {
  readonly id: string;
  readonly startedAt: number;
  /** It counts for the service under which it was first seen, whatever its target is called later. */
  readonly service: MergedService;
  readonly events = new Map<string, RunEvent>();
  recorded = 0;
  overwritten = 0;
  /** When, by our clock, it was merged last; Unix milliseconds. */
  heardAt = 0;
  /** Unix milliseconds; 0 while it is live. */
  departedAt = 0;
  /**
   * Its digests are part of the retired ones, and only its counts are kept. When it comes back after all, what its counts
   * rose by is added, while its digests are left out: they hold what is retired already.
   */
  isFolded = false;

  constructor(id: string, startedAt: number, service: MergedService) {
    this.id = id;
    this.startedAt = startedAt;
    this.service = service;
  }

  /** What its digests and histograms take. */
  get bytes(): number {
    let floats = 0;
    for (const { digest, native } of this.events.values()) {
      floats += (digest?.state.length ?? 0) + (native?.state.length ?? 0);
    }
    return BYTES_PER_FLOAT * floats;
  }

  /** Whether any total is below what the run said before, or fewer events went well. */
  fallsIn(snapshot: DigestSnapshot): boolean {
    if (isBelow(snapshot.recorded, this.recorded) || isBelow(snapshot.overwritten, this.overwritten))
      return true;
    let known = 0;
    for (const { name, total } of snapshot.events) {
      const event = this.events.get(name);
      if (event === undefined) continue;
      known++;
      const { count, errors, breaches } = event;
      if (isBelow(total.count, count) || isBelow(total.errors, errors) || isBelow(total.breaches, breaches)) {
        return true;
      }
      const slack = DIFFERENCE_TOLERANCE * (count - errors) + TOLERANCE * count;
      if (total.count - total.errors < count - errors - slack) return true;
    }
    // A catalogue is fixed for a run: an event that is missing has fallen to nothing.
    return known < this.events.size;
  }

  /** Whether any total rose by more than can happen since it was heard last: by our clock, since a pod's may lie. */
  leapsIn(snapshot: DigestSnapshot, now: number): boolean {
    const most = mostOfRun((now - this.heardAt) / 1e3);
    if (snapshot.recorded - this.recorded > most) return true;
    return snapshot.events.some(
      ({ name, total }) => total.count - (this.events.get(name)?.count ?? 0) > most,
    );
  }

  /** Takes over the totals and passes their increases on. The snapshot is plausible, and does not fall. */
  add(snapshot: DigestSnapshot): void {
    const recorded = Math.max(0, snapshot.recorded - this.recorded);
    const overwritten = Math.max(0, snapshot.overwritten - this.overwritten);
    this.recorded += recorded;
    this.overwritten += overwritten;
    this.service.addRecords(recorded, overwritten);
    for (const event of snapshot.events) {
      if (!hasHappened(event)) continue;
      let own = this.events.get(event.name);
      if (own === undefined) {
        own = new RunEvent(this.service.event(event.name, event.unit));
        this.events.set(event.name, own);
      }
      own.add(event, !this.isFolded);
    }
  }

  /** Its digests become part of the retired ones. */
  fold(): void {
    if (this.isFolded) return;
    this.isFolded = true;
    for (const event of this.events.values()) event.fold();
  }
}

/** What a run said of one event last. */
export class RunEvent {
  readonly merged: MergedEvent;
  count = 0;
  errors = 0;
  breaches = 0;
  /** Null once the run is folded. */
  digest: TDigest | null = null;
  native: NativeHistogram | null = null;
  /** Its last 1 m window of the minute under way, whatever became of the run since. */
  minute: DigestCentroids | null = null;

  constructor(merged: MergedEvent) {
    this.merged = merged;
  }

  add({ total, native, windows }: EventSnapshot, withSketches: boolean): void {
    this.minute = windows[2].digest;
    const count = Math.max(0, total.count - this.count);
    const errors = Math.max(0, total.errors - this.errors);
    const breaches = Math.max(0, total.breaches - this.breaches);
    if (count === 0 && errors === 0 && breaches === 0) return;
    this.count += count;
    this.errors += errors;
    this.breaches += breaches;
    this.merged.addTotals(count, errors, breaches);
    if (!withSketches) return;
    this.digest = assignCentroids(this.digest, total.digest, TOTAL_COMPRESSION);
    this.native ??= NativeHistogram.create(NATIVE_BUCKETS, FINEST_SCHEMA);
    this.native.load(native);
    this.merged.isChanged = true;
  }

  fold(): void {
    this.merged.retire(this);
    this.digest = null;
    this.native = null;
  }

  /** Folded runs are not asked for their minute any more. */
  leaveMinute(): void {
    if (this.minute !== null) this.merged.keepOfMinute(this.minute);
    this.minute = null;
  }
}

/** Whether there is anything to keep of an event: one that never happened takes no room. */
export function hasHappened({ total, windows }: EventSnapshot): boolean {
  return total.count > 0 || windows.some(({ count }) => count > 0);
}

function isBelow(value: number, before: number): boolean {
  return value < before * (1 - TOLERANCE);
}
