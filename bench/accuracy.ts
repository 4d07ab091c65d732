/**
 * The accuracy of sketches against exact sample quantiles: ours, `tdigest`, `hdr-histogram-js`, `@datadog/sketches-js`.
 * Run directly it prints a table; `runAccuracy` gives the same as rows.
 */
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DDSketch } from '@datadog/sketches-js';
import * as hdr from 'hdr-histogram-js';
import { TDigest } from '../src/sketch/tdigest.ts';
import { DISTRIBUTIONS, drawSamples } from '../test/sketch/distributions.ts';
import { ExactOracle, relativeError } from '../test/sketch/exact-oracle.ts';
import { feed } from '../test/sketch/feed.ts';

export const QUANTILES = [0.5, 0.95, 0.99, 0.999] as const;
const SAMPLES = 100_000;
const PARTS = 100;
const SEEDS = 5;
/** The aggregator's batches. */
const BATCH = 200;
/** Copies kept alive to weigh one. */
const WEIGHED = 100;
const WEIGHED_SAMPLES = 5_000;

export interface AccuracyRow {
  distribution: string;
  sketch: string;
  feeding: 'alone' | 'merged-100';
  samples: number;
  seeds: number;
  /** |estimate / exact - 1| for each of QUANTILES, over the seeds. */
  median: number[];
  worst: number[];
  /** Memory of one sketch fed alone. */
  bytes: number;
}

interface Sketch {
  /** Undefined where the package does not say; it is measured then. */
  readonly byteLength?: number;
  add(samples: Float32Array): void;
  merge(other: this): void;
  quantile(q: number): number;
}

class Ours implements Sketch {
  readonly #digest: TDigest;
  constructor(compression: number) {
    this.#digest = TDigest.create(compression);
  }
  get byteLength(): number {
    return this.#digest.state.byteLength;
  }
  add(samples: Float32Array): void {
    feed(this.#digest, samples, BATCH);
  }
  merge(other: this): void {
    this.#digest.merge(other.#digest);
  }
  quantile(q: number): number {
    return this.#digest.quantile(q);
  }
}

interface PeerDigest {
  push(value: number): void;
  push_centroid(centroids: unknown): void;
  toArray(): unknown;
  compress(): void;
  percentile(q: number): number;
}
/** The package has no types. */
const peer = createRequire(import.meta.url)('tdigest') as { TDigest: new () => PeerDigest };

class Peer implements Sketch {
  readonly #digest = new peer.TDigest();
  add(samples: Float32Array): void {
    for (const sample of samples) this.#digest.push(sample);
    this.#digest.compress();
  }
  merge(other: this): void {
    this.#digest.push_centroid(other.#digest.toArray());
    this.#digest.compress();
  }
  quantile(q: number): number {
    return this.#digest.percentile(q);
  }
}

const NANOSECONDS = 1e9;

class Hdr implements Sketch {
  readonly #histogram = hdr.build({ highestTrackableValue: 3600e9, numberOfSignificantValueDigits: 2 });
  get byteLength(): number {
    return this.#histogram.estimatedFootprintInBytes;
  }
  add(samples: Float32Array): void {
    for (const sample of samples) this.#histogram.recordValue(Math.round(sample * NANOSECONDS));
  }
  merge(other: this): void {
    this.#histogram.add(other.#histogram);
  }
  quantile(q: number): number {
    return this.#histogram.getValueAtPercentile(q * 100) / NANOSECONDS;
  }
}

class DataDog implements Sketch {
  readonly #sketch = new DDSketch({ relativeAccuracy: 0.01 });
  add(samples: Float32Array): void {
    for (const sample of samples) this.#sketch.accept(sample);
  }
  merge(other: this): void {
    this.#sketch.merge(other.#sketch);
  }
  quantile(q: number): number {
    return this.#sketch.getValueAtQuantile(q);
  }
}

const SKETCHES: Readonly<Record<string, () => Sketch>> = {
  'perf-metrics 500': () => new Ours(500),
  'perf-metrics 256': () => new Ours(256),
  tdigest: () => new Peer(),
  'hdr-histogram-js (2 digits)': () => new Hdr(),
  'sketches-js (1 %)': () => new DataDog(),
};

/** Every sketch over every distribution, and over `realDurations` (seconds, in the order recorded) when given. */
export function runAccuracy(realDurations?: Float64Array, samples = SAMPLES, seeds = SEEDS): AccuracyRow[] {
  const rows: AccuracyRow[] = [];
  for (const name of Object.keys(DISTRIBUTIONS)) {
    const draws = Array.from({ length: seeds }, (_, seed) => drawSamples(name, samples, seed + 1));
    rows.push(...rowsOf(name, draws));
  }
  if (realDurations !== undefined && realDurations.length > 0) {
    rows.push(...rowsOf('real durations', [Float32Array.from(realDurations)]));
  }
  return rows;
}

function rowsOf(distribution: string, draws: readonly Float32Array[]): AccuracyRow[] {
  const oracles = draws.map((draw) => new ExactOracle(draw));
  return Object.entries(SKETCHES).flatMap(([sketch, create]) => {
    const bytes = weigh(create, draws[0]);
    return (['alone', 'merged-100'] as const).map((feeding) => {
      const errors = draws.map((draw, i) => {
        const filled = feeding === 'alone' ? fillAlone(create, draw) : fillMerged(create, draw);
        return QUANTILES.map((q) => relativeError(filled.quantile(q), oracles[i].quantile(q)));
      });
      const byQuantile = QUANTILES.map((_, q) => errors.map((row) => row[q]).sort((a, b) => a - b));
      return {
        distribution,
        sketch,
        feeding,
        samples: draws[0].length,
        seeds: draws.length,
        median: byQuantile.map((sorted) => sorted[sorted.length >> 1]),
        worst: byQuantile.map((sorted) => sorted[sorted.length - 1]),
        bytes,
      };
    });
  });
}

function fillAlone(create: () => Sketch, samples: Float32Array): Sketch {
  const sketch = create();
  sketch.add(samples);
  return sketch;
}

function fillMerged(create: () => Sketch, samples: Float32Array): Sketch {
  const merged = create();
  const size = Math.ceil(samples.length / PARTS);
  for (let from = 0; from < samples.length; from += size) {
    merged.merge(fillAlone(create, samples.subarray(from, from + size)));
  }
  return merged;
}

/** The memory of one filled sketch: as it says itself, else the heap that copies of it retain. */
function weigh(create: () => Sketch, samples: Float32Array): number {
  const filled = fillAlone(create, samples);
  if (filled.byteLength !== undefined) return filled.byteLength;
  setFlagsFromString('--expose-gc');
  const collectGarbage: unknown = runInNewContext('gc');
  if (typeof collectGarbage !== 'function') return Number.NaN;
  const few = samples.subarray(0, WEIGHED_SAMPLES);
  Array.from({ length: WEIGHED }, () => fillAlone(create, few));
  collectGarbage();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const kept = Array.from({ length: WEIGHED }, () => fillAlone(create, few));
  collectGarbage();
  collectGarbage();
  return Math.round((process.memoryUsage().heapUsed - before) / kept.length);
}

export function formatAccuracy(rows: readonly AccuracyRow[]): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)}`;
  const header = ['distribution', 'sketch', 'feeding', ...QUANTILES.map((q) => `P${100 * q} %`), 'bytes'];
  const lines = rows.map((row) => [
    row.distribution,
    row.sketch,
    row.feeding,
    ...row.median.map((median, q) => `${percent(median)} / ${percent(row.worst[q])}`),
    String(row.bytes),
  ]);
  const all = [header, ...lines];
  const widths = header.map((_, column) => Math.max(...all.map((line) => line[column].length)));
  const table = all.map((line) =>
    line
      .map((cell, column) => (column < 3 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  '),
  );
  return `Relative error in %: median / worst of ${rows[0]?.seeds ?? 0} seeds\n${table.join('\n')}`;
}

if (import.meta.main) console.log(formatAccuracy(runAccuracy()));
