/** The coarsest and finest schemas of the Prometheus native histogram. */
export const MIN_SCHEMA = -4;
export const MAX_SCHEMA = 8;

const FINEST = 2 ** MAX_SCHEMA;
/** 2^(j / 256): the upper bounds, within one power of two, of the finest schema and by stride of the others. */
const FRACTIONS = Float64Array.from({ length: FINEST }, (_, j) => 2 ** (j / FINEST));

/** 2^octave for every octave in which a 32-bit float can lie, and a few more. */
const FIRST_OCTAVE = -160;
const OCTAVES = Float64Array.from({ length: 300 }, (_, i) => 2 ** (FIRST_OCTAVE + i));

/**
 * The inclusive upper bound of bucket `index` at `schema`: 2^(index * 2^-schema) (Prometheus, native histogram
 * specification, "Schema"). Infinity or 0 where a 64-bit float ends.
 */
export function upperBound(index: number, schema: number): number {
  if (schema <= 0) return 2 ** (index * (1 << -schema));
  const octave = index >> schema;
  const power = OCTAVES[octave - FIRST_OCTAVE] ?? 2 ** octave;
  return FRACTIONS[(index - (octave << schema)) << (MAX_SCHEMA - schema)] * power;
}

/**
 * The bucket of a finite `magnitude` > 0 at `schema`: the index i with bound(i - 1) < magnitude <= bound(i).
 * Exact for 32-bit floats: none comes closer to an irrational bound than 64-bit arithmetic resolves.
 */
export function bucketIndex(magnitude: number, schema: number): number {
  const scale = schema < 0 ? 1 / (1 << -schema) : 1 << schema;
  let index = Math.ceil(Math.log2(magnitude) * scale);
  // The logarithm may be off by a rounding on either side of a bound.
  while (magnitude > upperBound(index, schema)) index++;
  while (magnitude <= upperBound(index - 1, schema)) index--;
  return index;
}

/** The bucket that bucket `index` becomes part of when the schema is lowered by `steps`. */
export function coarserIndex(index: number, steps: number): number {
  return Math.ceil(index / (1 << steps));
}
