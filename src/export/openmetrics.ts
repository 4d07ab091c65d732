import type { Exemplar, FamilySpec, HistogramSample, MetricFamily, Sample } from '../contract/families.ts';
import { numberText } from './number-text.ts';
import { braces, escapeLabel, labelsText, wholeBuckets } from './text.ts';

export type OpenMetricsVersion = '1.0.0' | '0.0.1';

export function openMetricsContentType(version: OpenMetricsVersion): string {
  return `application/openmetrics-text; version=${version}; charset=utf-8`;
}

/** OpenMetrics 1.0 text, with exemplars on the buckets. 0.0.1, its draft, reads the same. */
export function renderOpenMetrics(families: readonly MetricFamily[]): string {
  let text = '';
  for (const { spec, samples } of families) {
    text += metadata(spec);
    for (const sample of samples) {
      const labels = labelsText(spec.labels, sample.labels);
      text +=
        sample.histogram === undefined
          ? `${spec.name}${braces(labels)} ${numberText(sample.value)}\n`
          : histogramText(spec.name, labels, sample, sample.histogram);
    }
  }
  return `${text}# EOF\n`;
}

/** The family of a counter is named without the `_total` of its samples ("Counter"). */
function metadata({ name, type, unit, help }: FamilySpec): string {
  const family = type === 'counter' ? name.replace(/_total$/, '') : name;
  const unitLine = unit === undefined ? '' : `# UNIT ${family} ${unit}\n`;
  return `# TYPE ${family} ${type}\n${unitLine}# HELP ${family} ${escapeLabel(help)}\n`;
}

function histogramText(name: string, labels: string, { value }: Sample, histogram: HistogramSample): string {
  let text = '';
  wholeBuckets(histogram).forEach(({ le, count }, i) => {
    const exemplar = exemplarText(histogram.exemplars?.[i] ?? null);
    text += `${name}_bucket${braces(labels, `le="${le}"`)} ${count}${exemplar}\n`;
  });
  // With negative values a sum may fall, so it is no counter: there must be none, nor a count ("Histogram").
  if (histogram.bounds.some((bound) => bound < 0)) return text;
  return `${text}${name}_sum${braces(labels)} ${numberText(value)}\n${name}_count${braces(labels)} ${Math.round(histogram.count)}\n`;
}

function exemplarText(exemplar: Exemplar | null): string {
  if (exemplar === null) return '';
  const { traceId, value, timestampSeconds } = exemplar;
  return ` # {trace_id="${traceId}"} ${numberText(value)} ${timestampSeconds.toFixed(3)}`;
}
