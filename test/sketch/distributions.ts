/** A seeded source of uniform numbers in [0, 1) (mulberry32), so that every run draws the same samples. */
export function seededUniform(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

type Draw = (uniform: () => number, i: number, n: number) => number;

/** Durations in seconds, by the shapes that the accuracy is stated for. */
export const DISTRIBUTIONS: Readonly<Record<string, Draw>> = {
  uniform: (uniform) => 1e-3 * uniform(),
  lognormal: (uniform) => 1e-3 * Math.exp(normal(uniform)),
  pareto: (uniform) => 1e-3 * (1 - uniform()) ** (-1 / 1.5),
  exponential: (uniform) => -1e-3 * Math.log(1 - uniform()),
  bimodal: (uniform) => (uniform() < 0.7 ? 1e-4 : 5e-3) * (1 + 0.1 * normal(uniform)),
  constant: () => 1e-3,
  ascending: (_, i, n) => 1e-3 * (1 + i / n),
  descending: (_, i, n) => 1e-3 * (2 - i / n),
};

export function drawSamples(name: string, count: number, seed: number): Float32Array {
  const uniform = seededUniform(seed);
  const draw = DISTRIBUTIONS[name];
  return Float32Array.from({ length: count }, (_, i) => draw(uniform, i, count));
}
