/** Beyond so many degrees of freedom Student's distribution is the normal one to six digits. */
export const NORMAL_DEGREES = 1e6;

/**
 * The quantile of Student's t distribution: the t that a share `probability` (0.5 to less than 1) of it lies below. By bisection
 * of the distribution function, which is a regularised incomplete beta function (Abramowitz and Stegun 26.7.1).
 */
export function studentQuantile(probability: number, degreesOfFreedom: number): number {
  const degrees = Math.min(degreesOfFreedom, NORMAL_DEGREES);
  const upperTail = (t: number): number =>
    0.5 * regularisedBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
  const target = 1 - probability;
  let high = 1;
  while (upperTail(high) > target) high *= 2;
  let low = 0;
  // Sixty halvings leave nothing that a double could tell apart.
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (upperTail(middle) > target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** I_x(a, b); Press et al., Numerical Recipes, 3rd edition, section 6.4: the continued fraction by Lentz's method. */
function regularisedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

const TINY = 1e-300;
const MAX_TERMS = 10_000;

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / apart(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= MAX_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / apart(1 + even * d);
    c = apart(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / apart(1 + odd * d);
    c = apart(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return fraction;
}

function apart(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

const LANCZOS = [
  0.999_999_999_999_809_93, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_13,
  -176.615_029_162_140_59, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6,
  1.505_632_735_149_311_6e-7,
];

/** ln Γ(x) for x >= 0.5; Lanczos's approximation with g = 7 and nine terms (Lanczos 1964), good to fifteen digits. */
function logGamma(x: number): number {
  const z = x - 1;
  const t = z + 7.5;
  const sum = LANCZOS.reduce((total, term, i) => total + (i === 0 ? term : term / (z + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}
