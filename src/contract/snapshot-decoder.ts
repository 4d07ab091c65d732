import { EVENT_NAME, UNIT_NAME } from './events.ts';
import type { NativeBuckets } from './families.ts';
import { MAX_EVENTS } from './record.ts';
import {
  type DigestCentroids,
  type DigestSnapshot,
  type DistributionSnapshot,
  type EventSnapshot,
  INSTANCE_NAME,
  type NativeSnapshot,
  SNAPSHOT_LIMITS,
  SNAPSHOT_MAGIC,
  SNAPSHOT_VERSION,
} from './snapshot.ts';
import { ByteReader, type SnapshotProblem } from './snapshot-reader.ts';

export type { SnapshotProblem } from './snapshot-reader.ts';

export type DecodedSnapshot =
  | { readonly snapshot: DigestSnapshot; readonly problem: null }
  | { readonly snapshot: null; readonly problem: SnapshotProblem };

const MEAN_BYTES = 4;
const WEIGHT_BYTES = 8;
const SPAN_BYTES = 6;
const COUNT_BYTES = 8;
const MAX_UNIX_MILLIS = 8.64e15;
/** Sums of the same weights in another order differ by rounding. */
const TOLERANCE = 1e-9;

const EMPTY_DIGEST: DigestCentroids = {
  means: new Float64Array(0),
  weights: new Float64Array(0),
  min: Number.NaN,
  max: Number.NaN,
  sum: 0,
  exactCount: 0,
};

/**
 * Reads a snapshot from anywhere. Never throws, and allocates no more than a small multiple of `bytes`; what it returns
 * keeps every promise of the types: finite, in order, within the limits, consistent.
 */
export function decodeSnapshot(bytes: Uint8Array): DecodedSnapshot {
  if (bytes.byteLength > SNAPSHOT_LIMITS.bytes) return { snapshot: null, problem: 'too_large' };
  const reader = new ByteReader(bytes);
  const snapshot = readSnapshot(reader);
  if (reader.remaining > 0) reader.fail('trailing_bytes');
  const { problem } = reader;
  return problem === null ? { snapshot, problem } : { snapshot: null, problem };
}

function readSnapshot(reader: ByteReader): DigestSnapshot {
  if (reader.u32() !== SNAPSHOT_MAGIC) reader.fail('not_a_snapshot');
  if (reader.u16() !== SNAPSHOT_VERSION) reader.fail('version');
  const flags = reader.u16();
  const eventCount = reader.u32();
  const head = {
    instance: reader.name(INSTANCE_NAME),
    at: reader.number(0, MAX_UNIX_MILLIS),
    startedAt: reader.number(0, MAX_UNIX_MILLIS),
    enabled: (flags & 1) === 1,
    generation: reader.whole(),
    rate: reader.number(0, 1),
    targetRate: reader.number(0, 1),
    recordOverheadRatio: reader.number(0, Number.MAX_VALUE),
    aggregateOverheadRatio: reader.number(0, Number.MAX_VALUE),
    cpuSeconds: reader.number(0, Number.MAX_VALUE),
    offered: reader.whole(),
    loopDelaySeconds: reader.number(0, Number.MAX_VALUE),
    loopBeats: reader.whole(),
    recorded: reader.whole(),
    aggregated: reader.whole(),
    overwritten: reader.whole(),
  };
  if (head.recorded !== head.aggregated + head.overwritten) reader.fail('inconsistent');
  if (eventCount > MAX_EVENTS) reader.fail('limit');
  return { ...head, events: readEvents(reader, eventCount) };
}

function readEvents(reader: ByteReader, eventCount: number): EventSnapshot[] {
  const events: EventSnapshot[] = [];
  const names = new Set<string>();
  for (let i = 0; i < eventCount && reader.problem === null; i++) {
    const event = readEvent(reader);
    if (names.has(event.name)) reader.fail('name');
    names.add(event.name);
    events.push(event);
  }
  return events;
}

function readEvent(reader: ByteReader): EventSnapshot {
  const name = reader.name(EVENT_NAME);
  const unit = reader.name(UNIT_NAME);
  const flags = reader.u8();
  const threshold = reader.finite();
  const objective = reader.number(0, 1);
  if (objective === 0 || objective === 1) reader.fail('number');
  return {
    name,
    unit,
    slaThreshold: (flags & 1) === 1 ? threshold : null,
    objective,
    total: readDistribution(reader),
    native: readNative(reader),
    windows: [readDistribution(reader), readDistribution(reader), readDistribution(reader)],
  };
}

function readDistribution(reader: ByteReader): DistributionSnapshot {
  const count = reader.count();
  const errors = reader.count();
  const breaches = reader.count();
  const most = count * (1 + TOLERANCE);
  if (errors > most || breaches > most) reader.fail('inconsistent');
  return { count, errors, breaches, digest: readDigest(reader) };
}

function readDigest(reader: ByteReader): DigestCentroids {
  const n = reader.u16();
  const exactCount = reader.u16();
  if (exactCount > n) reader.fail('inconsistent');
  if (n === 0) return EMPTY_DIGEST;
  const sum = reader.finite();
  const min = reader.finite();
  const max = reader.finite();
  if (!reader.has(n, MEAN_BYTES + WEIGHT_BYTES, SNAPSHOT_LIMITS.centroids)) return EMPTY_DIGEST;
  const means = new Float64Array(n);
  const weights = new Float64Array(n);
  let previous = min;
  for (let i = 0; i < n; i++) {
    means[i] = reader.f32();
    if (!(means[i] >= previous)) reader.fail('order');
    previous = means[i];
  }
  if (!(previous <= max)) reader.fail('order');
  let count = 0;
  for (let i = 0; i < n; i++) {
    weights[i] = reader.f64();
    if (!(weights[i] > 0)) reader.fail('number');
    count += weights[i];
  }
  if (!(count <= SNAPSHOT_LIMITS.count)) reader.fail('limit');
  return { means, weights, min, max, sum, exactCount };
}

function readNative(reader: ByteReader): NativeSnapshot {
  const schema = reader.i8();
  if (schema < -4 || schema > 8) reader.fail('number');
  return {
    schema,
    zeroThreshold: reader.number(0, Number.MAX_VALUE),
    zeroCount: reader.count(),
    count: reader.count(),
    sum: reader.finite(),
    positive: readBuckets(reader),
    negative: readBuckets(reader),
  };
}

function readBuckets(reader: ByteReader): NativeBuckets {
  const spanCount = reader.u16();
  const countCount = reader.u16();
  const isRoom =
    reader.has(spanCount, SPAN_BYTES, SNAPSHOT_LIMITS.spans) &&
    reader.has(countCount, COUNT_BYTES, SNAPSHOT_LIMITS.buckets);
  if (!isRoom) return { spans: [], counts: [] };
  const spans: { offset: number; length: number }[] = [];
  let index = 0;
  let covered = 0;
  for (let i = 0; i < spanCount; i++) {
    const span = { offset: reader.i32(), length: reader.u16() };
    index += span.offset + span.length;
    covered += span.length;
    if ((i > 0 && span.offset < 0) || Math.abs(index) > SNAPSHOT_LIMITS.bucketIndex) reader.fail('order');
    spans.push(span);
  }
  if (covered !== countCount) reader.fail('inconsistent');
  const counts: number[] = [];
  for (let i = 0; i < countCount; i++) counts.push(reader.count());
  return { spans, counts };
}
