import { describe, expect, it } from 'vitest';
import { acceptsGzip, negotiateExposition } from '../../src/export/negotiate.ts';

const PROTO = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
const OPENMETRICS = { format: 'openmetrics', version: '1.0.0' };
const TEXT = { format: 'text' };
const PROTOBUF = { format: 'protobuf' };

describe('negotiateExposition', () => {
  it.each([
    [
      'Prometheus 3 with native histograms',
      `${PROTO};q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`,
      PROTOBUF,
    ],
    [
      'Prometheus 3',
      `application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`,
      OPENMETRICS,
    ],
    ['protobuf with an escaping scheme', `${PROTO};escaping=allow-utf-8;q=0.6,*/*;q=0.1`, PROTOBUF],
    [
      'blanks and quotes',
      'application/vnd.google.protobuf; proto="io.prometheus.client.MetricFamily"; encoding="delimited"',
      PROTOBUF,
    ],
    [
      'the draft of OpenMetrics alone',
      'application/openmetrics-text; version=0.0.1',
      { ...OPENMETRICS, version: '0.0.1' },
    ],
    ['OpenMetrics of no version', 'application/openmetrics-text', OPENMETRICS],
    [
      'OpenMetrics of an unknown version',
      'application/openmetrics-text;version=2.0.0,text/plain;q=0.1',
      TEXT,
    ],
    [
      'text above OpenMetrics',
      'application/openmetrics-text;version=1.0.0;q=0.4,text/plain;version=0.0.4;q=0.5',
      TEXT,
    ],
    ['OpenMetrics at q=0', 'application/openmetrics-text;q=0', TEXT],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', TEXT],
    ['curl', '*/*', TEXT],
    ['the exact one of equals', '*/*,application/openmetrics-text;version=1.0.0', OPENMETRICS],
    ['the first of equals', `text/plain,${PROTO}`, TEXT],
    [
      'other protobuf',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text',
      TEXT,
    ],
    ['another message', 'application/vnd.google.protobuf;proto=x;encoding=delimited', TEXT],
    ['a q-value that is none', `${PROTO};q=high,text/plain;q=0.1`, TEXT],
    ['something else alone', 'application/json', TEXT],
    ['nothing', undefined, TEXT],
    ['empty', '', TEXT],
    ['rubbish', ';;;q,=,;q=9', TEXT],
  ])('%s', (_, accept, expected) => {
    expect(negotiateExposition(accept)).toEqual(expected);
  });
});

describe('acceptsGzip', () => {
  it.each([
    ['gzip', true],
    ['gzip, deflate, br', true],
    ['br;q=1.0, gzip;q=0.8, *;q=0.1', true],
    ['*', true],
    ['gzip;q=0', false],
    ['gzip;q=0, *', false],
    ['identity', false],
    ['', false],
    [undefined, false],
  ])('%s: %s', (header, expected) => {
    expect(acceptsGzip(header)).toBe(expected);
  });
});
