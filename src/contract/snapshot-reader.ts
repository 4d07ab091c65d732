import { SNAPSHOT_LIMITS } from './snapshot.ts';

/** Why bytes are no snapshot; labels of a counter. */
export type SnapshotProblem =
  | 'not_a_snapshot'
  | 'version'
  | 'too_large'
  | 'truncated'
  | 'trailing_bytes'
  | 'limit'
  | 'number'
  | 'order'
  | 'name'
  | 'inconsistent';

/**
 * Reads little-endian values and remembers the first problem. From then on all values are 0 and nothing is left to
 * read, so that whoever reads need only look at `problem` where it loops.
 */
export class ByteReader {
  problem: SnapshotProblem | null = null;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.problem === null ? this.bytes.byteLength - this.at : 0;
  }

  fail(problem: SnapshotProblem): void {
    this.problem ??= problem;
  }

  /** Whether `count` items of `itemBytes` are within `limit` and there; a problem when not. To be asked before allocating. */
  has(count: number, itemBytes: number, limit: number): boolean {
    if (count > limit) this.fail('limit');
    if (count * itemBytes > this.remaining) this.fail('truncated');
    return this.problem === null;
  }

  u8(): number {
    return this.take(1) ? this.view.getUint8(this.at - 1) : 0;
  }

  i8(): number {
    return this.take(1) ? this.view.getInt8(this.at - 1) : 0;
  }

  u16(): number {
    return this.take(2) ? this.view.getUint16(this.at - 2, true) : 0;
  }

  u32(): number {
    return this.take(4) ? this.view.getUint32(this.at - 4, true) : 0;
  }

  i32(): number {
    return this.take(4) ? this.view.getInt32(this.at - 4, true) : 0;
  }

  f32(): number {
    return this.take(4) ? this.view.getFloat32(this.at - 4, true) : 0;
  }

  f64(): number {
    return this.take(8) ? this.view.getFloat64(this.at - 8, true) : 0;
  }

  finite(): number {
    return this.number(-Number.MAX_VALUE, Number.MAX_VALUE);
  }

  /** A number from `min` to `max`. */
  number(min: number, max: number): number {
    const value = this.f64();
    if (!(value >= min && value <= max)) this.fail('number');
    return value;
  }

  /** A weight: not negative, not beyond what adds up exactly. */
  count(): number {
    return this.number(0, SNAPSHOT_LIMITS.count);
  }

  whole(): number {
    const value = this.count();
    if (!Number.isInteger(value)) this.fail('number');
    return value;
  }

  /** A length byte and that many ASCII characters, which must match. */
  name(pattern: RegExp): string {
    const length = this.u8();
    if (!this.take(length)) return '';
    let text = '';
    for (const byte of this.bytes.subarray(this.at - length, this.at)) text += String.fromCharCode(byte);
    if (!pattern.test(text)) this.fail('name');
    return text;
  }

  private take(bytes: number): boolean {
    if (bytes > this.remaining) this.fail('truncated');
    if (this.problem !== null) return false;
    this.at += bytes;
    return true;
  }
}
