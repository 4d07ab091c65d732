import { createHash } from 'node:crypto';
import type { EventSnapshot } from '../../contract/snapshot.ts';
import { decodeSnapshot } from '../../contract/snapshot-decoder.ts';
import { NativeHistogram } from '../../sketch/native-histogram.ts';
import { NATIVE_BUCKETS, TOTAL_COMPRESSION } from '../../state/event-state.ts';
import { assignCentroids } from './centroids.ts';
import {
  BODY_START,
  CHECKPOINT_MAGIC,
  CHECKPOINT_VERSION,
  type CheckpointEvent,
  type CheckpointIndex,
  type CheckpointRun,
  HASH_BYTES,
  HASH_START,
  MAX_CHECKPOINT_BYTES,
  type Totals,
} from './checkpoint.ts';
import { FleetState } from './fleet-state.ts';
import type { MergedService } from './merged-service.ts';
import { Run, RunEvent } from './run.ts';

/** The finest, as in a run. */
const FINEST_SCHEMA = 8;

type Restored =
  | { readonly state: FleetState; readonly problem: null }
  | { readonly state: null; readonly problem: string };

/**
 * The state that a checkpoint holds: all of it, or, with a problem, nothing. Never throws. Runs that were live have
 * departed at `now`: those that still are will be found again.
 */
export function readCheckpoint(bytes: Uint8Array, now: number): Restored {
  const problem = damageOf(bytes);
  if (problem !== null) return { state: null, problem };
  try {
    return { state: restore(bytes.subarray(BODY_START), now), problem: null };
  } catch (error) {
    // Whole, yet not what this version writes.
    return { state: null, problem: `the checkpoint cannot be read: ${(error as Error).message}` };
  }
}

function damageOf(bytes: Uint8Array): string | null {
  if (bytes.length > MAX_CHECKPOINT_BYTES) return 'the checkpoint is larger than 64 MiB';
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, CHECKPOINT_MAGIC.length));
  if (bytes.length < BODY_START + 4 || magic !== CHECKPOINT_MAGIC)
    return 'the file is no checkpoint, or only its beginning';
  const version = viewOf(bytes).getUint16(CHECKPOINT_MAGIC.length, true);
  if (version !== CHECKPOINT_VERSION) return `the checkpoint is of version ${version}, which is not known`;
  const hash = createHash('sha256').update(bytes.subarray(BODY_START)).digest();
  const isWhole = hash.equals(bytes.subarray(HASH_START, HASH_START + HASH_BYTES));
  return isWhole ? null : 'the checkpoint is damaged: its checksum does not fit';
}

/** Throws whatever it comes upon that is not a checkpoint. */
function restore(body: Uint8Array, now: number): FleetState {
  const indexBytes = viewOf(body).getUint32(0, true);
  const index = JSON.parse(new TextDecoder().decode(body.subarray(4, 4 + indexBytes))) as CheckpointIndex;
  let at = 4 + indexBytes;
  const nextEvents = (length: number): readonly EventSnapshot[] => {
    if (length === 0) return [];
    at += number(length);
    const { snapshot, problem } = decodeSnapshot(body.subarray(at - length, at));
    if (snapshot === null) throw new Error(`a snapshot in it is bad (${problem})`);
    return snapshot.events;
  };

  const state = new FleetState(number(index.startedAt));
  state.countedSince = index.countedSince === null ? null : number(index.countedSince);
  state.minuteFrom = Math.min(now, number(index.minuteFrom));
  for (const [i, { service, recorded, overwritten, events, bytes }] of index.services.entries()) {
    const merged = i === 0 ? state.overall : state.service(service);
    merged.recorded = number(recorded);
    merged.overwritten = number(overwritten);
    for (const event of events) restoreEvent(merged, event);
    for (const { name, unit, total, native } of nextEvents(bytes)) {
      const digest = assignCentroids(null, total.digest, TOTAL_COMPRESSION);
      merged.event(name, unit).retire({ digest, native: histogramOf(native) });
    }
  }
  for (const run of index.runs) restoreRun(state, run, nextEvents(run.bytes), now);
  return state;
}

function restoreEvent(merged: MergedService, entry: CheckpointEvent): void {
  const event = merged.event(entry.event, entry.unit);
  const [count, errors, breaches] = totals(entry.totals);
  Object.assign(event, { count, errors, breaches });
  const [baseCount, baseErrors, baseBreaches] = totals(entry.minuteBase);
  Object.assign(event.minuteBase, { count: baseCount, errors: baseErrors, breaches: baseBreaches });
  const threshold = entry.threshold === null ? null : number(entry.threshold);
  event.terms.add(threshold, number(entry.objective), entry.isMixed);
}

function restoreRun(
  state: FleetState,
  entry: CheckpointRun,
  snapshots: readonly EventSnapshot[],
  now: number,
): void {
  const run = new Run(entry.id, number(entry.startedAt), state.service(entry.service));
  run.recorded = number(entry.recorded);
  run.overwritten = number(entry.overwritten);
  run.departedAt = entry.departedAt === 0 ? now : Math.min(now, number(entry.departedAt));
  // Heard no later than the checkpoint was written: by the minute under way then, or before it departed.
  run.heardAt = Math.min(run.departedAt, state.minuteFrom);
  run.isFolded = entry.isFolded;
  for (const [name, ...counts] of entry.events) {
    const merged = run.service.events.get(name);
    if (merged === undefined) throw new Error(`a run has an event that its service has not (${name})`);
    const event = new RunEvent(merged);
    const [count, errors, breaches] = totals(counts);
    Object.assign(event, { count, errors, breaches });
    run.events.set(name, event);
  }
  for (const { name, total, native } of snapshots) {
    const event = run.events.get(name);
    if (event === undefined) continue;
    event.digest = assignCentroids(null, total.digest, TOTAL_COMPRESSION);
    event.native = histogramOf(native);
  }
  state.ledger.add(run);
}

function histogramOf(native: EventSnapshot['native']): NativeHistogram {
  const histogram = NativeHistogram.create(NATIVE_BUCKETS, FINEST_SCHEMA);
  histogram.load(native);
  return histogram;
}

function totals(values: Totals): Totals {
  return [number(values[0]), number(values[1]), number(values[2])];
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new Error('a number in it is none');
  return value;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
