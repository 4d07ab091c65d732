import { createHistogram, performance } from 'node:perf_hooks';
import type { Contender } from './contender.ts';

const labels = { event: 'signal_generation' };
const BUCKETS_SECONDS = [0.000_01, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];
const START = 'performance.now()';
const ELAPSED_MILLIS = '(performance.now() - begun)';
/** Integers from 1 up, as the two HDR histograms want them. */
const ELAPSED_NANOS = `Math.max(1, Math.round(${ELAPSED_MILLIS} * 1e6))`;

/** `performance` imported from node:perf_hooks: what everything is compared with. */
export const TWO_CLOCK_READS = 'performance-now';

async function promHistogram() {
  const { Histogram, Registry } = await import('prom-client');
  return new Histogram({
    name: 'event_duration_seconds',
    help: 'Duration.',
    labelNames: ['event'],
    buckets: BUCKETS_SECONDS,
    registers: [new Registry()],
  });
}

export const PEERS: Readonly<Record<string, Contender>> = {
  nothing: {
    label: 'the empty loop',
    begin: '1',
    end: 'sum += begun',
    load: () => ({}),
  },
  [TWO_CLOCK_READS]: {
    label: 'two bare performance.now(), imported from node:perf_hooks',
    begin: START,
    end: `sum += ${ELAPSED_MILLIS}`,
    load: () => ({ performance }),
  },
  'performance-now-global': {
    label: 'two bare performance.now(), of the global (a getter)',
    begin: START,
    end: `sum += ${ELAPSED_MILLIS}`,
    load: () => ({}),
  },
  'perf-hooks': {
    label: 'perf_hooks createHistogram().record, two clock reads',
    begin: START,
    end: `histogram.record(${ELAPSED_NANOS})`,
    load: () => ({ performance, histogram: createHistogram() }),
  },
  hdr: {
    label: 'hdr-histogram-js recordValue, two clock reads',
    begin: START,
    end: `histogram.recordValue(${ELAPSED_NANOS})`,
    load: async () => {
      const hdr = await import('hdr-histogram-js');
      const histogram = hdr.build({ highestTrackableValue: 3600e9, numberOfSignificantValueDigits: 2 });
      return { performance, histogram };
    },
  },
  'prom-timer': {
    label: 'prom-client histogram.startTimer(labels)',
    begin: 'histogram.startTimer(labels)',
    end: 'begun()',
    load: async () => ({ histogram: await promHistogram(), labels }),
  },
  'prom-child-timer': {
    label: 'prom-client bound child, startTimer()',
    begin: 'child.startTimer()',
    end: 'begun()',
    load: async () => ({ child: (await promHistogram()).labels(labels) }),
  },
  'prom-child-observe': {
    label: 'prom-client bound child .observe, two clock reads',
    begin: START,
    end: `child.observe(${ELAPSED_MILLIS} / 1e3)`,
    load: async () => ({ performance, child: (await promHistogram()).labels(labels) }),
  },
  opentelemetry: {
    label: '@opentelemetry/sdk-metrics Histogram.record, two clock reads',
    begin: START,
    end: `histogram.record(${ELAPSED_MILLIS} / 1e3, labels)`,
    load: async () => {
      const sdk = await import('@opentelemetry/sdk-metrics');
      const exporter = new sdk.InMemoryMetricExporter(sdk.AggregationTemporality.CUMULATIVE);
      // Without a reader nothing is aggregated; this one never comes to its turn.
      const reader = new sdk.PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 });
      const provider = new sdk.MeterProvider({ readers: [reader] });
      const histogram = provider.getMeter('bench').createHistogram('event_duration', {
        unit: 's',
        advice: { explicitBucketBoundaries: BUCKETS_SECONDS },
      });
      return { performance, histogram, labels };
    },
  },
};
