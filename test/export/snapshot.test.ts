import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DigestSnapshot, INSTANCE_NAME, SNAPSHOT_LIMITS } from '../../src/contract/snapshot.ts';
import { decodeSnapshot } from '../../src/contract/snapshot-decoder.ts';
import { encodeSnapshot } from '../../src/contract/snapshot-encoder.ts';
import { renderSnapshot, takeSnapshot } from '../../src/export/digest-snapshot.ts';
import { TDigest } from '../../src/sketch/tdigest.ts';
import { readStatistics } from '../../src/state/statistics.ts';
import { busyPicture, Picture, START } from './picture.ts';

const bytes = renderSnapshot(busyPicture().source);

function decoded(input: Uint8Array): DigestSnapshot {
  const { snapshot, problem } = decodeSnapshot(input);
  if (snapshot === null) throw new Error(problem);
  return snapshot;
}

/** The bytes with one place changed by a writer of the DataView's. */
function changed(change: (view: DataView) => void): Uint8Array {
  const copy = bytes.slice();
  change(new DataView(copy.buffer));
  return copy;
}

/** The bytes of a snapshot that differs from the good one. */
const encoded = (change: Partial<DigestSnapshot>) => encodeSnapshot({ ...decoded(bytes), ...change });
const withEvent = (change: object) => encoded({ events: [{ ...decoded(bytes).events[1], ...change }] });

const into = TDigest.create(SNAPSHOT_LIMITS.centroids);

/** What every decoded snapshot promises, however it was made. */
function isSound(snapshot: DigestSnapshot): boolean {
  const { at, startedAt, generation, rate, recorded } = snapshot;
  const { cpuSeconds, offered, loopDelaySeconds, loopBeats } = snapshot;
  return (
    [at, startedAt, generation, rate, recorded].every(Number.isFinite) &&
    [cpuSeconds, offered, loopDelaySeconds, loopBeats].every(
      (total) => Number.isFinite(total) && total >= 0,
    ) &&
    [offered, loopBeats].every(Number.isInteger) &&
    INSTANCE_NAME.test(snapshot.instance) &&
    snapshot.recorded === snapshot.aggregated + snapshot.overwritten &&
    snapshot.events.every(({ total, windows }) =>
      [total, ...windows].every(({ count, digest: { means, weights, min, max, sum, exactCount } }) => {
        return Number.isFinite(count) && into.load(means, weights, min, max, sum, exactCount);
      }),
    )
  );
}

describe('a digest snapshot', () => {
  it('comes back from its bytes as it went in, means at 32 bits', () => {
    const snapshot = takeSnapshot(
      busyPicture().count({ skipped: 40, loopDelaySeconds: 0.5, beats: 9 }).source,
    );
    const bytes = encodeSnapshot(snapshot);
    const { events, ...process } = decoded(bytes);
    expect(process).toEqual({
      ...snapshot,
      events: undefined,
      ...process,
      at: START + 400,
      startedAt: START + 100,
    });
    expect(process).toMatchObject({
      instance: 'picture-0',
      enabled: true,
      generation: 7,
      cpuSeconds: 1.25,
      // 208 events and two pauses were recorded.
      offered: 248,
      loopDelaySeconds: 0.5,
      loopBeats: 9,
      rate: 1,
      targetRate: 1,
      recorded: 210,
      overwritten: 0,
    });
    expect(events).toHaveLength(snapshot.events.length);
    for (const [i, event] of events.entries()) {
      const original = snapshot.events[i];
      const rounded = (d: (typeof original)['total']) => ({
        ...d,
        digest: { ...d.digest, means: Float64Array.from(d.digest.means, Math.fround) },
      });
      const [a, b, c] = original.windows;
      const windows = [rounded(a), rounded(b), rounded(c)].map((w) =>
        w.count === 0 ? { ...w, digest: { ...w.digest, sum: 0 } } : w,
      );
      expect(event).toEqual({ ...original, total: rounded(original.total), windows });
    }
  });

  it('gives the quantiles of the process that it was taken of', () => {
    const statistics = readStatistics(busyPicture().source);
    const { total, windows } = decoded(bytes).events[1];
    const digest = TDigest.create(400);
    const { means, weights, min, max, sum, exactCount } = total.digest;
    expect(digest.load(means, weights, min, max, sum, exactCount)).toBe(true);
    expect(digest.quantile(0.99)).toBeCloseTo(statistics.events[1].quantiles?.p99 ?? Number.NaN, 8);
    expect(windows[2].count).toBe(statistics.events[1].windows['1m'].count);
  });

  it('is small when there is nothing in it', () => {
    const empty = renderSnapshot(new Picture().source);
    expect(decoded(empty).events).toHaveLength(6);
    expect(empty.length).toBeLessThan(2000);
  });
});

describe('decodeSnapshot', () => {
  it('takes a view into a larger buffer', () => {
    const larger = new Uint8Array(bytes.length + 100);
    larger.set(bytes, 37);
    expect(decoded(larger.subarray(37, 37 + bytes.length))).toEqual(decoded(bytes));
  });

  it('refuses every truncation and any trailing byte', () => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeSnapshot(bytes.subarray(0, length)).snapshot, String(length)).toBeNull();
    }
    expect(decodeSnapshot(Uint8Array.of(...bytes, 0)).problem).toBe('trailing_bytes');
  });

  it.each([
    ['other bytes', new TextEncoder().encode('<html>'.repeat(100)), 'not_a_snapshot'],
    ['nothing', new Uint8Array(0), 'truncated'],
    ['the version before', changed((view) => view.setUint16(4, 1, true)), 'version'],
    ['a version to come', changed((view) => view.setUint16(4, 3, true)), 'version'],
    ['more events than a catalogue holds', changed((view) => view.setUint32(8, 0xffff_ffff, true)), 'limit'],
    ['more events than there are', changed((view) => view.setUint32(8, 7, true)), 'truncated'],
    ['fewer events than there are', changed((view) => view.setUint32(8, 5, true)), 'trailing_bytes'],
    ['a time that is none', encoded({ at: Number.NaN }), 'number'],
    ['an instance without a name', encoded({ instance: '' }), 'name'],
    ['an instance with a quote in its name', encoded({ instance: 'a"b' }), 'name'],
    ['an instance with a longer name than it may have', encoded({ instance: 'x'.repeat(254) }), 'name'],
    ['endless CPU time', encoded({ cpuSeconds: Number.POSITIVE_INFINITY }), 'number'],
    ['CPU time that is negative', encoded({ cpuSeconds: -1 }), 'number'],
    ['half an event offered', encoded({ offered: 0.5 }), 'number'],
    ['a negative delay of the event loop', encoded({ loopDelaySeconds: -1e-3 }), 'number'],
    ['half a heartbeat', encoded({ loopBeats: 1.5 }), 'number'],
    ['a rate above 1', encoded({ rate: 1.5 }), 'number'],
    ['a generation that is no whole number', encoded({ generation: 1.5 }), 'number'],
    ['totals that do not add up', encoded({ aggregated: 1 }), 'inconsistent'],
    ['an event twice', encoded({ events: [decoded(bytes).events[0], decoded(bytes).events[0]] }), 'name'],
    ['a name that is none', withEvent({ name: 'a b' }), 'name'],
    ['a unit that is none', withEvent({ unit: '' }), 'name'],
    ['an objective of 1', withEvent({ objective: 1 }), 'number'],
    ['an SLA that is no number', withEvent({ slaThreshold: Number.NaN }), 'number'],
  ])('refuses %s', (_, input, problem) => {
    expect(decodeSnapshot(input)).toEqual({ snapshot: null, problem });
  });

  const { total, native } = decoded(bytes).events[1];
  const digest = (change: object) =>
    withEvent({ total: { ...total, digest: { ...total.digest, ...change } } });
  const two = (means: number[], weights = [1, 1]) =>
    digest({
      means: Float64Array.from(means),
      weights: Float64Array.from(weights),
      min: 0,
      max: 9,
      exactCount: 0,
    });

  it.each([
    ['a negative count', withEvent({ total: { ...total, count: -1 } }), 'number'],
    ['an endless count', withEvent({ total: { ...total, count: Number.POSITIVE_INFINITY } }), 'number'],
    ['more errors than events', withEvent({ total: { ...total, errors: 201 } }), 'inconsistent'],
    ['means that descend', two([2, 1]), 'order'],
    ['a mean that is no number', two([1, Number.NaN]), 'order'],
    ['a mean below the minimum', two([-1, 1]), 'order'],
    ['a mean above the maximum', two([1, 10]), 'order'],
    ['an endless mean', two([1, Number.POSITIVE_INFINITY]), 'order'],
    ['a weight of 0', two([1, 2], [1, 0]), 'number'],
    ['a negative weight', two([1, 2], [1, -1]), 'number'],
    ['a weight that is no number', two([1, 2], [1, Number.NaN]), 'number'],
    ['an endless weight', two([1, 2], [1, Number.POSITIVE_INFINITY]), 'limit'],
    ['more exact values than values', digest({ exactCount: 2000 }), 'inconsistent'],
    ['an endless minimum', digest({ min: Number.NEGATIVE_INFINITY }), 'number'],
    ['a sum that is no number', digest({ sum: Number.NaN }), 'number'],
    [
      'too many centroids',
      digest({ means: new Float64Array(2000), weights: new Float64Array(2000) }),
      'limit',
    ],
    ['a schema that is none', withEvent({ native: { ...native, schema: 9 } }), 'number'],
    [
      'buckets without spans',
      withEvent({ native: { ...native, positive: { spans: [], counts: [1] } } }),
      'inconsistent',
    ],
    [
      'spans that run backwards',
      withEvent({
        native: {
          ...native,
          positive: {
            spans: [
              { offset: 5, length: 1 },
              { offset: -3, length: 1 },
            ],
            counts: [1, 1],
          },
        },
      }),
      'order',
    ],
    [
      'buckets beyond all floats',
      withEvent({
        native: { ...native, positive: { spans: [{ offset: 2 ** 30, length: 1 }], counts: [1] } },
      }),
      'order',
    ],
    [
      'a negative bucket',
      withEvent({ native: { ...native, positive: { spans: [{ offset: 0, length: 1 }], counts: [-1] } } }),
      'number',
    ],
  ])('refuses %s', (_, input, problem) => {
    expect(decodeSnapshot(input)).toEqual({ snapshot: null, problem });
  });

  it('refuses what is too large without looking at it', () => {
    const large = new Uint8Array(SNAPSHOT_LIMITS.bytes + 1);
    expect(decodeSnapshot(large)).toEqual({ snapshot: null, problem: 'too_large' });
  });

  it('never throws, and returns nothing unsound, on 100,000 mutated inputs', () => {
    const copy = new Uint8Array(bytes.length);
    let sound = 0;
    const mutations = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    });
    const check = (changes: [number, number][], length: number): void => {
      copy.set(bytes);
      for (const [at, value] of changes) copy[at] = value;
      const { snapshot, problem } = decodeSnapshot(copy.subarray(0, length));
      if ((snapshot === null) === (problem === null)) throw new Error('neither a snapshot nor a problem');
      if (snapshot === null) return;
      sound++;
      if (!isSound(snapshot)) throw new Error('unsound');
    };
    const lengths = fc.oneof(
      { weight: 9, arbitrary: fc.constant(bytes.length) },
      { weight: 1, arbitrary: fc.nat(bytes.length) },
    );
    fc.assert(fc.property(mutations, lengths, check), { numRuns: 100_000, seed: 1 });
    // Changes of a mean's or a weight's last bits are as good as any.
    expect(sound).toBeGreaterThan(1000);
  }, 120_000);

  it('never throws on bytes of any kind behind a good beginning', () => {
    const check = (kept: number, rest: Uint8Array): void => {
      const { snapshot } = decodeSnapshot(Uint8Array.of(...bytes.subarray(0, kept), ...rest));
      if (snapshot !== null && !isSound(snapshot)) throw new Error('unsound');
    };
    fc.assert(fc.property(fc.nat(400), fc.uint8Array({ maxLength: 200 }), check), {
      numRuns: 10_000,
      seed: 2,
    });
  });
});
