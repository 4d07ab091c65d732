import { type Distribution, QUANTILES, type Quantiles } from '../../contract/statistics.ts';
import type { TDigest } from '../../sketch/tdigest.ts';

interface Counts {
  readonly count: number;
  readonly errors: number;
  readonly breaches: number;
}

/** Counts and the digest of the same events, as they are published. */
export function distributionOf(
  { count, errors, breaches }: Counts,
  digest: TDigest,
  hasSla: boolean,
): Distribution {
  return {
    count,
    errors,
    breaches,
    compliance: hasSla && count > 0 ? complianceOf(count, breaches) : null,
    mean: finite(digest.sum / digest.count),
    min: finite(digest.min),
    max: finite(digest.max),
    quantiles: quantilesOf(digest),
  };
}

/** The share of events that kept their SLA; 1 where there were none. */
export function complianceOf(count: number, breaches: number): number {
  return count > 0 ? Math.min(1, Math.max(0, 1 - breaches / count)) : 1;
}

function quantilesOf(digest: TDigest): Quantiles | null {
  if (digest.centroidCount === 0) return null;
  const [p50, p95, p99, p999] = QUANTILES;
  return {
    p50: digest.quantile(p50),
    p95: digest.quantile(p95),
    p99: digest.quantile(p99),
    p999: digest.quantile(p999),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
