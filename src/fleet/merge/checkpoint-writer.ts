import { createHash } from 'node:crypto';
import type { DistributionSnapshot, EventSnapshot } from '../../contract/snapshot.ts';
import { encodeSnapshot } from '../../contract/snapshot-encoder.ts';
import { NativeHistogram } from '../../sketch/native-histogram.ts';
import { TDigest } from '../../sketch/tdigest.ts';
import { centroidsOf, nativeOf } from './centroids.ts';
import {
  BODY_START,
  CHECKPOINT_MAGIC,
  CHECKPOINT_VERSION,
  type CheckpointEvent,
  type CheckpointIndex,
  type CheckpointRun,
  type CheckpointService,
  HASH_START,
  MAX_CHECKPOINT_BYTES,
  type Totals,
} from './checkpoint.ts';
import type { FleetState } from './fleet-state.ts';
import type { MergedEvent } from './merged-event.ts';
import type { MergedService } from './merged-service.ts';
import type { Run } from './run.ts';

/** A run's digest need only serve until the run is found again, or as one of many past ones. */
const RUN_COMPRESSION = 100;
/** Digests beyond this are left out, the latest first: the index, which must fit, takes some 10 MB at most. */
const MAX_SNAPSHOT_BYTES = MAX_CHECKPOINT_BYTES / 2;

const compact = TDigest.create(RUN_COMPRESSION);
const noDigest = TDigest.create(0);
const noHistogram = NativeHistogram.create();
const EMPTY: DistributionSnapshot = { count: 0, errors: 0, breaches: 0, digest: centroidsOf(noDigest) };

export function writeCheckpoint(state: FleetState, live: readonly Run[]): Uint8Array<ArrayBuffer> {
  const snapshots = new Snapshots();
  const services = [state.overall, ...state.services.values()].map((service) =>
    serviceEntry(service, snapshots),
  );
  const { foldedRuns, departedRuns } = state.ledger;
  const runs = [...foldedRuns, ...departedRuns, ...live].map((run) => runEntry(run, snapshots));
  const { startedAt, countedSince, minuteFrom } = state;
  const index: CheckpointIndex = { startedAt, countedSince, minuteFrom, services, runs };
  return assemble(new TextEncoder().encode(JSON.stringify(index)), snapshots);
}

/** Encoded snapshots, as long as there is room. */
class Snapshots {
  readonly parts: Uint8Array[] = [];
  bytes = 0;

  /** How many bytes the snapshot takes: 0 when there is none. */
  add(events: readonly EventSnapshot[]): number {
    if (events.length === 0 || this.bytes > MAX_SNAPSHOT_BYTES) return 0;
    const part = encodeSnapshot({
      at: 0,
      startedAt: 0,
      instance: 'checkpoint',
      enabled: false,
      generation: 0,
      rate: 0,
      targetRate: 0,
      recordOverheadRatio: 0,
      aggregateOverheadRatio: 0,
      cpuSeconds: 0,
      offered: 0,
      loopDelaySeconds: 0,
      loopBeats: 0,
      recorded: 0,
      aggregated: 0,
      overwritten: 0,
      events,
    });
    this.parts.push(part);
    this.bytes += part.length;
    return part.length;
  }
}

function serviceEntry(merged: MergedService, snapshots: Snapshots): CheckpointService {
  const { service, recorded, overwritten } = merged;
  const retired: EventSnapshot[] = [];
  for (const event of merged.events.values()) {
    const { retiredDigest, retiredHistogram } = event;
    if (retiredDigest !== null) retired.push(sketches(event, retiredDigest, retiredHistogram));
  }
  const events = Array.from(merged.events.values(), eventEntry);
  return { service, recorded, overwritten, events, bytes: snapshots.add(retired) };
}

function eventEntry({
  event,
  unit,
  terms,
  count,
  errors,
  breaches,
  minuteBase,
}: MergedEvent): CheckpointEvent {
  const { threshold, objective, isMixed } = terms;
  const base: Totals = [minuteBase.count, minuteBase.errors, minuteBase.breaches];
  return { event, unit, threshold, objective, isMixed, totals: [count, errors, breaches], minuteBase: base };
}

function runEntry(run: Run, snapshots: Snapshots): CheckpointRun {
  const { id, startedAt, service, departedAt, isFolded, recorded, overwritten } = run;
  const events: CheckpointRun['events'][number][] = [];
  const kept: EventSnapshot[] = [];
  for (const [name, { merged, count, errors, breaches, digest, native }] of run.events) {
    events.push([name, count, errors, breaches]);
    if (digest === null) continue;
    compact.assignMerged([digest]);
    kept.push(sketches(merged, compact, native));
  }
  const bytes = snapshots.add(kept);
  return {
    id,
    startedAt,
    service: service.service,
    departedAt,
    isFolded,
    recorded,
    overwritten,
    events,
    bytes,
  };
}

function sketches(
  { event, unit, terms }: MergedEvent,
  digest: TDigest,
  native: NativeHistogram | null,
): EventSnapshot {
  return {
    name: event,
    unit,
    slaThreshold: null,
    objective: terms.objective,
    total: { count: 0, errors: 0, breaches: 0, digest: centroidsOf(digest) },
    native: nativeOf(native ?? noHistogram),
    windows: [EMPTY, EMPTY, EMPTY],
  };
}

function assemble(index: Uint8Array, snapshots: Snapshots): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BODY_START + 4 + index.length + snapshots.bytes);
  const view = new DataView(bytes.buffer);
  new TextEncoder().encodeInto(CHECKPOINT_MAGIC, bytes);
  view.setUint16(CHECKPOINT_MAGIC.length, CHECKPOINT_VERSION, true);
  view.setUint32(BODY_START, index.length, true);
  bytes.set(index, BODY_START + 4);
  let at = BODY_START + 4 + index.length;
  for (const part of snapshots.parts) {
    bytes.set(part, at);
    at += part.length;
  }
  bytes.set(createHash('sha256').update(bytes.subarray(BODY_START)).digest(), HASH_START);
  return bytes;
}
