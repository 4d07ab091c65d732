import type { Estimate } from '../phases.ts';

export type Decision = 'pass' | 'fail' | 'undecided';

/** Of the last look. */
export const CONFIDENCE = 0.95;
/**
 * Of a look before the last. Who looks often is misled often; at this level all early looks together take next to nothing of the
 * last one's five in a hundred (Haybittle 1971; Peto et al., British Journal of Cancer 34, 1976).
 */
export const INTERIM_CONFIDENCE = 0.999;

/** Below the limit beyond doubt, above it beyond doubt, or neither. */
export function decide({ low, high }: Pick<Estimate, 'low' | 'high'>, limit: number): Decision {
  if (high < limit) return 'pass';
  return low > limit ? 'fail' : 'undecided';
}

/** Of several claims that must all hold. */
export function overall(decisions: readonly Decision[]): Decision {
  if (decisions.includes('fail')) return 'fail';
  return decisions.every((decision) => decision === 'pass') && decisions.length > 0 ? 'pass' : 'undecided';
}
