import { FloatSorter } from '../../src/sketch/sort.ts';

interface Sketch {
  addSorted(values: Float32Array, from: number, to: number, weight: number): void;
}

/** Feeds samples in the order given, `batchSize` at a time, each batch sorted, as the aggregator does. */
export function feed(sketch: Sketch, samples: ArrayLike<number>, batchSize = 8192, weight = 1): void {
  const sorter = new FloatSorter(batchSize);
  const batch = new Float32Array(batchSize);
  for (let from = 0; from < samples.length; from += batchSize) {
    const count = Math.min(batchSize, samples.length - from);
    for (let i = 0; i < count; i++) batch[i] = samples[from + i];
    sorter.sort(batch, count);
    sketch.addSorted(batch, 0, count, weight);
  }
}
