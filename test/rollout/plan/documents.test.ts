import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { optionsDocument } from '../../../src/rollout/plan/options-document.ts';
import { filledQuery } from '../../../src/rollout/plan/query-answer.ts';
import { parseRolloutState } from '../../../src/rollout/plan/state.ts';
import { Course } from './course.ts';

describe('optionsDocument', () => {
  it('is JSON and YAML with the generation, the rate and the control pods', () => {
    const text = optionsDocument({ generation: 7, samplingRate: 0.5, control: ['engine-1', 'engine-4'] });
    const content = { generation: 7, enabled: true, samplingRate: 0.5, control: ['engine-1', 'engine-4'] };
    expect(JSON.parse(text)).toEqual(content);
    expect(parse(text)).toEqual(content);
  });

  it('disables pods in place of a rate of 0, which is no option', () => {
    expect(JSON.parse(optionsDocument({ generation: 2, samplingRate: 0, control: [] }))).toEqual({
      generation: 2,
      enabled: false,
      control: [],
    });
  });
});

describe('filledQuery', () => {
  const scope = { stepSince: 0, now: 1_800_400, measured: ['engine-1', 'engine.2'], control: [] };
  /** As Prometheus reads a quoted string, and matches: anchored. */
  const matcher = (filled: string): RegExp =>
    new RegExp(`^(?:${JSON.parse(filled.slice(filled.indexOf('"')))})$`);

  it('puts the time since the step began, a second at least', () => {
    expect(filledQuery('rate(a[$step]) + rate(b[$step])', scope)).toBe('rate(a[1800s]) + rate(b[1800s])');
    expect(filledQuery('rate(a[$step]) + $steps', { ...scope, now: 0 })).toBe('rate(a[1s]) + $steps');
  });

  it('puts expressions that match the instances, and only them', () => {
    const measured = matcher(filledQuery('"$measured"', scope));
    for (const name of scope.measured) expect(measured.test(name)).toBe(true);
    for (const name of ['engine-12', 'engineX2', '', 'x']) expect(measured.test(name)).toBe(false);
    const nothing = matcher(filledQuery('"$control"', scope));
    for (const name of ['', 'engine-1', 'control']) expect(nothing.test(name)).toBe(false);
  });

  it('keeps any name from breaking out of its string', () => {
    for (const name of ['a"b', 'a\\b', '$&', 'a|b', 'a(b', '$step']) {
      const only = matcher(filledQuery('"$measured"', { ...scope, measured: [name] }));
      expect(only.test(name)).toBe(true);
      expect(only.test('b')).toBe(false);
    }
  });
});

describe('parseRolloutState', () => {
  const { status, evidence } = new Course().untilStep(1).state;
  const statusText = JSON.stringify(status);

  it('reads back what was stored', () => {
    expect(parseRolloutState(statusText, JSON.stringify(evidence))).toEqual({ status, evidence });
  });

  it('gathers evidence anew where there is none', () => {
    const { evidence: fresh } = parseRolloutState(statusText, null);
    expect(fresh).toMatchObject({ step: 1, stepSince: status.stepSince, rate: 0.5, pods: [], earlier: [] });
  });

  it('goes on from evidence that is one step behind, as the decision did that was not stored whole', () => {
    const course = new Course().untilStep(0);
    let before = course.state;
    course.until((now) => {
      if (now.step === 0) before = course.state;
      return now.step === 1;
    });
    const { evidence: mended } = parseRolloutState(
      JSON.stringify(course.status),
      JSON.stringify(before.evidence),
    );
    expect(mended).toMatchObject({
      step: 1,
      stepSince: course.status.stepSince,
      rate: 0.5,
      overwritten: 0,
      events: [],
    });
    expect(mended.earlier).toEqual([{ rate: 0.1, events: before.evidence.events }]);
    expect(mended.pods.map(({ own }) => own)).toEqual(course.state.evidence.pods.map(({ own }) => own));
  });

  it.each([
    [
      '{',
      'the stored status of the rollout is no JSON; delete it, and the rollout starts anew with every pod disabled',
    ],
    ['[]', /is no JSON object; delete it/],
    ['{"schemaVersion": 2}', /has schemaVersion 2, and this version reads 1; delete it/],
    [
      statusText.replace('"progressing"', '"flying"'),
      /is damaged: phase is not what it should be; delete it/,
    ],
    [statusText.replace('"generation":', '"x":'), /is damaged: generation/],
  ])('says what to do about %j', (text, message) => {
    const read = (): unknown => parseRolloutState(text, null);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: 'PERF_ROLLOUT' }));
  });

  it.each([
    ['damaged', JSON.stringify({ ...evidence, pods: [{}] })],
    ['no JSON', '{'],
    ["another version's", JSON.stringify({ ...evidence, schemaVersion: 99 })],
    ['with a damaged spec', JSON.stringify({ ...evidence, spec: { enabled: true } })],
  ])('gathers evidence anew that is %s, and keeps the status', (_, text) => {
    expect(parseRolloutState(statusText, text)).toEqual(parseRolloutState(statusText, null));
  });
});
