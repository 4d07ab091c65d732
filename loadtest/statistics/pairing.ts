import type { Block, Condition, Metric } from '../phases.ts';

const VALUES: Readonly<Record<Metric, (block: Block) => number>> = {
  cpu_main: ({ mainMicros }) => mainMicros,
  cpu_process: ({ processMicros }) => processMicros,
  latency_p50: ({ p50Millis }) => p50Millis,
  latency_p99: ({ p99Millis }) => p99Millis,
  reference: ({ referenceMicros }) => referenceMicros,
};

/**
 * What a condition costs over measuring off, set by set: the blocks of one set are neighbours, so that what the machine does to
 * all of them falls out. `off_again` is compared with `off` alone, which must find nothing; the others with the mean of
 * both. Ratios of the mean of all these blocks with measuring off. Sets that lack a block, or in which no request was made,
 * are left out.
 */
export function pairedDifferences(blocks: readonly Block[], condition: Condition, metric: Metric): number[] {
  const value = VALUES[metric];
  const sets = new Map<number, Partial<Record<Condition, number>>>();
  for (const block of blocks)
    sets.set(block.set, { ...sets.get(block.set), [block.condition]: value(block) });
  const complete = [...sets.values()].flatMap(({ off, off_again: again, [condition]: it }) =>
    isNumber(off) && isNumber(again) && isNumber(it) ? [{ off, again, it }] : [],
  );
  const base = mean(complete.map(({ off, again }) => (off + again) / 2));
  return complete.map(
    ({ off, again, it }) => (condition === 'off_again' ? again - off : it - (off + again) / 2) / base,
  );
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
