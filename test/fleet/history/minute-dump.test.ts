import { describe, expect, it } from 'vitest';
import { minuteText, parseMinute } from '../../../src/fleet/history/minute-dump.ts';
import { drawSamples } from '../../sketch/distributions.ts';
import { eventOf, minuteAt, START } from './minutes.ts';

const minute = minuteAt(0, [
  eventOf(drawSamples('lognormal', 5000, 3), { errors: 4, breaches: 7, count: 5000.5 }),
  eventOf([], { service: 'signals', event: 'slippage', unit: 'basis points', slaThreshold: null }),
]);
type Json = Record<string, unknown>;
const json = () =>
  JSON.parse(minuteText(minute)) as { minute: { events: (Json & { digest: Json })[] } & Json } & Json;

describe('a dump of a minute', () => {
  it('is a line of JSON, whose digests are arrays of numbers of six digits', () => {
    const text = minuteText(minute);
    expect(text.indexOf('\n')).toBe(text.length - 1);
    const { schemaVersion, kind, minute: written } = json();
    expect([schemaVersion, kind, written.from, written.to]).toEqual([1, 'fleet', START, START + 60_000]);
    const { means, weights } = written.events[0].digest as { means: number[]; weights: number[] };
    expect(means.length).toBeGreaterThan(100);
    for (const value of [...means, ...weights]) expect(value).toBe(Number(value.toPrecision(6)));
  });

  it('is read back as it was, but for the rounding', () => {
    const read = parseMinute(minuteText(minute));
    expect({ ...read, events: read.events.map(({ digest: _, ...rest }) => rest) }).toEqual({
      ...minute,
      events: minute.events.map(({ digest: _, ...rest }) => rest),
    });
    for (const [i, { digest }] of read.events.entries()) {
      const { means, weights, min, max, sum, exactCount } = minute.events[i].digest;
      expect([digest.sum, digest.exactCount, digest.means.length]).toEqual([sum, exactCount, means.length]);
      expect([digest.min, digest.max]).toEqual([
        Number.isNaN(min) ? min : expect.closeTo(min, 8),
        Number.isNaN(max) ? max : expect.closeTo(max, 6),
      ]);
      digest.means.forEach((mean, j) => void expect(Math.abs(mean / means[j] - 1)).toBeLessThan(1e-5));
      digest.weights.forEach(
        (weight, j) => void expect(Math.abs(weight / weights[j] - 1)).toBeLessThan(1e-5),
      );
    }
    expect(parseMinute(minuteText(read))).toEqual(read);
  });

  it('has no length when the clock was set back within the minute', () => {
    const read = parseMinute(minuteText({ ...minute, from: minute.to + 5000 }));
    expect([read.from, read.to]).toEqual([minute.to, minute.to]);
  });

  const changes: Record<string, (dump: ReturnType<typeof json>) => unknown> = {
    'a dump of a process': (dump) => ({ ...dump, kind: undefined }),
    'another schema': (dump) => ({ ...dump, schemaVersion: 2 }),
    'no minute': (dump) => ({ ...dump, minute: null }),
    'a minute without events': (dump) => ({ ...dump, minute: { ...dump.minute, events: undefined } }),
    'a time that is none': (dump) => ({ ...dump, minute: { ...dump.minute, from: '10:00' } }),
    'an end before the beginning': (dump) => ({ ...dump, minute: { ...dump.minute, from: START + 1e6 } }),
    null: () => null,
    'an array': () => [],
  };
  it.each(Object.keys(changes))('is refused: %s', (name) => {
    expect(() => parseMinute(JSON.stringify(changes[name](json())))).toThrow(/^its? /);
  });

  it.each<[string, Json]>([
    ['no name', { event: '' }],
    ['a name that steers a terminal', { service: 'a\u001b[2J' }],
    ['a count below zero', { count: -1 }],
    ['a count beyond what adds up', { errors: 1e300 }],
    ['a count that is text', { breaches: '1' }],
    ['a threshold that is text', { slaThreshold: '10ms' }],
    ['no digest', { digest: null }],
  ])('is refused with an event of %s', (_, change) => {
    const dump = json();
    Object.assign(dump.minute.events[0], change);
    expect(() => parseMinute(JSON.stringify(dump))).toThrow(/^its? /);
  });

  it.each<[string, Json]>([
    ['means out of order', { means: [2, 1], weights: [1, 1], min: 1, max: 2 }],
    ['another number of weights', { means: [1, 2], weights: [1], min: 1, max: 2 }],
    ['a mean beyond the range', { means: [1, 3], weights: [1, 1], min: 1, max: 2 }],
    ['a weight that is none', { means: [1, 2], weights: [1, 0], min: 1, max: 2 }],
    ['a mean that is text', { means: [1, '2'], weights: [1, 1], min: 1, max: 2 }],
    ['more single samples than centroids', { means: [1], weights: [1], min: 1, max: 1, exactCount: 2 }],
    ['more centroids than any', { means: Array(5000).fill(1), weights: Array(5000).fill(1), min: 1, max: 1 }],
    ['no range', { means: [1], weights: [1], min: null, max: null }],
  ])('is refused with a digest of %s', (_, digest) => {
    const dump = json();
    Object.assign(dump.minute.events[0].digest, { exactCount: 0, ...digest });
    expect(() => parseMinute(JSON.stringify(dump))).toThrow(/^its? /);
  });

  it('is refused when any part of it is cut off', () => {
    const text = minuteText(minute).trimEnd();
    for (let length = 0; length < text.length; length += 97)
      expect(() => parseMinute(text.slice(0, length))).toThrow();
  });
});
