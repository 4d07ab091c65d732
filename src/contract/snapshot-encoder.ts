import type { NativeBuckets } from './families.ts';
import {
  type DigestSnapshot,
  type DistributionSnapshot,
  type EventSnapshot,
  type NativeSnapshot,
  SNAPSHOT_MAGIC,
  SNAPSHOT_VERSION,
} from './snapshot.ts';

const FIRST_BYTES = 32 * 1024;

/** The bytes of a snapshot, as `snapshot.ts` lays them out. Means lose what 32-bit floats do not hold: under 1e-7 of them. */
export function encodeSnapshot(snapshot: DigestSnapshot): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.u32(SNAPSHOT_MAGIC);
  writer.u16(SNAPSHOT_VERSION);
  writer.u16(snapshot.enabled ? 1 : 0);
  writer.u32(snapshot.events.length);
  writer.ascii(snapshot.instance);
  writer.f64(snapshot.at);
  writer.f64(snapshot.startedAt);
  writer.f64(snapshot.generation);
  writer.f64(snapshot.rate);
  writer.f64(snapshot.targetRate);
  writer.f64(snapshot.recordOverheadRatio);
  writer.f64(snapshot.aggregateOverheadRatio);
  writer.f64(snapshot.cpuSeconds);
  writer.f64(snapshot.offered);
  writer.f64(snapshot.loopDelaySeconds);
  writer.f64(snapshot.loopBeats);
  writer.f64(snapshot.recorded);
  writer.f64(snapshot.aggregated);
  writer.f64(snapshot.overwritten);
  for (const event of snapshot.events) writeEvent(writer, event);
  return writer.finish();
}

function writeEvent(writer: ByteWriter, event: EventSnapshot): void {
  writer.ascii(event.name);
  writer.ascii(event.unit);
  writer.u8(event.slaThreshold === null ? 0 : 1);
  writer.f64(event.slaThreshold ?? 0);
  writer.f64(event.objective);
  writeDistribution(writer, event.total);
  writeNative(writer, event.native);
  for (const window of event.windows) writeDistribution(writer, window);
}

function writeDistribution(
  writer: ByteWriter,
  { count, errors, breaches, digest }: DistributionSnapshot,
): void {
  const { means, weights } = digest;
  writer.f64(count);
  writer.f64(errors);
  writer.f64(breaches);
  writer.u16(means.length);
  writer.u16(digest.exactCount);
  if (means.length === 0) return;
  writer.f64(digest.sum);
  writer.f64(digest.min);
  writer.f64(digest.max);
  for (const mean of means) writer.f32(mean);
  for (const weight of weights) writer.f64(weight);
}

function writeNative(writer: ByteWriter, native: NativeSnapshot): void {
  writer.i8(native.schema);
  writer.f64(native.zeroThreshold);
  writer.f64(native.zeroCount);
  writer.f64(native.count);
  writer.f64(native.sum);
  writeBuckets(writer, native.positive);
  writeBuckets(writer, native.negative);
}

function writeBuckets(writer: ByteWriter, { spans, counts }: NativeBuckets): void {
  writer.u16(spans.length);
  writer.u16(counts.length);
  for (const { offset, length } of spans) {
    writer.i32(offset);
    writer.u16(length);
  }
  for (const count of counts) writer.f64(count);
}

class ByteWriter {
  private view = new DataView(new ArrayBuffer(FIRST_BYTES));
  private at = 0;

  u8(value: number): void {
    const at = this.take(1);
    this.view.setUint8(at, value);
  }

  i8(value: number): void {
    const at = this.take(1);
    this.view.setInt8(at, value);
  }

  u16(value: number): void {
    const at = this.take(2);
    this.view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.take(4);
    this.view.setUint32(at, value, true);
  }

  i32(value: number): void {
    const at = this.take(4);
    this.view.setInt32(at, value, true);
  }

  f32(value: number): void {
    const at = this.take(4);
    this.view.setFloat32(at, value, true);
  }

  f64(value: number): void {
    const at = this.take(8);
    this.view.setFloat64(at, value, true);
  }

  /** At most 255 characters; names are checked where they are defined. */
  ascii(text: string): void {
    this.u8(text.length);
    for (let i = 0; i < text.length; i++) this.u8(text.charCodeAt(i));
  }

  finish(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.view.buffer as ArrayBuffer, 0, this.at);
  }

  private take(bytes: number): number {
    const at = this.at;
    this.at += bytes;
    if (this.at > this.view.byteLength) {
      const larger = new ArrayBuffer(2 * this.view.byteLength);
      new Uint8Array(larger).set(new Uint8Array(this.view.buffer));
      this.view = new DataView(larger);
    }
    return at;
  }
}
