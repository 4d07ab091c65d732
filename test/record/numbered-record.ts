export const TRACED_EVERY = 3;

const trace = new Uint8Array(16);
const words = new Uint32Array(trace.buffer);

/** The n-th record: each of its fields tells which it is. The trace is reused. */
export function recordAt(n: number): { start: number; value: number; word: number; trace: Uint8Array } {
  words.fill(Math.imul(n + 1, 0x9e37_79b1));
  return { start: n + 1 / 3, value: Math.fround(1 / (n + 2)), word: Math.imul(n + 1, 0x85eb_ca6b), trace };
}
