/** Of the standard normal distribution: beyond it lie 2.5 % and 20 %. */
const Z_975 = 1.959964;
const Z_80 = 0.841621;

/** The chance that the 95 % interval of the mean of so many pairs excludes zero at this true effect (normal approximation). */
export function detectionChance(effect: number, deviation: number, pairs: number): number {
  const shift = effect / (deviation / Math.sqrt(pairs));
  return normal(shift - Z_975) + normal(-shift - Z_975);
}

/** The smallest true effect that so many pairs find four times in five. */
export function smallestDetectable(deviation: number, pairs: number): number {
  return ((Z_975 + Z_80) * deviation) / Math.sqrt(pairs);
}

/** The distribution function of the standard normal: Abramowitz and Stegun 1964, 26.2.17; wrong by 7.5e-8 at most. */
function normal(x: number): number {
  if (x < 0) return 1 - normal(-x);
  const t = 1 / (1 + 0.2316419 * x);
  const sum =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}
