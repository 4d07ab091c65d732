import type { DigestCentroids, EventSnapshot } from '../../contract/snapshot.ts';
import { NativeHistogram } from '../../sketch/native-histogram.ts';
import { TDigest } from '../../sketch/tdigest.ts';
import { NATIVE_BUCKETS, TOTAL_COMPRESSION, WINDOW_COMPRESSION } from '../../state/event-state.ts';
import { digestOf } from './centroids.ts';
import { MergedWindow } from './merged-window.ts';
import { SlaTerms } from './sla-terms.ts';

/** What a run holds of an event; null once the run is folded. */
export interface Sketches {
  readonly digest: TDigest | null;
  readonly native: NativeHistogram | null;
}

/** The finest, so that the merge is as fine as the coarsest of its parts. */
const FINEST_SCHEMA = 8;
/** Digests merged in one compression: more of them take longer each, fewer compress more often. */
const CHUNK = 16;

/**
 * One event of one service, merged over its pods; or of all services together. Counts since start are sums of what the
 * runs rose by, so that they cannot fall whatever becomes of a run. Digests cannot be taken apart, so those since start
 * are merged anew from those of all runs whenever one of them changed.
 */
export class MergedEvent {
  readonly event: string;
  readonly unit: string;
  /** Null for all services together, and for a service whose unit differs from that of the first that had the event. */
  readonly overall: MergedEvent | null;
  count = 0;
  errors = 0;
  breaches = 0;
  /** The same at the start of the minute under way. */
  readonly minuteBase = { count: 0, errors: 0, breaches: 0 };

  readonly terms = new SlaTerms();
  /** One bit a window whose compliance is below the objective. */
  broken = 0;
  /** Whether a run reported it in the last round. */
  isReported = false;

  readonly total = TDigest.create(TOTAL_COMPRESSION);
  readonly native = NativeHistogram.create(NATIVE_BUCKETS, FINEST_SCHEMA);
  windows = newWindows();
  /** Of the round under way. */
  private gathering: readonly MergedWindow[] | null = null;
  private readonly gatheringTerms = new SlaTerms();

  /** A live run's digest, or a departed or retired one, has changed since the last merge. */
  isChanged = false;
  isPastChanged = false;
  private retired: TDigest | null = null;
  private retiredNative: NativeHistogram | null = null;
  /** Of all that is past: the departed runs and the retired. */
  private past: TDigest | null = null;
  private pastNative: NativeHistogram | null = null;
  /** The last windows in the minute under way of the runs that were folded in it. */
  private foldedOfMinute: TDigest | null = null;

  constructor(event: string, unit: string, overall: MergedEvent | null) {
    this.event = event;
    this.unit = unit;
    this.overall = overall;
  }

  addTotals(count: number, errors: number, breaches: number): void {
    this.count += count;
    this.errors += errors;
    this.breaches += breaches;
    this.overall?.addTotals(count, errors, breaches);
  }

  /** What is in the totals of a run seen for the first time, and not in its last minute, is of no minute. */
  leaveOutOfMinute({ total, windows: [, , minute] }: EventSnapshot): void {
    this.minuteBase.count += Math.max(0, total.count - minute.count);
    this.minuteBase.errors += Math.max(0, total.errors - minute.errors);
    this.minuteBase.breaches += Math.max(0, total.breaches - minute.breaches);
  }

  keepOfMinute(window: DigestCentroids): void {
    this.foldedOfMinute ??= TDigest.create(WINDOW_COMPRESSION);
    this.foldedOfMinute.merge(digestOf(window));
  }

  /** That of the runs that were folded in the minute under way: once. */
  takeFoldedOfMinute(): TDigest | null {
    const folded = this.foldedOfMinute;
    this.foldedOfMinute = null;
    return folded;
  }

  /** A pod's windows and SLA, in this round. */
  addWindows({ slaThreshold, objective, windows }: EventSnapshot): void {
    this.gatheringTerms.add(slaThreshold, objective);
    this.gathering ??= newWindows();
    for (let i = 0; i < windows.length; i++) this.gathering[i].add(windows[i]);
  }

  /** What was gathered becomes what is known. */
  finishWindows(): void {
    const { gathering } = this;
    if (gathering !== null) {
      this.gathering = this.windows;
      this.windows = gathering;
      for (const window of this.gathering) window.clear();
    }
    this.finishTerms();
  }

  /** All services together: of the services' results, those that pods reported in the round. */
  finishServices(services: readonly MergedEvent[]): void {
    for (const window of this.windows) window.clear();
    for (const { terms, windows } of services) {
      this.gatheringTerms.add(terms.threshold, terms.objective, terms.isMixed);
      for (let i = 0; i < windows.length; i++) this.windows[i].addMerged(windows[i]);
    }
    this.finishTerms();
  }

  /** Where nobody was heard, what was heard last stands. */
  private finishTerms(): void {
    const { gatheringTerms, terms } = this;
    this.isReported = gatheringTerms.isKnown;
    if (this.isReported) {
      terms.clear();
      terms.add(gatheringTerms.threshold, gatheringTerms.objective, gatheringTerms.isMixed);
    }
    gatheringTerms.clear();
  }

  retire({ digest, native }: Sketches): void {
    this.isPastChanged = true;
    if (digest !== null) {
      this.retired ??= TDigest.create(TOTAL_COMPRESSION);
      this.retired.merge(digest);
    }
    // An empty one would still make the merge as coarse as itself.
    if (native !== null && native.count > 0) {
      this.retiredNative ??= NativeHistogram.create(NATIVE_BUCKETS, FINEST_SCHEMA);
      this.retiredNative.merge(native);
    }
  }

  get retiredDigest(): TDigest | null {
    return this.retired;
  }

  get retiredHistogram(): NativeHistogram | null {
    return this.retiredNative;
  }

  mergePast(departed: readonly Sketches[]): void {
    this.isPastChanged = false;
    this.isChanged = true;
    this.past ??= TDigest.create(TOTAL_COMPRESSION);
    this.pastNative ??= NativeHistogram.create(NATIVE_BUCKETS, FINEST_SCHEMA);
    mergeRuns(this.past, this.pastNative, this.retired, this.retiredNative, departed);
  }

  /** Everything since start: the past and the live runs. */
  mergeTotals(live: readonly Sketches[]): void {
    this.isChanged = false;
    if (this.overall !== null) this.overall.isChanged = true;
    mergeRuns(this.total, this.native, this.past, this.pastNative, live);
  }

  /** All services together, of the services' results. */
  mergeServices(services: readonly MergedEvent[]): void {
    this.isChanged = false;
    this.total.clear();
    this.total.assignMerged(services.map(({ total }) => total));
    this.native.clear();
    for (const { native } of services) if (native.count > 0) this.native.merge(native);
  }
}

function newWindows(): readonly MergedWindow[] {
  return [new MergedWindow(), new MergedWindow(), new MergedWindow()];
}

const chunk: TDigest[] = [];

function mergeRuns(
  digest: TDigest,
  native: NativeHistogram,
  first: TDigest | null,
  firstNative: NativeHistogram | null,
  runs: readonly Sketches[],
): void {
  digest.clear();
  native.clear();
  if (first !== null) digest.merge(first);
  if (firstNative !== null) native.merge(firstNative);
  for (const run of runs) {
    if (run.native !== null && run.native.count > 0) native.merge(run.native);
    if (run.digest === null || run.digest.centroidCount === 0) continue;
    if (chunk.length === 0) chunk.push(digest);
    chunk.push(run.digest);
    if (chunk.length > CHUNK) mergeChunk(digest);
  }
  if (chunk.length > 0) mergeChunk(digest);
}

function mergeChunk(digest: TDigest): void {
  digest.assignMerged(chunk);
  chunk.length = 0;
}
