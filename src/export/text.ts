import type { HistogramSample, MetricFamily, Sample } from '../contract/families.ts';
import { boundText, numberText } from './number-text.ts';

export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The Prometheus text format 0.0.4. Estimated counts of histograms are rounded to whole numbers. */
export function renderText(families: readonly MetricFamily[]): string {
  let text = '';
  for (const { spec, samples } of families) {
    text += `# HELP ${spec.name} ${escapeHelp(spec.help)}\n# TYPE ${spec.name} ${spec.type}\n`;
    for (const sample of samples) {
      const labels = labelsText(spec.labels, sample.labels);
      text +=
        sample.histogram === undefined
          ? `${spec.name}${braces(labels)} ${numberText(sample.value)}\n`
          : histogramText(spec.name, labels, sample, sample.histogram);
    }
  }
  return text;
}

function histogramText(name: string, labels: string, { value }: Sample, histogram: HistogramSample): string {
  let text = '';
  for (const { le, count } of wholeBuckets(histogram)) {
    text += `${name}_bucket${braces(labels, `le="${le}"`)} ${count}\n`;
  }
  return `${text}${name}_sum${braces(labels)} ${numberText(value)}\n${name}_count${braces(labels)} ${Math.round(histogram.count)}\n`;
}

/** The classic buckets, +Inf last, their counts rounded: which keeps them from descending. */
export function wholeBuckets({ bounds, cumulative }: HistogramSample): { le: string; count: number }[] {
  return cumulative.map((count, i) => ({
    le: boundText(bounds[i] ?? Number.POSITIVE_INFINITY),
    count: Math.round(count),
  }));
}

/** `a="x",b="y"`, escaped; empty without labels. */
export function labelsText(names: readonly string[], values: readonly string[]): string {
  return names.map((name, i) => `${name}="${escapeLabel(values[i] ?? '')}"`).join(',');
}

/** The parts that are not empty, in braces; nothing when all are. */
export function braces(...parts: readonly string[]): string {
  const inside = parts.filter((part) => part !== '').join(',');
  return inside === '' ? '' : `{${inside}}`;
}

/** Both formats escape label values alike, and OpenMetrics its help texts too. */
export function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
