import { describe, expect, it } from 'vitest';
import { queryPrometheus } from '../../../src/rollout/prometheus-query.ts';
import { HttpAnswers, json, vector } from '../support/http-answers.ts';

const success = (data: object) => json({ status: 'success', data });

describe('a query of a Prometheus', () => {
  it.each([
    ['a scalar', success({ resultType: 'scalar', result: [1, '0.25'] }), 0.25],
    ['a vector of one element', vector('-1.5e3'), -1500],
    ['an empty vector', vector(), null],
    ['no number', vector('NaN'), Number.NaN],
    ['infinity', vector('+Inf'), Number.POSITIVE_INFINITY],
    ['minus infinity', vector('-Inf'), Number.NEGATIVE_INFINITY],
  ])('takes %s', async (_, answer, value) => {
    await using server = await HttpAnswers.start(answer);
    expect(await queryPrometheus(`${server.url}/`, 'sum(up{a="b&c"})')).toBe(value);
    expect(server.queries).toEqual(['sum(up{a="b&c"})']);
  });

  it.each([
    ['several series', vector('1', '2'), /2 series: make it one, with sum or max/],
    ['a matrix', success({ resultType: 'matrix', result: [] }), /answers with a matrix/],
    [
      'an error',
      json({ status: 'error', error: 'parse error: unexpected end' }, 400),
      /refused the query: parse error/,
    ],
    ['another status', json({}, 503), /HTTP status 503/],
    ['another service', json({ hello: 'world' }), /not that of a Prometheus/],
    ['a null', success({ resultType: 'scalar', result: null }), /not that of a Prometheus/],
    ['garbage', (response) => void response.end('<html>'), /not that of a Prometheus/],
    [
      'half an answer',
      (response) =>
        void response.writeHead(200, { 'content-length': 99 }).write('{', () => response.destroy()),
      /cannot be asked/,
    ],
    ['no answer', (response) => void response.destroy(), /cannot be asked/],
    [
      'a megabyte too much',
      (response) => void response.end(`"${'x'.repeat(1_100_000)}"`),
      /larger than 1048576 bytes/,
    ],
    ['nothing in time', () => undefined, /did not answer within 0.3 s/],
    ['a body that never ends', (response) => void response.write('{'), /did not answer within 0.3 s/],
  ] satisfies [string, HttpAnswers['answer'], RegExp][])(
    'tells of %s in a sentence',
    async (_, answer, sentence) => {
      await using server = await HttpAnswers.start(answer);
      await expect(queryPrometheus(server.url, 'up', 300)).rejects.toThrow(sentence);
    },
  );

  it('tells of a Prometheus that is not there', async () => {
    const server = await HttpAnswers.start(vector('1'));
    await server[Symbol.asyncDispose]();
    await expect(queryPrometheus(server.url, 'up')).rejects.toThrow(/cannot be asked: .*ECONNREFUSED/);
  });
});
