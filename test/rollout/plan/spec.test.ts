import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PerfMetricsError } from '../../../src/contract/errors.ts';
import { durationSpec, parseDuration } from '../../../src/rollout/plan/durations.ts';
import { DEFAULT_SPEC_TEXT, parseRolloutSpec } from '../../../src/rollout/plan/spec.ts';

const STEPS = 'steps: [{ samplingRate: 0.1, hold: 2d }]\n';

function errorOf(text: string): string {
  try {
    parseRolloutSpec(text, 'rollout.yaml');
  } catch (error) {
    if (error instanceof PerfMetricsError && error.code === 'PERF_ROLLOUT_SPEC') return error.message;
    throw error;
  }
  throw new Error(`no error: ${text}`);
}

describe('parseRolloutSpec', () => {
  it('reads the default text: 10, 50 and 100 %, held for 2, 2 and 3 days', () => {
    const days = 86_400;
    expect(parseRolloutSpec(DEFAULT_SPEC_TEXT, 'default')).toEqual({
      enabled: true,
      baselineHoldSeconds: 600,
      steps: [
        { samplingRate: 0.1, holdSeconds: 2 * days },
        { samplingRate: 0.5, holdSeconds: 2 * days },
        { samplingRate: 1, holdSeconds: 3 * days },
      ],
      control: { ratio: 0.1, minPods: 3 },
      gates: {
        maxOverheadRatio: 0.01,
        maxCpuIncreaseRatio: 0.01,
        maxLoopDelayIncreaseSeconds: 0.001,
        confidence: 0.95,
        maxRecordsLost: 0,
        maxComplianceDrop: 0.001,
        maxErrorIncrease: 0.001,
        queries: [],
      },
      limits: { acknowledgeSeconds: 120, noDataSeconds: 600, minEvents: 1000, queryRetries: 3 },
    });
  });

  it('shows in the default text the defaults of everything that may be left out', () => {
    const { steps, ...rest } = parseRolloutSpec(DEFAULT_SPEC_TEXT, 'default');
    expect(parseRolloutSpec(STEPS, 'short')).toEqual({ ...rest, steps: steps.slice(0, 1) });
  });

  it('reads the commented example of a query once its comments are taken away', () => {
    const text = DEFAULT_SPEC_TEXT.replace('  queries: []\n', '').replace(
      /( {2}# Queries of your own[^\n]*\n)((?: {2}# [^\n]*\n)+)/,
      (_, _title, lines: string) => `  queries:\n${lines.replaceAll('  # ', '  ')}`,
    );
    expect(parseRolloutSpec(text, 'example').gates.queries).toEqual([
      {
        name: 'client_latency',
        prometheus: 'http://prometheus:9090',
        query: 'histogram_quantile(0.99, sum(rate(http_request_duration_seconds[$step])))',
        max: 0.25,
      },
    ]);
  });

  it.each([
    ['', 'rollout.yaml must be a mapping such as {"steps": [...]}, got nothing'],
    ['- 1', 'rollout.yaml must be a mapping such as {"steps": [...]}, got a list'],
    ['a: [', /^rollout.yaml is no YAML or JSON: /],
    ['a: 1\na: 2', /^rollout.yaml is no YAML or JSON: Map keys must be unique/],
    ['a: &a [1]\nb: *a', /^rollout.yaml is no YAML or JSON: /],
    ['#'.repeat(65_537), 'rollout.yaml is larger than 65536 characters'],
    ['enabled: true', 'rollout.yaml: steps must be a list, got nothing'],
    ['steps: []', 'rollout.yaml: steps must hold at least one step, such as {samplingRate: 0.1, hold: 2d}'],
    ['steps: [1]', 'rollout.yaml: steps[0] must be a mapping of samplingRate, hold, got 1'],
    [
      'steps: [{ samplingRate: 0.1 }]',
      'rollout.yaml: steps[0]: hold is missing; a mapping of samplingRate, hold is needed',
    ],
    [
      'steps: [{ samplingRate: 2, hold: 1d }]',
      'rollout.yaml: steps[0]: samplingRate must be a number from 0.01 to 1, got 2',
    ],
    ['steps: [{ samplingRate: 0.1, hold: 60 }]', 'rollout.yaml: steps[0]: hold must be a string, got 60'],
    [
      'steps: [{ samplingRate: 0.1, hold: 1.5h }]',
      'rollout.yaml: steps[0]: hold must be a duration such as 90s, 2d or 1h30m, got "1.5h"',
    ],
    [
      'steps: [{ samplingRate: 0.1, hold: 0s }]',
      'rollout.yaml: steps[0]: hold must be longer than 0s and at most 365d, got 0s',
    ],
    [
      'steps: [{ samplingRate: 0.1, hold: 2y }]',
      'rollout.yaml: steps[0]: hold must be longer than 0s and at most 365d, got 2y',
    ],
    [
      'steps: [{ samplingRate: 0.5, hold: 1d }, { samplingRate: 0.5, hold: 1d }]',
      'rollout.yaml: steps[1]: samplingRate must be greater than the 0.5 of the step before, got 0.5',
    ],
    [
      `steps: [${Array.from({ length: 21 }, (_, i) => `{ samplingRate: ${(i + 1) / 100}, hold: 1d }`)}]`,
      'rollout.yaml: steps must hold at most 20 entries, got 21',
    ],
    [`${STEPS}enabeld: false`, 'rollout.yaml: there is no option "enabeld"; did you mean enabled?'],
    [`${STEPS}gate: {}`, 'rollout.yaml: there is no option "gate"; did you mean gates?'],
    [`${STEPS}enabled: "no"`, 'rollout.yaml: enabled must be true or false, got "no"'],
    [`${STEPS}baseline: 10m`, 'rollout.yaml: baseline must be a mapping, got "10m"'],
    [
      `${STEPS}control: { ratio: 0.6 }`,
      'rollout.yaml: control: ratio must be a number from 0 to 0.5, got 0.6',
    ],
    [
      `${STEPS}control: { minPods: 1 }`,
      'rollout.yaml: control: minPods must be a whole number from 2 to 1000, got 1',
    ],
    [
      `${STEPS}gates: { maxOverhead: 1 }`,
      'rollout.yaml: gates: there is no option "maxOverhead"; known: maxOverheadRatio, maxCpuIncreaseRatio, maxLoopDelayIncrease, confidence, maxRecordsLost, maxComplianceDrop, maxErrorIncrease, queries',
    ],
    [
      `${STEPS}gates: { confidence: 95 }`,
      'rollout.yaml: gates: confidence must be a number from 0.5 to 0.999, got 95',
    ],
    [`${STEPS}gates: { queries: {} }`, 'rollout.yaml: gates: queries must be a list, got a mapping'],
    [
      `${STEPS}gates: { queries: [{ name: A }] }`,
      'rollout.yaml: gates: queries[0]: name must be up to 40 small letters, digits and underscores, got "A"',
    ],
    [
      `${STEPS}gates: { queries: [{ name: a, prometheus: 'http://me:secret@p', query: up, max: 1 }] }`,
      'rollout.yaml: gates: queries[0]: prometheus must be a URL such as http://prometheus:9090, got "http://me:secret@p"',
    ],
    [
      `${STEPS}gates: { queries: [{ name: a, prometheus: 'http://p', query: up, max: .nan }] }`,
      /queries\[0\]: max must be a number from .* got NaN$/,
    ],
    [
      `${STEPS}gates: { queries: [{ name: a, prometheus: 'http://p', query: up, max: 1 }, { name: a, prometheus: 'http://p', query: up, max: 1 }] }`,
      'rollout.yaml: gates: queries: every name must be another, got a twice',
    ],
    [`${STEPS}limits: { noData: 0 }`, 'rollout.yaml: limits: noData must be a string, got 0'],
  ])('says what is wrong with %j', (text, message) => {
    const error = errorOf(text);
    if (typeof message === 'string') expect(error).toBe(message);
    else expect(error).toMatch(message);
  });

  it('throws nothing but its own error, whatever the text', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.json(),
      fc.json().map((json) => `{"steps": ${json}, "gates": ${json}, "control": ${json}}`),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        try {
          expect(parseRolloutSpec(candidate, 'fuzz').steps.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ name: 'PerfMetricsError', code: 'PERF_ROLLOUT_SPEC' });
        }
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});

describe('durations', () => {
  it.each([
    ['90s', 90],
    ['1h30m', 5400],
    ['2d', 172_800],
    ['1w1d', 691_200],
    ['1500ms', 1.5],
    ['500us', 0.0005],
    ['0', 0],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', ' 1s', '1', '1.5s', '-1s', '1m1h', '1s1s', 's', '1 s', '1S'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNaN();
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e12 }), (micros) => {
        expect(parseDuration(durationSpec(micros / 1e6))).toBeCloseTo(micros / 1e6, 6);
      }),
      { seed: 1 },
    );
  });
});
