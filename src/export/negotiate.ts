import type { OpenMetricsVersion } from './openmetrics.ts';

export type Exposition =
  | { readonly format: 'protobuf' }
  | { readonly format: 'openmetrics'; readonly version: OpenMetricsVersion }
  | { readonly format: 'text' };

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** A longer header says nothing that a scraper says. */
const MAX_ACCEPT_LENGTH = 4096;

/**
 * The exposition that an `Accept` header prefers (RFC 9110, section 12.5.1): highest q-value, then the more specific
 * range, then the earlier one. Text 0.0.4 when the header is missing or asks only for what there is none of, as
 * Prometheus's own clients answer. `escaping` needs no notice: every name here is legal in every scheme.
 */
export function negotiateExposition(accept: string | undefined): Exposition {
  let best: { exposition: Exposition; quality: number; isExact: boolean } | undefined;
  for (const range of mediaRanges(accept)) {
    const exposition = expositionOf(range);
    if (exposition === undefined || range.quality === 0) continue;
    const isExact = !range.type.includes('*');
    const isBetter =
      best === undefined ||
      range.quality > best.quality ||
      (range.quality === best.quality && isExact && !best.isExact);
    if (isBetter) best = { exposition, quality: range.quality, isExact };
  }
  return best?.exposition ?? { format: 'text' };
}

/** Whether an `Accept-Encoding` header takes gzip: named or `*`, and not at q=0. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const ranges = mediaRanges(acceptEncoding);
  const range = ranges.find(({ type }) => type === 'gzip') ?? ranges.find(({ type }) => type === '*');
  return range !== undefined && range.quality > 0;
}

function expositionOf({ type, parameters }: MediaRange): Exposition | undefined {
  switch (type) {
    case 'application/vnd.google.protobuf': {
      const isFamilies = (parameters.get('proto') ?? '') === 'io.prometheus.client.MetricFamily';
      return isFamilies && parameters.get('encoding') === 'delimited' ? { format: 'protobuf' } : undefined;
    }
    case 'application/openmetrics-text': {
      const version = parameters.get('version') ?? '1.0.0';
      return version === '1.0.0' || version === '0.0.1' ? { format: 'openmetrics', version } : undefined;
    }
    case 'text/plain':
      return (parameters.get('version') ?? '0.0.4') === '0.0.4' ? { format: 'text' } : undefined;
    case 'text/*':
    case '*/*':
      return { format: 'text' };
    default:
      return undefined;
  }
}

function mediaRanges(header: string | undefined): MediaRange[] {
  if (header === undefined || header.length > MAX_ACCEPT_LENGTH) return [];
  return header.split(',').map((part) => {
    const [type = '', ...rest] = part.split(';').map((piece) => piece.trim());
    const parameters = new Map(rest.map(parameter));
    const quality = Number(parameters.get('q') ?? 1);
    return { type: type.toLowerCase(), parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 };
  });
}

function parameter(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 0) return [text.toLowerCase(), ''];
  const value = text.slice(at + 1).trim();
  return [text.slice(0, at).trim().toLowerCase(), value.replace(/^"(.*)"$/, '$1')];
}
