import { PbfWriter } from 'pbf';
import type {
  Exemplar,
  FamilySpec,
  FamilyType,
  HistogramSample,
  MetricFamily,
  NativeBuckets,
  Sample,
} from '../contract/families.ts';

export const PROTOBUF_CONTENT_TYPE =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

// Field numbers of io.prometheus.client (prometheus/client_model, metrics.proto), message by message.
const FAMILY = { name: 1, help: 2, type: 3, metric: 4, unit: 5 };
const METRIC = { label: 1, gauge: 2, counter: 3, histogram: 7 };
const LABEL = { name: 1, value: 2 };
/** Of a Gauge and of a Counter. */
const VALUE = 1;
const HISTOGRAM = {
  sum: 2,
  bucket: 3,
  countFloat: 4,
  schema: 5,
  zeroThreshold: 6,
  zeroCountFloat: 8,
  negative: { span: 9, count: 11 },
  positive: { span: 12, count: 14 },
  exemplars: 16,
};
const BUCKET = { upperBound: 2, exemplar: 3, cumulativeFloat: 4 };
const SPAN = { offset: 1, length: 2 };
const EXEMPLAR = { label: 1, value: 2, timestamp: 3 };
const TIMESTAMP = { seconds: 1, nanos: 2 };
const TYPE: Readonly<Record<FamilyType, number>> = { counter: 0, gauge: 1, histogram: 4 };

interface TypedSample {
  readonly spec: FamilySpec;
  readonly sample: Sample;
}

/**
 * Length-delimited io.prometheus.client.MetricFamily messages. A histogram is one message, classic and native at once;
 * its counts are floats, since they are estimates when events are sampled, so nothing is rounded.
 *
 * Each native histogram comes in a family of its own, all of the same name: of several in one family, Prometheus (seen in
 * 3.16.0) goes on in the second's exemplars where it stopped in the first's, and so loses those before.
 */
export function renderProtobuf(families: readonly MetricFamily[]): Uint8Array {
  const writer = new PbfWriter();
  for (const family of families) {
    for (const samples of apart(family.samples)) {
      const message = new PbfWriter();
      writeFamily({ ...family, samples }, message);
      writer.writeBytes(message.finish());
    }
  }
  return writer.finish();
}

function apart(samples: readonly Sample[]): readonly (readonly Sample[])[] {
  return samples[0]?.histogram?.native === undefined ? [samples] : samples.map((sample) => [sample]);
}

function writeFamily({ spec, samples }: MetricFamily, pbf: PbfWriter): void {
  pbf.writeStringField(FAMILY.name, spec.name);
  pbf.writeStringField(FAMILY.help, spec.help);
  pbf.writeVarintField(FAMILY.type, TYPE[spec.type]);
  for (const sample of samples) pbf.writeMessage(FAMILY.metric, writeMetric, { spec, sample });
  if (spec.unit !== undefined) pbf.writeStringField(FAMILY.unit, spec.unit);
}

function writeMetric({ spec, sample }: TypedSample, pbf: PbfWriter): void {
  spec.labels.forEach((name, i) => {
    pbf.writeMessage(METRIC.label, writeLabel, [name, sample.labels[i] ?? ''] as const);
  });
  if (sample.histogram !== undefined) pbf.writeMessage(METRIC.histogram, writeHistogram, sample);
  else pbf.writeMessage(spec.type === 'counter' ? METRIC.counter : METRIC.gauge, writeValue, sample.value);
}

function writeLabel([name, value]: readonly [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(LABEL.name, name);
  pbf.writeStringField(LABEL.value, value);
}

function writeValue(value: number, pbf: PbfWriter): void {
  pbf.writeDoubleField(VALUE, value);
}

function writeHistogram({ value: sum, histogram }: Sample, pbf: PbfWriter): void {
  if (histogram === undefined) return;
  const { count, bounds, cumulative, exemplars = [], native } = histogram;
  pbf.writeDoubleField(HISTOGRAM.countFloat, count);
  pbf.writeDoubleField(HISTOGRAM.sum, sum);
  for (let bucket = 0; bucket < cumulative.length; bucket++) {
    pbf.writeMessage(HISTOGRAM.bucket, writeBucket, { bounds, cumulative, exemplars, bucket });
  }
  if (native === undefined) return;
  pbf.writeSVarintField(HISTOGRAM.schema, native.schema);
  pbf.writeDoubleField(HISTOGRAM.zeroThreshold, native.zeroThreshold);
  pbf.writeDoubleField(HISTOGRAM.zeroCountFloat, native.zeroCount);
  writeNativeBuckets(HISTOGRAM.negative, native.negative, pbf);
  writeNativeBuckets(HISTOGRAM.positive, native.positive, pbf);
  for (const exemplar of exemplars) {
    if (exemplar !== null) pbf.writeMessage(HISTOGRAM.exemplars, writeExemplar, exemplar);
  }
}

type Buckets = Pick<HistogramSample, 'bounds' | 'cumulative'> & {
  readonly exemplars: readonly (Exemplar | null)[];
  readonly bucket: number;
};

function writeBucket({ bounds, cumulative, exemplars, bucket }: Buckets, pbf: PbfWriter): void {
  pbf.writeDoubleField(BUCKET.cumulativeFloat, cumulative[bucket]);
  pbf.writeDoubleField(BUCKET.upperBound, bounds[bucket] ?? Number.POSITIVE_INFINITY);
  const exemplar = exemplars[bucket] ?? null;
  if (exemplar !== null) pbf.writeMessage(BUCKET.exemplar, writeExemplar, exemplar);
}

function writeNativeBuckets(
  field: { readonly span: number; readonly count: number },
  { spans, counts }: NativeBuckets,
  pbf: PbfWriter,
): void {
  for (const span of spans) pbf.writeMessage(field.span, writeSpan, span);
  pbf.writePackedDouble(field.count, [...counts]);
}

function writeSpan({ offset, length }: NativeBuckets['spans'][number], pbf: PbfWriter): void {
  pbf.writeSVarintField(SPAN.offset, offset);
  pbf.writeVarintField(SPAN.length, length);
}

function writeExemplar({ traceId, value, timestampSeconds }: Exemplar, pbf: PbfWriter): void {
  pbf.writeMessage(EXEMPLAR.label, writeLabel, ['trace_id', traceId] as const);
  pbf.writeDoubleField(EXEMPLAR.value, value);
  pbf.writeMessage(EXEMPLAR.timestamp, writeTimestamp, timestampSeconds);
}

function writeTimestamp(seconds: number, pbf: PbfWriter): void {
  const whole = Math.floor(seconds);
  pbf.writeVarintField(TIMESTAMP.seconds, whole);
  pbf.writeVarintField(TIMESTAMP.nanos, Math.round((seconds - whole) * 1e3) * 1e6);
}
