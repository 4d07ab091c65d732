import { describe, expect, it } from 'vitest';
import type { Stats } from '../../loadtest/demo-service.ts';
import { type Look, lookAt, mostUnderWay, standardErrors, stepsOf } from '../../loadtest/rollout-steps.ts';
import type { Request } from '../../loadtest/sample-file.ts';
import { Random } from '../../src/demo/random.ts';

const RATE = 200;
const MILLIS = 1000 / RATE;
const ANSWERED_AFTER = 3;

/** A request every five milliseconds. */
function requests(seconds: number): Request[] {
  return Array.from({ length: seconds * RATE }, (_, i) => ({
    dueAt: i * MILLIS,
    latencyMillis: ANSWERED_AFTER,
  }));
}

interface Phase {
  readonly samplingRate: number;
  readonly until: number;
}

/** Looks twice a second at a library that draws each event, and counts it 1 / `weightOf(rate)` times. */
function looksAt(
  samples: readonly Request[],
  phases: readonly Phase[],
  weightOf = (rate: number) => rate,
): Look[] {
  const random = new Random(1, 'sampling');
  const looks: Look[] = [];
  let candles = 0;
  let next = 0;
  const end = phases.at(-1)?.until ?? 0;
  for (let at = 500; at <= end; at += 500) {
    const rateAt = (time: number): number => phases.find(({ until }) => time < until)?.samplingRate ?? 0;
    for (; next < samples.length && samples[next].dueAt + ANSWERED_AFTER <= at; next++) {
      const rate = rateAt(samples[next].dueAt);
      if (random.uniform() < rate) candles += 1 / weightOf(rate);
    }
    looks.push({ at, samplingRate: rateAt(at), candles });
  }
  return looks;
}

const PHASES = [
  { samplingRate: 0, until: 5000 },
  { samplingRate: 0.1, until: 15_000 },
  { samplingRate: 0.5, until: 25_000 },
  { samplingRate: 1, until: 35_000 },
];

describe('steps of a rollout', () => {
  it('are told apart by their rate, with the requests between two looks in them, one second from their begin', () => {
    const samples = requests(40);
    const steps = stepsOf(looksAt(samples, PHASES), samples, RATE);
    expect(steps.map(({ samplingRate }) => samplingRate)).toEqual([0, 0.1, 0.5, 1]);
    expect(steps.map(({ beganAt, endedAt }) => [beganAt, endedAt]).slice(0, 3)).toEqual([
      [500, 5000],
      [5000, 15_000],
      [15_000, 25_000],
    ]);
    // From 6 s to 14.5 s.
    expect(steps[1].requests).toBe(8.5 * RATE);
  });

  it('agree with k6 when estimates are unbiased, and exactly where every event is measured', () => {
    const samples = requests(40);
    const steps = stepsOf(looksAt(samples, PHASES), samples, RATE);
    for (const { standardErrors: errors } of steps) expect(Math.abs(errors)).toBeLessThan(4);
    expect(steps[0].estimated).toBe(0);
    expect(steps[3].estimated).toBe(steps[3].requests);
  });

  it('do not agree when events are counted for too many', () => {
    const samples = requests(40);
    const looks = looksAt(samples, PHASES, (rate) => (rate === 0.5 ? 0.4 : rate));
    const steps = stepsOf(looks, samples, RATE);
    expect(steps[2].standardErrors).toBeGreaterThan(4);
    expect(Math.abs(steps[1].standardErrors)).toBeLessThan(4);
  });

  it('do not depend on the order of the answers', () => {
    const samples = requests(40);
    const looks = looksAt(samples, PHASES);
    expect(stepsOf(looks, samples.toReversed(), RATE)).toEqual(stepsOf(looks, samples, RATE));
  });

  it('are left out when there are no two looks at which the rate was settled', () => {
    const samples = requests(40);
    const looks = looksAt(samples, [{ samplingRate: 0.1, until: 5000 }, ...PHASES.slice(2)]);
    const short = looks.filter(({ at, samplingRate }) => samplingRate !== 0.1 || at <= 1500);
    expect(stepsOf(short, samples, RATE).map(({ samplingRate }) => samplingRate)).not.toContain(0.1);
  });
});

describe('the difference in standard errors', () => {
  it('has a deviation of one over many steps', () => {
    const random = new Random(7, 'steps');
    const count = 1000;
    const errors = Array.from({ length: 2000 }, () => {
      let measured = 0;
      for (let i = 0; i < count; i++) if (random.uniform() < 0.1) measured++;
      return standardErrors({ samplingRate: 0.1, requests: count, estimated: measured / 0.1, slack: 0 });
    });
    const variance = errors.reduce((sum, error) => sum + error * error, 0) / errors.length;
    expect(Math.sqrt(variance)).toBeGreaterThan(0.95);
    expect(Math.sqrt(variance)).toBeLessThan(1.05);
  });

  it('leaves out those that may be under way', () => {
    const slack = mostUnderWay(RATE);
    const at = (estimated: number) => standardErrors({ samplingRate: 1, requests: 1000, estimated, slack });
    expect([at(1000), at(1000 + slack), at(1000 - slack)]).toEqual([0, 0, 0]);
    expect([at(1005 + slack), at(995 - slack)]).toEqual([5, -5]);
  });

  it('tells of events that were counted while measuring was off', () => {
    const off = { samplingRate: 0, requests: 1000, slack: 10 };
    expect(standardErrors({ ...off, estimated: 0 })).toBe(0);
    expect(standardErrors({ ...off, estimated: 1000 })).toBe(990);
  });
});

describe('a look', () => {
  const stats = (enabled: boolean): Stats => ({
    at: 5,
    events: [
      { event: 'signal_generation', count: 7 },
      { event: 'candle_processing', count: 9 },
    ],
    ring: { recorded: 0, aggregated: 0, overwritten: 0 },
    // As it travels: in steps of 2^-30.
    sampling: { enabled, ratio: 0.09999999962747097, configGeneration: 1 },
  });

  it('is of the rate in force, which is 0 while measuring is off', () => {
    expect(lookAt(stats(true))).toEqual({ at: 5, samplingRate: 0.1, candles: 9 });
    expect(lookAt(stats(false))).toEqual({ at: 5, samplingRate: 0, candles: 9 });
  });
});
