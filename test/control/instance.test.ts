import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { parseEnvironment, parseOptions } from '../../src/contract/options.ts';
import { INSTANCE_NAME } from '../../src/contract/snapshot.ts';
import { instanceOf, optionsFor } from '../../src/control/instance.ts';

describe('what a process is called', () => {
  it('is what the options say', () => {
    expect(instanceOf({ instance: 'engine-7' }, 'host')).toBe('engine-7');
  });

  it("is the host's name where they say nothing", () => {
    expect(instanceOf({ instance: '' }, 'engine-7c9f-x2')).toBe('engine-7c9f-x2');
    expect(instanceOf({ instance: '' })).toBe(instanceOf({ instance: '' }, hostname()));
  });

  it.each([
    ["Ada's host", 'Ada-s-host'],
    ['bürø\\"1"', 'b-r---1-'],
    ['', 'unknown'],
    ['x'.repeat(300), 'x'.repeat(253)],
  ])('is fit to be sent, whatever the host is called: %j', (host, expected) => {
    expect(instanceOf({ instance: '' }, host)).toBe(expected);
    expect(expected).toMatch(INSTANCE_NAME);
  });

  it.each(['a b', 'a"b', "a'b", 'a\\b', 'é', 'a\n', 'x'.repeat(254)])(
    'is refused as an option: %j',
    (instance) => {
      const refusal = expect.objectContaining({ code: 'PERF_OPTION_INVALID' });
      expect(() => parseOptions({ instance }, 'test')).toThrow(refusal);
      expect(() => parseEnvironment({ PERF_INSTANCE: instance })).toThrow(refusal);
    },
  );
});

describe('the options of a file', () => {
  const file = { generation: 1, options: { enabled: true, samplingRate: 0.5 }, control: ['pod-a', 'pod-c'] };

  it('hold for an instance that it does not keep back', () => {
    expect(optionsFor('pod-b', file)).toEqual({ enabled: true, samplingRate: 0.5 });
    expect(optionsFor('pod', file)).toEqual({ enabled: true, samplingRate: 0.5 });
  });

  it('disable one that it does, whatever else they say', () => {
    expect(optionsFor('pod-a', file)).toEqual({ enabled: false, samplingRate: 0.5 });
    expect(optionsFor('pod-c', { ...file, options: {} })).toEqual({ enabled: false });
  });
});
