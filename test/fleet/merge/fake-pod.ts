import type { Target } from '../../../src/contract/fleet.ts';
import type { DigestSnapshot, DistributionSnapshot, EventSnapshot } from '../../../src/contract/snapshot.ts';
import { encodeSnapshot } from '../../../src/contract/snapshot-encoder.ts';
import { centroidsOf, nativeOf } from '../../../src/fleet/merge/centroids.ts';
import { NativeHistogram } from '../../../src/sketch/native-histogram.ts';
import { TDigest } from '../../../src/sketch/tdigest.ts';
import { feed } from '../../sketch/feed.ts';

/** 2026-11-22T12:00:00Z. */
export const NOON = Date.UTC(2026, 10, 22, 12);

export function target(id: string, service = 'trading'): Target {
  return { id, name: `pod-${id}`, service, url: `http://10.0.0.1:9464/${id}` };
}

interface PodEvent {
  readonly unit: string;
  readonly slaThreshold: number | null;
  readonly objective: number;
  count: number;
  errors: number;
  breaches: number;
  readonly digest: TDigest;
  readonly native: NativeHistogram;
  /** What the windows hold; all three the same. */
  window: { count: number; breaches: number; digest: TDigest };
}

/** A process as its `/digest` tells it: the library's own sketches, fed by the test, and a clock that the test turns. */
export class FakePod {
  at: number;
  startedAt: number;
  rate = 1;
  recorded = 0;
  overwritten = 0;
  readonly events = new Map<string, PodEvent>();

  constructor(startedAt: number) {
    this.startedAt = startedAt;
    this.at = startedAt;
  }

  event(
    name: string,
    {
      unit = 'seconds',
      slaThreshold = 0.05 as number | null,
      objective = 0.99,
      schema = 5,
      buckets = 160,
    } = {},
  ): PodEvent {
    let event = this.events.get(name);
    if (event === undefined) {
      event = {
        unit,
        slaThreshold,
        objective,
        count: 0,
        errors: 0,
        breaches: 0,
        digest: TDigest.create(500),
        native: NativeHistogram.create(buckets, schema),
        window: { count: 0, breaches: 0, digest: TDigest.create(256) },
      };
      this.events.set(name, event);
    }
    return event;
  }

  record(name: string, values: ArrayLike<number>, { weight = 1, errors = 0 } = {}): this {
    const event = this.event(name);
    const { slaThreshold } = event;
    let breaches = 0;
    for (let i = 0; i < values.length; i++)
      if (slaThreshold !== null && values[i] > slaThreshold) breaches += weight;
    event.count += values.length * weight;
    event.errors += errors * weight;
    event.breaches += breaches;
    event.window.count += values.length * weight;
    event.window.breaches += breaches;
    for (const sketch of [event.digest, event.native, event.window.digest]) feed(sketch, values, 500, weight);
    this.recorded += values.length;
    return this;
  }

  tick(millis = 1000): this {
    this.at += millis;
    return this;
  }

  clearWindows(): this {
    for (const event of this.events.values())
      event.window = { count: 0, breaches: 0, digest: TDigest.create(256) };
    return this;
  }

  snapshot(change: Partial<DigestSnapshot> = {}): DigestSnapshot {
    const { at, startedAt, rate, recorded, overwritten } = this;
    return {
      at,
      startedAt,
      instance: 'pod',
      enabled: true,
      generation: 3,
      rate,
      targetRate: rate,
      recordOverheadRatio: 0.001,
      aggregateOverheadRatio: 0.002,
      cpuSeconds: 12,
      offered: recorded,
      loopDelaySeconds: 0.5,
      loopBeats: 100,
      recorded,
      aggregated: recorded - overwritten,
      overwritten,
      events: Array.from(this.events, ([name, event]) => eventSnapshot(name, event)),
      ...change,
    };
  }

  bytes(change: Partial<DigestSnapshot> = {}): Uint8Array<ArrayBuffer> {
    return encodeSnapshot(this.snapshot(change));
  }
}

function eventSnapshot(name: string, event: PodEvent): EventSnapshot {
  const { unit, slaThreshold, objective, count, errors, breaches, digest, native, window } = event;
  const windowed: DistributionSnapshot = {
    count: window.count,
    errors: 0,
    breaches: window.breaches,
    digest: centroidsOf(window.digest),
  };
  return {
    name,
    unit,
    slaThreshold,
    objective,
    total: { count, errors, breaches, digest: centroidsOf(digest) },
    native: nativeOf(native),
    windows: [windowed, windowed, windowed],
  };
}
