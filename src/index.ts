export { type AggregatorWarning, MetricsAggregator, type RouteHandler } from './api/metrics-aggregator.ts';
export { MetricsExporter } from './api/metrics-exporter.ts';
export { collectInThread, type ThreadHandle } from './api/thread.ts';
export { type Clock, monotonicMillis } from './contract/clock.ts';
export { type ErrorCode, PerfMetricsError, type WarningCode } from './contract/errors.ts';
export {
  defineEvents,
  type EventCatalogue,
  type EventDefinition,
  EventID,
  type EventSpec,
  Outcome,
} from './contract/events.ts';
export type { RouteRequest, RouteResponse } from './contract/messages.ts';
export type { Options } from './contract/options.ts';
export type * from './contract/snapshot.ts';
export { type DecodedSnapshot, decodeSnapshot, type SnapshotProblem } from './contract/snapshot-decoder.ts';
export type * from './contract/statistics.ts';
export {
  type CollectorOptions,
  defaultCollector,
  MetricsCollector,
  NOT_MEASURED,
  setDefaultCollector,
} from './record/collector.ts';
export { measure, measureAsync, measureSync, type Span } from './record/measure.ts';
export { LockFreeRingBuffer } from './record/ring-buffer.ts';
export { NativeHistogram } from './sketch/native-histogram.ts';
export { TDigest } from './sketch/tdigest.ts';
