import { describe, expect, it } from 'vitest';
import { FAMILIES } from '../../src/contract/families.ts';
import { collectFamilies } from '../../src/export/families.ts';
import { busyPicture, Picture, START, TRACE_TEXT } from './picture.ts';

const collect = (picture: Picture) =>
  new Map(collectFamilies(picture.source).map((family) => [family.spec.name, family]));
const values = (picture: Picture, name: string) =>
  Object.fromEntries(
    collect(picture)
      .get(name)
      ?.samples.map(({ labels, value }) => [labels.join(' '), value]) ?? [],
  );

describe('collectFamilies', () => {
  it('produces every family of the contract for a service with a bit of everything, tail apart', () => {
    const names = [...collect(busyPicture()).keys()];
    const absent = Object.values(FAMILIES).filter(({ name }) => !names.includes(name));
    expect(absent.map(({ name }) => name)).toEqual(['perf_event_tail_gc_ratio']);
  });

  it('never has two samples of the same labels, nor a value that is no number', () => {
    for (const { spec, samples } of collectFamilies(busyPicture().source)) {
      const labels = samples.map((sample) => JSON.stringify(sample.labels));
      expect(new Set(labels).size, spec.name).toBe(labels.length);
      for (const sample of samples) {
        expect(sample.labels).toHaveLength(spec.labels.length);
        expect(sample.value, spec.name).not.toBeNaN();
      }
    }
  });

  it('shows counters and histograms of an event at 0 before its first, and no quantile', () => {
    const picture = new Picture();
    expect(values(picture, 'perf_events_total')).toMatchObject({
      'order_execution ok': 0,
      'order_execution error': 0,
    });
    const [sample] = collect(picture).get('perf_event_duration_seconds')?.samples ?? [];
    expect(sample).toMatchObject({ value: 0, histogram: { count: 0 } });
    for (const name of [
      'perf_event_quantile_seconds',
      'perf_event_window_seconds',
      'perf_sla_compliance_ratio',
    ]) {
      expect(collect(picture).has(name)).toBe(false);
    }
  });

  it('keeps durations and other values in families of their own', () => {
    const picture = busyPicture();
    const names = (name: string) =>
      new Set(
        collect(picture)
          .get(name)
          ?.samples.map(({ labels }) => labels[0]),
      );
    expect(names('perf_event_value')).toEqual(new Set(['slippage']));
    expect(names('perf_event_window_value')).toEqual(new Set(['slippage']));
    for (const name of [
      'perf_event_duration_seconds',
      'perf_event_window_seconds',
      'perf_sla_threshold_seconds',
    ]) {
      expect(names(name)).not.toContain('slippage');
    }
    expect(names('perf_slo_objective_ratio')).toContain('slippage');
    expect(values(picture, 'perf_event_window_value')).toMatchObject({ 'slippage basis_points 1m 0.999': 8 });
  });

  it('gives classic and native histogram the same events', () => {
    const { samples } = collect(busyPicture()).get('perf_event_value') ?? { samples: [] };
    const histogram = samples[0]?.histogram;
    expect(histogram?.bounds).toEqual([-1, 0, 1, 5]);
    expect(histogram?.cumulative).toEqual([1, 3, 4, 5, 6]);
    const { native } = histogram ?? {};
    const sum = (counts: readonly number[] = []) => counts.reduce((a, b) => a + b, 0);
    expect([sum(native?.negative.counts), native?.zeroCount, sum(native?.positive.counts)]).toEqual([
      2, 1, 3,
    ]);
    const covered = native?.positive.spans.reduce((total, { length }) => total + length, 0);
    expect(covered).toBe(native?.positive.counts.length);
  });

  it('puts the exemplar on the bucket of its value', () => {
    const { samples } = collect(busyPicture()).get('perf_event_duration_seconds') ?? { samples: [] };
    const histogram = samples.find(({ labels }) => labels[0] === 'order_execution')?.histogram;
    const bucket = histogram?.exemplars?.findIndex((exemplar) => exemplar !== null) ?? -1;
    expect(histogram?.bounds[bucket]).toBe(0.005);
    expect(histogram?.exemplars?.[bucket]).toEqual({
      traceId: TRACE_TEXT,
      value: Math.fround(0.004),
      timestampSeconds: (START + 100) / 1e3,
    });
  });

  it('shows what the options and the rings say', () => {
    const picture = busyPicture().control({ samplingRate: 0.5, generation: 9 });
    expect(values(picture, 'perf_sampling_ratio')).toEqual({ '': 0.5 });
    expect(values(picture, 'perf_config_generation')).toEqual({ '': 9 });
    expect(values(picture, 'perf_ring_capacity_records')).toEqual({ main: 4096 });
    expect(values(picture, 'perf_queue_depth')).toEqual({ candles: 12 });
    expect(values(picture, 'perf_memory_bytes')).toEqual({
      process: 64 * 1024 * 1024,
      rings: picture.ring.shared.byteLength,
      state: picture.source.state.shared.byteLength,
      library: 3 * 1024 * 1024,
      price_history: 5 * 1024 * 1024,
    });
    expect(values(picture.control({ enabled: false }), 'perf_enabled')).toEqual({ '': 0 });
  });

  it('shows what is counted measured or not', () => {
    const picture = busyPicture().count({ skipped: 40, loopDelaySeconds: 0.5, beats: 9 });
    expect(values(picture, 'perf_events_skipped_total')).toEqual({ '': 40 });
    expect(values(picture, 'perf_cpu_seconds_total')).toEqual({ '': 1.25 });
    expect(values(picture, 'perf_event_loop_delay_seconds_total')).toEqual({ '': 0.5 });
    expect(values(picture, 'perf_event_loop_beats_total')).toEqual({ '': 9 });
  });

  it('has no effect on what it reads', () => {
    const picture = busyPicture();
    const before = new Uint8Array(picture.source.state.shared.slice(0));
    expect(collectFamilies(picture.source)).toEqual(collectFamilies(picture.source));
    expect(new Uint8Array(picture.source.state.shared.slice(0))).toEqual(before);
  });
});

describe('the slowest by symbol', () => {
  it('keeps the greatest duration of each symbol, and leaves out events without one', () => {
    const picture = new Picture();
    picture.view.symbols.set(1, 'SPX').set(2, 'NDX');
    picture.record('order_execution', 0.004, { symbol: 1 });
    picture.record('order_execution', 0.006, { symbol: 1 });
    picture.record('order_execution', 0.005, { symbol: 2 });
    picture.record('order_execution', 0.009);
    picture.tick();
    const slowest = values(picture, 'perf_event_slowest_seconds');
    expect(Object.keys(slowest).sort()).toEqual(['order_execution NDX', 'order_execution SPX']);
    expect(slowest['order_execution SPX']).toBeCloseTo(0.006, 6);
    expect(slowest['order_execution NDX']).toBeCloseTo(0.005, 6);
  });

  it('names 256 symbols of a thread and calls the rest `other`, so that the label stays bounded', () => {
    const picture = new Picture();
    for (let id = 1; id <= 1000; id++) picture.view.symbols.set(id, `S${id}`);
    picture.record('order_execution', 0.004, { symbol: 256 });
    picture.record('order_execution', 0.006, { symbol: 257 });
    picture.record('order_execution', 0.005, { symbol: 1000 });
    picture.tick();
    const slowest = values(picture, 'perf_event_slowest_seconds');
    expect(Object.keys(slowest).sort()).toEqual(['order_execution S256', 'order_execution other']);
    expect(slowest['order_execution other']).toBeCloseTo(0.006, 6);
  });
});
