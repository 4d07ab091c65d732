import type { Entries } from './digest-compress.ts';
import { EXACT, MEANS, SIZE } from './digest-state.ts';

/** Where runs begin, then where the last one ends. */
let runStarts = new Int32Array(0);
let means = new Float64Array(0);
let weights = new Float64Array(0);
let otherMeans = new Float64Array(0);
let otherWeights = new Float64Array(0);
const gathered: Entries = { means, weights, size: 0, exactAbove: Number.NEGATIVE_INFINITY };
let runs = 0;

/**
 * The one scratch area in which digests are merged, shared by all digests of the thread: it grows to the largest
 * merge seen (32 bytes per centroid) and is never given back. Nothing in it outlives a call.
 */
export function beginGathering(centroids: number, parts: number): void {
  if (means.length < centroids) {
    means = new Float64Array(centroids);
    weights = new Float64Array(centroids);
    otherMeans = new Float64Array(centroids);
    otherWeights = new Float64Array(centroids);
  }
  if (runStarts.length < parts + 1) runStarts = new Int32Array(parts + 1);
  runs = 0;
  gathered.size = 0;
  gathered.exactAbove = Number.NEGATIVE_INFINITY;
}

/** Adds a digest's centroids as one more run. */
export function gather(state: Float64Array, capacity: number): void {
  const size = state[SIZE];
  if (size === 0) return;
  runStarts[runs++] = gathered.size;
  let at = gathered.size;
  for (let i = 0; i < size; i++, at++) {
    means[at] = state[MEANS + i];
    weights[at] = state[MEANS + capacity + i];
  }
  gathered.size = at;
  const exact = state[EXACT];
  if (exact < size) gathered.exactAbove = Math.max(gathered.exactAbove, state[MEANS + exact]);
}

/** All runs merged into one, descending; valid until the next `beginGathering`. */
export function mergeGathered(): Entries {
  while (runs > 1) mergePairsOfRuns();
  gathered.means = means;
  gathered.weights = weights;
  return gathered;
}

function mergePairsOfRuns(): void {
  runStarts[runs] = gathered.size;
  let merged = 0;
  for (let run = 0; run < runs; run += 2) {
    const start = runStarts[run];
    const middle = runStarts[run + 1];
    mergeTwoRuns(start, middle, run + 2 <= runs ? runStarts[run + 2] : middle);
    runStarts[merged++] = start;
  }
  runs = merged;
  const swapMeans = means;
  means = otherMeans;
  otherMeans = swapMeans;
  const swapWeights = weights;
  weights = otherWeights;
  otherWeights = swapWeights;
}

function mergeTwoRuns(start: number, middle: number, end: number): void {
  const fromMeans = means;
  const fromWeights = weights;
  const toMeans = otherMeans;
  const toWeights = otherWeights;
  let a = start;
  let b = middle;
  for (let at = start; at < end; at++) {
    const takeA = b >= end || (a < middle && fromMeans[a] >= fromMeans[b]);
    const taken = takeA ? a++ : b++;
    toMeans[at] = fromMeans[taken];
    toWeights[at] = fromWeights[taken];
  }
}
