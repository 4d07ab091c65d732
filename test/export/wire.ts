/** A reader of protobuf's wire format that knows no schema, independent of the writer under test. */
export interface Field {
  readonly number: number;
  readonly value: bigint | Uint8Array;
  readonly wireType: number;
}

export class Message {
  readonly fields: readonly Field[];

  constructor(bytes: Uint8Array) {
    const fields: Field[] = [];
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (at < bytes.length) {
      const [tag, next] = varint(bytes, at);
      const [number, wireType] = [Number(tag >> 3n), Number(tag & 7n)];
      if (wireType === 0) {
        const [value, end] = varint(bytes, next);
        fields.push({ number, wireType, value });
        at = end;
      } else if (wireType === 1) {
        fields.push({ number, wireType, value: view.getBigUint64(next, true) });
        at = next + 8;
      } else if (wireType === 2) {
        const [length, start] = varint(bytes, next);
        at = start + Number(length);
        if (at > bytes.length) throw new Error('truncated');
        fields.push({ number, wireType, value: bytes.subarray(start, at) });
      } else throw new Error(`wire type ${wireType}`);
    }
    this.fields = fields;
  }

  all(number: number): Field[] {
    return this.fields.filter((field) => field.number === number);
  }

  messages(number: number): Message[] {
    return this.all(number).map((field) => new Message(bytesOf(field)));
  }

  text(number: number): string | undefined {
    const field = this.all(number).at(-1);
    return field && new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(field));
  }

  double(number: number): number | undefined {
    const field = this.all(number).at(-1);
    if (field === undefined) return undefined;
    if (field.wireType !== 1) throw new Error(`field ${number} is no double`);
    return new Float64Array(BigUint64Array.of(field.value as bigint).buffer)[0];
  }

  uint(number: number): number | undefined {
    const field = this.all(number).at(-1);
    return field && Number(field.value as bigint);
  }

  sint(number: number): number | undefined {
    const field = this.all(number).at(-1);
    if (field === undefined) return undefined;
    const raw = field.value as bigint;
    return Number((raw >> 1n) ^ -(raw & 1n));
  }

  packedDoubles(number: number): number[] {
    return this.all(number).flatMap((field) => [...new Float64Array(bytesOf(field).slice().buffer)]);
  }
}

/** Messages, each after its length. */
export function delimited(bytes: Uint8Array): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [length, start] = varint(bytes, at);
    at = start + Number(length);
    if (at > bytes.length) throw new Error('truncated');
    messages.push(new Message(bytes.subarray(start, at)));
  }
  return messages;
}

function bytesOf({ number, value }: Field): Uint8Array {
  if (typeof value === 'bigint') throw new Error(`field ${number} has no length`);
  return value;
}

function varint(bytes: Uint8Array, from: number): [value: bigint, next: number] {
  let value = 0n;
  for (let at = from, shift = 0n; at < bytes.length; at++, shift += 7n) {
    value |= BigInt(bytes[at] & 0x7f) << shift;
    if (bytes[at] < 0x80) return [value, at + 1];
  }
  throw new Error('truncated');
}
