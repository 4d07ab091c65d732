type Kind = 'u8' | 'i8' | 'u16' | 'i32' | 'u32' | 'f32' | 'f64';

export interface Field {
  readonly at: number;
  readonly kind: Kind;
}

const BYTES: Record<Kind, number> = { u8: 1, i8: 1, u16: 2, i32: 4, u32: 4, f32: 4, f64: 8 };

/** Where the numbers and the lengths of a good snapshot stand, by the layout in `contract/snapshot.ts`. */
export function fieldsOf(bytes: Uint8Array): Field[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Field[] = [];
  let at = 0;
  const take = (kind: Kind, times = 1): number => {
    const first = at;
    for (let i = 0; i < times; i++, at += BYTES[kind]) fields.push({ at, kind });
    return first;
  };
  const text = (): void => {
    const length = view.getUint8(take('u8'));
    at += length;
  };
  const digest = (): void => {
    take('f64', 3);
    const n = view.getUint16(take('u16'), true);
    take('u16');
    if (n === 0) return;
    take('f64', 3);
    take('f32', n);
    take('f64', n);
  };
  const buckets = (): void => {
    const spans = view.getUint16(take('u16'), true);
    const counts = view.getUint16(take('u16'), true);
    for (let i = 0; i < spans; i++) {
      take('i32');
      take('u16');
    }
    take('f64', counts);
  };
  take('u32');
  take('u16', 2);
  const events = view.getUint32(take('u32'), true);
  text();
  take('f64', 14);
  for (let i = 0; i < events; i++) {
    text();
    text();
    take('u8');
    take('f64', 2);
    digest();
    take('i8');
    take('f64', 4);
    buckets();
    buckets();
    for (let window = 0; window < 3; window++) digest();
  }
  if (at !== bytes.length) throw new Error(`the snapshot has ${bytes.length} bytes, its fields ${at}`);
  return fields;
}
