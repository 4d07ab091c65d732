/** What the aggregation alone costs an event, without a thread or a socket: ring to sketches, by records a drain. */
import { library, libraryModule } from '../library.ts';
import { drawWorkload, WORKLOAD } from '../workload.ts';
import { answer, input } from './channel.ts';

export interface DrainCostInput {
  readonly recordsPerDrain: readonly number[];
  readonly secondsEach: number;
}

/** Nanoseconds an event, one figure a drain. */
export type DrainCostResult = readonly { readonly records: number; readonly nanos: readonly number[] }[];

type Modules = typeof import('../../src/aggregate/aggregation.ts') &
  typeof import('../../src/state/ring-view.ts') &
  typeof import('../../src/state/state-buffer.ts');

const CONTROLS = {
  enabled: true,
  samplingRate: 1,
  keepBreaches: false,
  adaptiveSampling: false,
  overheadBudgetRatio: 0.01,
  aggregationEnabled: true,
  generation: 0,
  isFileBad: false,
};

const { recordsPerDrain, secondsEach } = input<DrainCostInput>();
const { MetricsCollector, monotonicMillis } = await library();
const { Aggregation } = await libraryModule<Modules>('aggregate/aggregation');
const { RingView } = await libraryModule<Modules>('state/ring-view');
const { StateBuffer } = await libraryModule<Modules>('state/state-buffer');

const { buffer, catalogue } = new MetricsCollector({ seed: 1 });
const { events, seconds } = drawWorkload();
let now = monotonicMillis();
const aggregation = new Aggregation({
  state: new StateBuffer(catalogue),
  clock: () => now,
  wallClock: () => now,
  cpuSeconds: () => 0,
  memory: () => ({ resident: 0, library: 0 }),
  onSla: () => {},
});
aggregation.attach(new RingView(1, 'main', buffer.shared));

let drawn = 0;
const result = recordsPerDrain.map((records) => {
  // Ticks of 100 ms pass as they would at this many records a drain: one drain a tick.
  const nanos: number[] = [];
  const warm = performance.now() + 300;
  const end = warm + secondsEach * 1e3;
  for (let at = performance.now(); at < end; at = performance.now()) {
    for (let i = 0; i < records; i++) {
      const next = drawn++ & (WORKLOAD - 1);
      buffer.write(now - seconds[next] * 1e3, seconds[next], events[next]);
    }
    now += 100;
    const begun = process.hrtime.bigint();
    aggregation.tick(CONTROLS);
    if (at > warm) nanos.push(Number(process.hrtime.bigint() - begun) / records);
  }
  return { records, nanos };
});
await answer(result satisfies DrainCostResult);
