/**
 * Seeded pseudo-random numbers: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state. The same seed and stream name
 * give the same numbers on every machine; streams of other names are independent of each other.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, stream: string) {
    // FNV-1a over the stream's name: another name, another state.
    let hash = 0x811c9dc5;
    for (const character of stream) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    this.#a = seed | 0;
    this.#b = hash | 0;
    this.#c = (seed ^ hash) | 0;
    for (let i = 0; i < 15; i++) this.uint32();
  }

  /** Uniform over 0 .. 2^32 - 1. */
  uint32(): number {
    const result = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** Uniform over [0, 1). */
  uniform(): number {
    return this.uint32() / 2 ** 32;
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Lognormal with this median; `sigma` is the standard deviation of the logarithm. */
  lognormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }
}
