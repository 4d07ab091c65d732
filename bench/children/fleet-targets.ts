/** Many HTTP targets in one process, each with a digest that grows from second to second as that of a busy service does. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DigestCentroids, DigestSnapshot } from '../../src/contract/snapshot.ts';
import type { TDigest as Digest } from '../../src/index.ts';
import { library, libraryModule } from '../library.ts';

export interface FleetTargetsInput {
  readonly count: number;
}

export interface FleetTargetsResult {
  readonly urls: readonly string[];
  readonly bytesEach: number;
}

/** So many have figures of their own; further ones serve what another one does, so that this process keeps up. */
const MAX_STATES = 500;
const EVENTS = [
  'candle_processing',
  'signal_generation',
  'order_execution',
  'event_bus_publish',
  'event_bus_handle',
  'order_fill_time',
  'exchange_round_trip',
];
const BATCHES = 16;
const BATCH_EVENTS = 100;
const FRESH_MILLIS = 500;
const WINDOWS = [
  { seconds: 1, events: 1_000 },
  { seconds: 5, events: 5_000 },
  { seconds: 60, events: 60_000 },
] as const;

const { TDigest, NativeHistogram } = await library();
const { encodeSnapshot } =
  await libraryModule<typeof import('../../src/contract/snapshot-encoder.ts')>('contract/snapshot-encoder');
const { count } = JSON.parse(process.argv[2] ?? '') as FleetTargetsInput;

/** What each has seen before: more than its longest window holds. */
const past = lognormal(100_000);
const batches = Array.from({ length: BATCHES }, () => lognormal(BATCH_EVENTS));
const windows = Array.from({ length: BATCHES }, () =>
  WINDOWS.map(({ events }) => {
    const digest = TDigest.create(256);
    digest.addSorted(lognormal(events), 0, events, 1);
    return centroids(digest);
  }),
);

class State {
  private readonly events = EVENTS.map(() => ({
    total: TDigest.create(500),
    native: NativeHistogram.create(),
  }));
  private readonly startedAt = Date.now() - 3_600_000;
  private readonly instance: string;
  private made = 0;
  private bytes: Uint8Array = new Uint8Array(0);

  constructor(instance: string) {
    this.instance = instance;
    for (const { total, native } of this.events) {
      total.addSorted(past, 0, past.length, 1);
      native.addSorted(past, 0, past.length, 1);
    }
  }

  body(): Uint8Array {
    const now = Date.now();
    if (now - this.made < FRESH_MILLIS) return this.bytes;
    this.made = now;
    const batch = batches[pick()];
    for (const { total, native } of this.events) {
      total.addSorted(batch, 0, batch.length, 1);
      native.addSorted(batch, 0, batch.length, 1);
    }
    this.bytes = encodeSnapshot(this.snapshot(now));
    return this.bytes;
  }

  private snapshot(at: number): DigestSnapshot {
    const recorded = this.events.reduce((sum, { total }) => sum + total.count, 0);
    return {
      at,
      startedAt: this.startedAt,
      instance: this.instance,
      enabled: true,
      generation: 1,
      rate: 1,
      targetRate: 1,
      recordOverheadRatio: 0.001,
      aggregateOverheadRatio: 0.004,
      cpuSeconds: (at - this.startedAt) / 1e4,
      offered: recorded,
      loopDelaySeconds: 1,
      loopBeats: 1000,
      recorded,
      aggregated: recorded,
      overwritten: 0,
      events: this.events.map(({ total, native }, i) => {
        const window = windows[pick()];
        const part = (w: number) => ({ count: WINDOWS[w].events, errors: 0, breaches: 1, digest: window[w] });
        const spans = ({ offsets, lengths, counts }: ReturnType<typeof native.positiveSpans>) => ({
          spans: offsets.map((offset, s) => ({ offset, length: lengths[s] })),
          counts,
        });
        return {
          name: EVENTS[i],
          unit: 'seconds',
          slaThreshold: 0.05,
          objective: 0.99,
          total: { count: total.count, errors: 0, breaches: 1, digest: centroids(total) },
          native: {
            schema: native.schema,
            zeroThreshold: native.zeroThreshold,
            zeroCount: native.zeroCount,
            count: native.count,
            sum: native.sum,
            positive: spans(native.positiveSpans()),
            negative: spans(native.negativeSpans()),
          },
          windows: [part(0), part(1), part(2)],
        };
      }),
    };
  }
}

function pick(): number {
  return Math.floor(Math.random() * BATCHES);
}

function lognormal(length: number): Float32Array {
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return Float32Array.from({ length }, () => 1e-3 * Math.exp(normal())).sort();
}

function centroids(digest: Digest): DigestCentroids {
  const means = new Float64Array(digest.centroidCount);
  const weights = new Float64Array(digest.centroidCount);
  digest.copyCentroids(means, weights);
  const { min, max, sum, exactCount } = digest;
  return { means, weights, min, max, sum, exactCount };
}

const states = Array.from({ length: Math.min(count, MAX_STATES) }, (_, i) => new State(`target-${i}`));
const urls: string[] = [];
for (let i = 0; i < count; i++) {
  const state = states[i % states.length];
  const server = createServer({ keepAliveTimeout: 60_000 }, (_request, response) => {
    const body = state.body();
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': body.length });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}
process.send?.({ urls, bytesEach: states[0].body().length } satisfies FleetTargetsResult);
