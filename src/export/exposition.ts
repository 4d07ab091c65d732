import type { MetricFamily } from '../contract/families.ts';
import type { Exposition } from './negotiate.ts';
import { openMetricsContentType, renderOpenMetrics } from './openmetrics.ts';
import { PROTOBUF_CONTENT_TYPE, renderProtobuf } from './protobuf.ts';
import { renderText, TEXT_CONTENT_TYPE } from './text.ts';

export interface Rendered {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** The families as bytes of the format asked for. */
export function renderExposition(families: readonly MetricFamily[], exposition: Exposition): Rendered {
  switch (exposition.format) {
    case 'protobuf':
      return { contentType: PROTOBUF_CONTENT_TYPE, body: renderProtobuf(families) };
    case 'openmetrics':
      return {
        contentType: openMetricsContentType(exposition.version),
        body: Buffer.from(renderOpenMetrics(families)),
      };
    case 'text':
      return { contentType: TEXT_CONTENT_TYPE, body: Buffer.from(renderText(families)) };
  }
}
