/** Below this count, insertion beats any pass over counters. */
const INSERTION_MAX = 24;
/** From this count on, three passes of 11 bits beat four passes of 8 bits in spite of their larger counters. */
const WIDE_DIGIT_MIN = 3000;

/**
 * Sorts batches of 32-bit floats without allocating: least-significant-digit radix sort on the order-preserving bits
 * (Knuth, The Art of Computer Programming 3, 5.2.5; the sign trick is Herf's "Radix Tricks", 2001).
 */
export class FloatSorter {
  readonly maxCount: number;
  readonly #keys: Uint32Array;
  readonly #offsets = new Uint32Array(2048);
  #values: Float32Array = new Float32Array(0);
  #bits: Uint32Array = new Uint32Array(0);

  /** `maxCount`: the largest batch that will be sorted; 4 bytes of scratch are kept for each value. */
  constructor(maxCount: number) {
    this.maxCount = maxCount;
    this.#keys = new Uint32Array(maxCount);
  }

  /** Bytes of scratch memory held. */
  get byteLength(): number {
    return this.#keys.byteLength + this.#offsets.byteLength;
  }

  /**
   * Sorts `values[0..count)` ascending in place, in the order of IEEE floats (-0 before +0). A count beyond the
   * array or beyond `maxCount` is cut down to it. NaN sorts to an end by its sign bit.
   */
  sort(values: Float32Array, count: number): void {
    const n = Math.min(count, values.length, this.maxCount);
    if (n <= INSERTION_MAX) insertionSort(values, n);
    else this.#radixSort(values, n);
  }

  #radixSort(values: Float32Array, n: number): void {
    if (this.#values !== values) {
      this.#values = values;
      this.#bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    }
    const bits = this.#bits;
    // Negative floats order backwards: all their bits are flipped; of the others only the sign bit is.
    for (let i = 0; i < n; i++) {
      const b = bits[i];
      bits[i] = b ^ ((b >> 31) | 0x80000000);
    }
    const width = n < WIDE_DIGIT_MIN ? 8 : 11;
    let source = bits;
    let target = this.#keys;
    for (let shift = 0; shift < 32; shift += width) {
      if (!scatter(source, target, n, shift, (1 << width) - 1, this.#offsets)) continue;
      const swap = source;
      source = target;
      target = swap;
    }
    for (let i = 0; i < n; i++) {
      const k = source[i];
      bits[i] = k ^ (~(k >> 31) | 0x80000000);
    }
  }
}

/** One stable counting pass; false, with nothing moved, when all keys share the digit. */
function scatter(
  source: Uint32Array,
  target: Uint32Array,
  n: number,
  shift: number,
  mask: number,
  offsets: Uint32Array,
): boolean {
  offsets.fill(0, 0, mask + 1);
  for (let i = 0; i < n; i++) offsets[(source[i] >>> shift) & mask]++;
  if (offsets[(source[0] >>> shift) & mask] === n) return false;
  let next = 0;
  for (let d = 0; d <= mask; d++) {
    const size = offsets[d];
    offsets[d] = next;
    next += size;
  }
  for (let i = 0; i < n; i++) {
    const k = source[i];
    target[offsets[(k >>> shift) & mask]++] = k;
  }
  return true;
}

function insertionSort(values: Float32Array, n: number): void {
  for (let i = 1; i < n; i++) {
    const v = values[i];
    let j = i - 1;
    while (j >= 0 && values[j] > v) {
      values[j + 1] = values[j];
      j--;
    }
    values[j + 1] = v;
  }
}
