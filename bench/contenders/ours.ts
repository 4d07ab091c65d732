import type { CollectorOptions, MetricsCollector } from '../../src/index.ts';
import { library, libraryModule } from '../library.ts';
import type { Contender } from './contender.ts';

const EVENT = 1;
const START = `collector.recordStart(${EVENT})`;
const END = `collector.recordEnd(${EVENT}, begun)`;

async function newCollector(settings: CollectorOptions = {}): Promise<MetricsCollector> {
  const { MetricsCollector } = await library();
  return new MetricsCollector({ ...settings, seed: 1 });
}

function collecting(label: string, settings: CollectorOptions = {}): Contender {
  return { label, begin: START, end: END, load: async () => ({ collector: await newCollector(settings) }) };
}

export const OURS: Readonly<Record<string, Contender>> = {
  'monotonic-clock': {
    label: 'two bare monotonicMillis() (our clock)',
    begin: 'monotonicMillis()',
    end: 'sum += monotonicMillis() - begun',
    load: () => libraryModule<typeof import('../../src/contract/clock.ts')>('contract/clock'),
  },
  full: collecting('perf-metrics recordStart + recordEnd at 100 %'),
  'full-aggregated': {
    label: '  the same, with the worker thread draining',
    begin: START,
    end: END,
    load: async () => {
      const { MetricsAggregator } = await library();
      const collector = await newCollector();
      new MetricsAggregator(collector, { port: 0, adaptiveSampling: false }).start();
      return { collector };
    },
  },
  symbol: {
    label: '  with symbol',
    begin: START,
    end: `collector.recordEnd(${EVENT}, begun, 0, symbol)`,
    load: async () => {
      const collector = await newCollector();
      return { collector, symbol: collector.symbol('SPX') };
    },
  },
  'symbol-trace': {
    label: '  with symbol and trace id',
    begin: START,
    end: `collector.recordEnd(${EVENT}, begun, 0, symbol, trace)`,
    load: async () => {
      const collector = await newCollector();
      const trace = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
      return { collector, symbol: collector.symbol('SPX'), trace };
    },
  },
  'ten-percent': collecting('  at 10 % sampling', { samplingRate: 0.1 }),
  'keep-breaches': collecting('  at 10 % sampling, keepBreaches (reads the clock for all)', {
    samplingRate: 0.1,
    keepBreaches: true,
  }),
  disabled: {
    label: '  disabled',
    begin: START,
    end: `sum += begun; ${END}`,
    load: async () => {
      const collector = await newCollector();
      collector.enabled = false;
      return { collector };
    },
  },
};
