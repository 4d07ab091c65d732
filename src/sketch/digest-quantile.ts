import { COUNT, EXACT, MAX, MEANS, MIN, SIZE } from './digest-state.ts';

/** Guards a rank against the rounding of 1 - q: without it, P90 of 10 values would be the tenth largest's neighbour. */
const RANK_TOLERANCE = 1e-12;

/**
 * The smallest value with at least the share `q` of the weight at or below it (Hyndman & Fan 1996, definition 1),
 * exact among single samples, interpolated between centroids.
 */
export function quantileOf(state: Float64Array, capacity: number, q: number): number {
  const total = state[COUNT];
  const size = state[SIZE];
  if (!(q >= 0 && q <= 1) || size === 0) return Number.NaN;
  if (q === 1) return state[MAX];
  const rank = total * (1 - q + RANK_TOLERANCE);
  const weights = MEANS + capacity;
  let above = 0;
  let i = 0;
  while (i < size && above + state[weights + i] <= rank) above += state[weights + i++];
  if (i === size) return state[MIN];
  const mean = state[MEANS + i];
  if (i < state[EXACT]) return mean;

  const weight = state[weights + i];
  const centre = above + weight / 2;
  let value: number;
  if (rank < centre) {
    const before = i > 0 ? above - state[weights + i - 1] / 2 : 0;
    const larger = i > 0 ? state[MEANS + i - 1] : state[MAX];
    value = interpolate(rank, before, larger, centre, mean, total);
  } else {
    const after = i + 1 < size ? above + weight + state[weights + i + 1] / 2 : total;
    const smaller = i + 1 < size ? state[MEANS + i + 1] : state[MIN];
    value = interpolate(rank, centre, mean, after, smaller, total);
  }
  return Math.min(state[MAX], Math.max(state[MIN], value));
}

/**
 * The value at `rank` (weight from the top) between two points. Ranks are taken by their logarithm from the nearer
 * end of the range and values of one sign by theirs, which is exact for power laws: the shape of both tails.
 */
function interpolate(
  rank: number,
  rankA: number,
  valueA: number,
  rankB: number,
  valueB: number,
  total: number,
): number {
  const share = shareOf(rank, rankA, rankB, total);
  if (valueA === valueB) return valueA;
  const ratio = valueB / valueA;
  if (!(ratio > 0 && ratio < Number.POSITIVE_INFINITY)) return valueA + share * (valueB - valueA);
  const value = valueA * ratio ** share;
  return Math.min(valueA, Math.max(valueB, value));
}

function shareOf(rank: number, rankA: number, rankB: number, total: number): number {
  if (rankB <= total / 2 && rankA > 0) return Math.log(rank / rankA) / Math.log(rankB / rankA);
  if (rankA > total / 2 && rankB < total) {
    return Math.log((total - rank) / (total - rankA)) / Math.log((total - rankB) / (total - rankA));
  }
  return (rank - rankA) / (rankB - rankA);
}

/** The share of the weight at or below `value`; the inverse of `quantileOf`, and exact where that is. */
export function cdfOf(state: Float64Array, capacity: number, value: number): number {
  const total = state[COUNT];
  const size = state[SIZE];
  if (size === 0 || Number.isNaN(value)) return Number.NaN;
  if (value < state[MIN]) return 0;
  if (value >= state[MAX]) return 1;
  const weights = MEANS + capacity;
  let above = 0;
  let i = 0;
  while (i < size && state[MEANS + i] > value) above += state[weights + i++];
  if (i < state[EXACT]) return 1 - above / total;
  const plateau = i + 1 < size && state[MEANS + i] === value && state[MEANS + i + 1] === value;
  if (plateau) return 1 - above / total;
  const larger = i > 0 ? state[MEANS + i - 1] : state[MAX];
  const before = i > 0 ? above - state[weights + i - 1] / 2 : 0;
  const smaller = i < size ? state[MEANS + i] : state[MIN];
  const after = i < size ? above + state[weights + i] / 2 : total;
  if (larger === smaller) return 1 - above / total;
  const rank = before + rankShare(value, larger, smaller) * (after - before);
  return Math.min(1, Math.max(0, 1 - rank / total));
}

function rankShare(value: number, larger: number, smaller: number): number {
  return (larger - value) / (larger - smaller);
}
