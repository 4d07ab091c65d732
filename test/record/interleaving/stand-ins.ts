/** Memory of 32-bit words. Each call is one step of a thread: no more than a word is read or written at once. */
export interface Words {
  load(word: number): number;
  store(word: number, bits: number): void;
}

/** Stands for a SharedArrayBuffer. */
export class SharedBuffer {
  readonly words: Words;
  readonly byteLength: number;

  constructor(words: Words, byteLength: number) {
    this.words = words;
    this.byteLength = byteLength;
  }
}

/** Stands for a typed array. */
export interface View {
  readonly length: number;
  [index: number]: number;
}

interface Span {
  readonly words: Words;
  readonly byteOffset: number;
  readonly length: number;
}

interface Element {
  readonly bytes: number;
  load(words: Words, byte: number): number;
  store(words: Words, byte: number, value: number): void;
}

const bits = new Uint32Array(2);
const float32 = new Float32Array(bits.buffer);
const float64 = new Float64Array(bits.buffer);

const ELEMENTS: Readonly<Record<string, Element>> = {
  Int32Array: {
    bytes: 4,
    load: (words, byte) => words.load(byte >> 2) | 0,
    store: (words, byte, value) => words.store(byte >> 2, value >>> 0),
  },
  Float32Array: {
    bytes: 4,
    load(words, byte) {
      bits[0] = words.load(byte >> 2);
      return float32[0];
    },
    store(words, byte, value) {
      float32[0] = value;
      words.store(byte >> 2, bits[0]);
    },
  },
  // Two steps, although most processors take one: the memory model of JavaScript allows no less.
  Float64Array: {
    bytes: 8,
    load(words, byte) {
      const low = words.load(byte >> 2);
      const high = words.load((byte >> 2) + 1);
      bits[0] = low;
      bits[1] = high;
      return float64[0];
    },
    store(words, byte, value) {
      float64[0] = value;
      const [low, high] = bits;
      words.store(byte >> 2, low);
      words.store((byte >> 2) + 1, high);
    },
  },
  Uint8Array: {
    bytes: 1,
    load: (words, byte) => (words.load(byte >> 2) >>> ((byte & 3) * 8)) & 0xff,
    store(words, byte, value) {
      const shift = (byte & 3) * 8;
      const rest = words.load(byte >> 2) & ~(0xff << shift);
      words.store(byte >> 2, (rest | ((value & 0xff) << shift)) >>> 0);
    },
  },
};

const spans = new WeakMap<object, Span & { readonly kind: string }>();

/** A view of `kind` on a buffer, as `new Int32Array(buffer, byteOffset, length)` makes one. */
export function createView(kind: string, buffer: SharedBuffer, byteOffset = 0, length?: number): View {
  const element = ELEMENTS[kind];
  if (!(buffer instanceof SharedBuffer)) throw new Error(`the exploration has no ${kind} of its own memory`);
  const all = Math.floor((buffer.byteLength - byteOffset) / element.bytes);
  return viewOf(kind, { words: buffer.words, byteOffset, length: length ?? all });
}

function viewOf(kind: string, span: Span): View {
  const element = ELEMENTS[kind];
  const { words, byteOffset, length } = span;
  const at = (key: string): number => {
    const index = Number(key);
    if (!(index >= 0 && index < length)) throw new Error(`the exploration met ${kind}[${key}] of ${length}`);
    return byteOffset + index * element.bytes;
  };
  const members: Readonly<Record<string, unknown>> = {
    length,
    subarray(from: number, to: number) {
      // A real one would count a negative end from the back.
      if (!(from >= 0 && to >= from && to <= length)) {
        throw new Error(`the exploration met ${kind}.subarray(${from}, ${to}) of ${length}`);
      }
      return viewOf(kind, { words, byteOffset: byteOffset + from * element.bytes, length: to - from });
    },
    set: (source: View) => copyWords(spanOf(source), spanOf(view)),
  };
  const view: View = new Proxy({ length } as View, {
    get(_target, key) {
      if (typeof key !== 'string') throw new Error(`the exploration does not know ${kind}.${String(key)}`);
      if (key >= '0' && key <= '9999999999') return element.load(words, at(key));
      if (!(key in members)) throw new Error(`the exploration does not know ${kind}.${key}`);
      return members[key];
    },
    set(_target, key, value) {
      element.store(words, at(String(key)), Number(value));
      return true;
    },
  });
  spans.set(view, { ...span, kind });
  return view;
}

function spanOf(view: View): Span {
  const span = spans.get(view);
  if (span?.kind !== 'Uint8Array' || (span.byteOffset | span.length) & 3) {
    throw new Error('the exploration copies whole words between views of bytes');
  }
  return span;
}

/** A copy by memory word, as memcpy makes it. */
function copyWords(from: Span, to: Span): void {
  for (let byte = 0; byte < from.length; byte += 4) {
    to.words.store((to.byteOffset + byte) >> 2, from.words.load((from.byteOffset + byte) >> 2));
  }
}

const ATOMICS = {
  load: (view: View, index: number) => view[index],
  store(view: View, index: number, value: number) {
    view[index] = value;
  },
  // Of words that one thread alone writes: its own load is no step that another thread could tell.
  add(view: View, index: number, by: number) {
    view[index] = (view[index] + by) | 0;
  },
  notify: () => 0,
};

const unknownToExploration = (name: string): object =>
  new Proxy(() => undefined, {
    construct() {
      throw new Error(`the exploration does not know new ${name}`);
    },
    get(_target, key) {
      throw new Error(`the exploration does not know ${name}.${String(key)}`);
    },
  });

/** What the ring's modules find in place of the globals of these names. */
export const SHARED_MEMORY_GLOBALS: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(
    Object.keys(ELEMENTS).map((kind) => [
      kind,
      function constructView(buffer: SharedBuffer, byteOffset?: number, length?: number) {
        return createView(kind, buffer, byteOffset, length);
      },
    ]),
  ),
  ...Object.fromEntries(
    ['Uint32Array', 'Uint16Array', 'Int8Array', 'DataView', 'BigUint64Array', 'BigInt64Array'].map((name) => [
      name,
      unknownToExploration(name),
    ]),
  ),
  SharedArrayBuffer: unknownToExploration('SharedArrayBuffer'),
  Atomics: new Proxy(ATOMICS, {
    get(target, key) {
      if (!(key in target)) throw new Error(`the exploration does not know Atomics.${String(key)}`);
      return target[key as keyof typeof ATOMICS];
    },
  }),
};
