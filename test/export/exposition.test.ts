import { describe, expect, it } from 'vitest';
import { FAMILIES, type MetricFamily } from '../../src/contract/families.ts';
import { collectFamilies } from '../../src/export/families.ts';
import { boundText } from '../../src/export/number-text.ts';
import { renderOpenMetrics } from '../../src/export/openmetrics.ts';
import { renderProtobuf } from '../../src/export/protobuf.ts';
import { renderText } from '../../src/export/text.ts';
import { busyPicture, START, TRACE_TEXT } from './picture.ts';
import { delimited, type Message } from './wire.ts';

const AWKWARD = 'a\\b"c\nd é 🙂';
const gauge = (labels: string[], value: number, help = 'Help.'): MetricFamily => ({
  spec: { ...FAMILIES.queueDepth, help },
  samples: [{ labels, value }],
});
/** What sampling makes of counts: no whole numbers. */
const estimated: MetricFamily = {
  spec: FAMILIES.gcPause,
  samples: [
    {
      labels: ['minor'],
      value: 1.25,
      histogram: { count: 9.4, bounds: [0.001, 1], cumulative: [3.4, 6.6, 9.4] },
    },
  ],
};

describe('text 0.0.4', () => {
  it('escapes labels and help', () => {
    expect(renderText([gauge([AWKWARD], 1, 'a "b"\\\nc')])).toBe(
      '# HELP perf_queue_depth a "b"\\\\\\nc\n# TYPE perf_queue_depth gauge\n' +
        'perf_queue_depth{queue="a\\\\b\\"c\\nd é 🙂"} 1\n',
    );
  });

  it('writes numbers that are none in words', () => {
    const lines = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, 1e-7].map((value) =>
      renderText([gauge(['q'], value)])
        .trimEnd()
        .split(' ')
        .at(-1),
    );
    expect(lines).toEqual(['NaN', '+Inf', '-Inf', '1e+21', '1e-7']);
  });

  it('rounds the estimated counts of a histogram', () => {
    expect(renderText([estimated]).split('\n').slice(2, -1)).toEqual([
      'perf_gc_pause_seconds_bucket{kind="minor",le="0.001"} 3',
      'perf_gc_pause_seconds_bucket{kind="minor",le="1.0"} 7',
      'perf_gc_pause_seconds_bucket{kind="minor",le="+Inf"} 9',
      'perf_gc_pause_seconds_sum{kind="minor"} 1.25',
      'perf_gc_pause_seconds_count{kind="minor"} 9',
    ]);
  });
});

describe('OpenMetrics 1.0', () => {
  const text = renderOpenMetrics(collectFamilies(busyPicture().source));
  const lines = text.split('\n');

  it('ends with EOF and has no empty line', () => {
    expect(text.endsWith('\n# EOF\n')).toBe(true);
    expect(lines.slice(0, -1)).not.toContain('');
  });

  it('names a counter without _total and its samples with it, and no family twice', () => {
    expect(lines).toContain('# TYPE perf_events counter');
    expect(lines).toContain('perf_events_total{event="signal_generation",outcome="error"} 4');
    const families = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ')[2]);
    expect(new Set(families).size).toBe(families.length);
  });

  it('names the unit where the name ends in it', () => {
    const units = lines.filter((line) => line.startsWith('# UNIT ')).map((line) => line.split(' '));
    expect(units.length).toBeGreaterThan(5);
    for (const [, , name, unit] of units) expect(name.endsWith(`_${unit}`), name).toBe(true);
  });

  it('puts the trace of an event on the bucket that it fell into', () => {
    const exemplars = lines.filter((line) => line.includes(' # '));
    expect(exemplars).toEqual([
      `perf_event_duration_seconds_bucket{event="order_execution",le="0.005"} 1 # {trace_id="${TRACE_TEXT}"} ${Math.fround(0.004)} ${((START + 100) / 1e3).toFixed(3)}`,
    ]);
  });

  it('has no sum and no count beside buckets of negative values', () => {
    expect(lines).toContain('perf_event_value_bucket{event="slippage",unit="basis_points",le="+Inf"} 6');
    expect(text).not.toMatch(/perf_event_value_(sum|count)/);
    expect(text).toMatch(/perf_event_duration_seconds_sum/);
  });

  it('escapes quotes in help too', () => {
    expect(renderOpenMetrics([gauge(['q'], 1, 'a "b"\\\nc')])).toContain(
      '# HELP perf_queue_depth a \\"b\\"\\\\\\nc\n',
    );
  });

  it('writes bounds as Prometheus normalises them', () => {
    const bounds = [1, -100, 0, 0.25, 0.00001, 0.00025, 2.5e-7, 1e22, Number.POSITIVE_INFINITY];
    expect(bounds.map(boundText)).toEqual([
      '1.0',
      '-100.0',
      '0.0',
      '0.25',
      '1e-05',
      '0.00025',
      '2.5e-07',
      '1e+22',
      '+Inf',
    ]);
  });
});

describe('protobuf', () => {
  const families = collectFamilies(busyPicture().source);
  const messages = delimited(renderProtobuf(families));
  const family = (name: string): Message => {
    const found = messages.find((message) => message.text(1) === name);
    if (found === undefined) throw new Error(`no family ${name}`);
    return found;
  };
  const labels = (metric: Message) => metric.messages(1).map((pair) => [pair.text(1), pair.text(2)]);

  it('holds every family with name, help, type and unit', () => {
    const types = { counter: 0, gauge: 1, histogram: 4 };
    const heads = messages.map((m) => [m.text(1), m.text(2), m.uint(3), m.text(5)]);
    expect(heads.filter(([name], i) => name !== heads[i - 1]?.[0])).toEqual(
      families.map(({ spec }) => [spec.name, spec.help, types[spec.type], spec.unit]),
    );
  });

  it('gives each native histogram a family of its own, for Prometheus to find the exemplars of all', () => {
    const metrics = messages
      .filter((m) => m.text(1) === 'perf_event_duration_seconds')
      .map((m) => m.messages(4));
    expect(metrics.length).toBeGreaterThan(1);
    expect(metrics.map(({ length }) => length)).toEqual(metrics.map(() => 1));
  });

  it('holds counters and gauges with their labels', () => {
    const counter = family('perf_events_total').messages(4)[3];
    expect(labels(counter)).toEqual([
      ['event', 'signal_generation'],
      ['outcome', 'error'],
    ]);
    expect(counter.messages(3)[0]?.double(1)).toBe(4);
    expect(family('perf_config_generation').messages(4)[0]?.messages(2)[0]?.double(1)).toBe(7);
  });

  it('holds a classic and a native histogram in one message, counts as floats', () => {
    const expected = families.find(({ spec }) => spec.name === 'perf_event_value')?.samples[0]?.histogram;
    const metric = family('perf_event_value').messages(4)[0];
    const histogram = metric.messages(7)[0];
    expect(labels(metric)).toEqual([
      ['event', 'slippage'],
      ['unit', 'basis_points'],
    ]);
    expect(histogram.double(4)).toBe(6);
    expect(histogram.double(2)).toBe(9);
    const buckets = histogram.messages(3);
    expect(buckets.map((bucket) => bucket.double(2))).toEqual([-1, 0, 1, 5, Number.POSITIVE_INFINITY]);
    expect(buckets.map((bucket) => bucket.double(4))).toEqual([1, 3, 4, 5, 6]);
    expect(histogram.sint(5)).toBe(expected?.native?.schema);
    expect(histogram.double(6)).toBe(2 ** -128);
    expect(histogram.double(8)).toBe(1);
    const spans = (field: number) =>
      histogram.messages(field).map((span) => ({ offset: span.sint(1), length: span.uint(2) }));
    expect(spans(9)).toEqual(expected?.native?.negative.spans);
    expect(histogram.packedDoubles(11)).toEqual(expected?.native?.negative.counts);
    expect(spans(12)).toEqual(expected?.native?.positive.spans);
    expect(histogram.packedDoubles(14)).toEqual(expected?.native?.positive.counts);
  });

  it('keeps estimated counts exact', () => {
    const histogram = delimited(renderProtobuf([estimated]))[0]
      ?.messages(4)[0]
      ?.messages(7)[0];
    expect(histogram?.double(4)).toBe(9.4);
    expect(histogram?.messages(3).map((bucket) => bucket.double(4))).toEqual([3.4, 6.6, 9.4]);
  });

  it('holds the exemplar on its bucket and among those of the native histogram, with its time', () => {
    const metric = messages
      .filter((m) => m.text(1) === 'perf_event_duration_seconds')
      .flatMap((m) => m.messages(4))
      .find((m) => labels(m)[0]?.[1] === 'order_execution');
    const histogram = metric?.messages(7)[0];
    const native = histogram?.messages(16) ?? [];
    const classic = histogram?.messages(3).flatMap((bucket) => bucket.messages(3)) ?? [];
    expect([native.length, classic.length]).toEqual([1, 1]);
    for (const exemplar of [...native, ...classic]) {
      expect(exemplar.messages(1).map((pair) => [pair.text(1), pair.text(2)])).toEqual([
        ['trace_id', TRACE_TEXT],
      ]);
      expect(exemplar.double(2)).toBe(Math.fround(0.004));
      const time = exemplar.messages(3)[0];
      expect([time?.uint(1), time?.uint(2)]).toEqual([START / 1e3, 100_000_000]);
    }
  });

  it('takes any text', () => {
    const [message] = delimited(renderProtobuf([gauge([AWKWARD], 1)]));
    expect(labels(message.messages(4)[0])).toEqual([['queue', AWKWARD]]);
  });
});
