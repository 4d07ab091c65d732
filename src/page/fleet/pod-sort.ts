import type { PodLine } from './outliers.ts';

export type SortKey =
  | 'pod'
  | 'state'
  | 'ratio'
  | 'p50'
  | 'p99'
  | 'p999'
  | 'count'
  | 'rate'
  | 'overhead'
  | 'lost';

export interface PodSort {
  readonly key: SortKey;
  readonly isDescending: boolean;
}

const VALUES: Readonly<Record<SortKey, (line: PodLine) => number | string | null>> = {
  pod: ({ pod }) => pod.name,
  state: ({ pod }) => pod.state,
  ratio: ({ ratio }) => ratio,
  p50: ({ figures }) => figures?.minute.quantiles?.p50 ?? null,
  p99: ({ figures }) => figures?.minute.quantiles?.p99 ?? null,
  p999: ({ figures }) => figures?.minute.quantiles?.p999 ?? null,
  count: ({ figures }) => figures?.minute.count ?? null,
  rate: ({ pod }) => pod.figures?.rate ?? null,
  overhead: ({ pod }) => overheadOf(pod),
  lost: ({ pod }) => pod.figures?.overwritten ?? null,
};

export function overheadOf({ figures }: PodLine['pod']): number | null {
  return figures === null ? null : figures.recordOverheadRatio + figures.aggregateOverheadRatio;
}

/** Pods without the figure, and those set aside, whose figures are old, come last either way; equals by name. */
export function sorted(lines: readonly PodLine[], { key, isDescending }: PodSort): PodLine[] {
  const sign = isDescending ? -1 : 1;
  return [...lines].sort((a, b) => {
    const [first, second] = [told(a, key), told(b, key)];
    const byName = compare(a.pod.name, b.pod.name);
    if (first === null || second === null) return Number(first === null) - Number(second === null) || byName;
    return sign * compare(first, second) || byName;
  });
}

function told(line: PodLine, key: SortKey): number | string | null {
  const isTold = line.pod.state === 'merged' || key === 'pod' || key === 'state';
  return isTold ? VALUES[key](line) : null;
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}
