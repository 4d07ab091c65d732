const STEPS = 2000;

/** How likely a standard normal value is below `x`: Abramowitz and Stegun 1964, 26.2.17; wrong by 7.5e-8 at most. */
export function normalBelow(x: number): number {
  if (x < 0) return 1 - normalBelow(-x);
  const t = 1 / (1 + 0.2316419 * x);
  const sum =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}

/**
 * Within how many standard errors Student's t stays with this probability. With t = √degrees · tan(angle) the density is a power
 * of the cosine, which is summed from 0 to a right angle.
 */
export function studentBound(probability: number, degrees: number): number {
  const step = Math.PI / 2 / STEPS;
  const within = new Float64Array(STEPS + 1);
  for (let i = 0; i < STEPS; i++) {
    within[i + 1] = (within[i] as number) + Math.cos((i + 0.5) * step) ** (degrees - 1);
  }
  const wanted = probability * (within[STEPS] as number);
  const after = within.findIndex((sum) => sum >= wanted);
  const [low = 0, high = 0] = within.subarray(after - 1, after + 1);
  return Math.sqrt(degrees) * Math.tan((after - 1 + (wanted - low) / (high - low)) * step);
}
