import { type Field, fieldsOf } from './snapshot-fields.ts';

const EXTREMES = [
  0,
  -0,
  1,
  -1,
  0.5,
  2,
  1e-320,
  1e-9,
  1e9,
  1e15,
  1e300,
  -1e300,
  3.5e38,
  2 ** 31,
  2 ** 53,
  2 ** 53 - 1,
  Number.MAX_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
const INTEGERS = [
  0,
  1,
  2,
  127,
  128,
  255,
  256,
  1023,
  1024,
  1025,
  4096,
  32_767,
  65_535,
  2 ** 31 - 1,
  2 ** 32 - 1,
];

/** Good snapshots and one way after another to spoil them. The bytes returned are valid until the next call. */
export class Mutations {
  private readonly bases: readonly { readonly bytes: Uint8Array; readonly fields: readonly Field[] }[];
  private readonly uniform: () => number;
  private readonly room: Uint8Array;
  private readonly view: DataView;

  constructor(bases: readonly Uint8Array[], uniform: () => number) {
    this.bases = bases.map((bytes) => ({ bytes, fields: fieldsOf(bytes) }));
    this.uniform = uniform;
    this.room = new Uint8Array(4 * Math.max(...bases.map(({ length }) => length)));
    this.view = new DataView(this.room.buffer);
  }

  /** One to three changes to one of the snapshots. `prepare` may write to it first. */
  next(prepare: (view: DataView) => void = () => undefined): Uint8Array {
    const { bytes, fields } = this.pick(this.bases);
    this.room.set(bytes);
    prepare(this.view);
    let length = bytes.length;
    for (let left = 1 + this.below(3); left > 0; left--) length = this.mutate(length, fields);
    return this.room.subarray(0, length);
  }

  private mutate(length: number, fields: readonly Field[]): number {
    if (length < 16) return length;
    switch (this.below(8)) {
      case 0:
        this.room[this.below(length)] ^= 1 << this.below(8);
        return length;
      case 1:
        this.room[this.below(length)] = this.below(256);
        return length;
      case 2:
        return this.below(8) === 0 ? this.below(length) : length;
      case 3:
        return this.splice(length);
      case 4:
        return this.cutOut(length);
      default:
        this.extreme(this.pick(fields), length);
        return length;
    }
  }

  /** A piece of another snapshot, put over or between. */
  private splice(length: number): number {
    const { bytes } = this.pick(this.bases);
    const from = this.below(bytes.length);
    const piece = bytes.subarray(from, from + 1 + this.below(64));
    const at = this.below(length);
    const isInsert = this.below(2) === 0 && length + piece.length < this.room.length;
    if (isInsert) this.room.copyWithin(at + piece.length, at, length);
    else if (at + piece.length > length) return length;
    this.room.set(piece, at);
    return isInsert ? length + piece.length : length;
  }

  private cutOut(length: number): number {
    const at = this.below(length);
    const end = Math.min(length, at + 1 + this.below(64));
    this.room.copyWithin(at, end, length);
    return length - (end - at);
  }

  private extreme({ at, kind }: Field, length: number): void {
    if (at + 8 > length) return;
    const { view } = this;
    if (kind === 'f64') view.setFloat64(at, this.pick(EXTREMES), true);
    else if (kind === 'f32') view.setFloat32(at, this.pick(EXTREMES), true);
    else if (kind === 'u8' || kind === 'i8') view.setUint8(at, this.pick(INTEGERS));
    else if (kind === 'u16') view.setUint16(at, this.pick(INTEGERS), true);
    else view.setUint32(at, this.pick(INTEGERS), true);
  }

  private below(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  private pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)];
  }
}
