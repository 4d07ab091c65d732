/** A sample's value in either text format: `NaN`, `+Inf`, `-Inf`, or the shortest decimal that reads back the same. */
export function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/**
 * A value of the label `le` as OpenMetrics 1.0 wants it ("Considerations: Canonical Numbers"): a float always, with an
 * exponent of two digits below 1e-4. Prometheus brings every format's to this one, so that series are the same in all.
 */
export function boundText(bound: number): string {
  if (!Number.isFinite(bound)) return numberText(bound);
  const magnitude = Math.abs(bound);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e21)) {
    return bound.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}
