import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OPTION_KEYS, OPTIONS } from '../../src/contract/options.ts';
import { parseOptionsFile, readOptionsFile } from '../../src/control/options-file.ts';
import { MetricsCollector } from '../../src/record/collector.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'options-file-'));
  path = join(directory, 'perf.yaml');
});
afterEach(() => rm(directory, { recursive: true }));

describe('an options file', () => {
  it.each([
    ['JSON', '{"generation": 3, "samplingRate": 0.25, "enabled": false}'],
    ['YAML', '# comment\ngeneration: 3\nsamplingRate: 0.25\nenabled: false\n'],
  ])('is %s', (_format, text) => {
    expect(parseOptionsFile(text, 'x')).toEqual({
      generation: 3,
      options: { samplingRate: 0.25, enabled: false },
      control: [],
    });
  });

  it('may name the instances that are disabled', () => {
    const file = parseOptionsFile('generation: 2\nsamplingRate: 0.5\ncontrol:\n- pod-a\n- pod-b\n', 'x');
    expect(file).toEqual({ generation: 2, options: { samplingRate: 0.5 }, control: ['pod-a', 'pod-b'] });
  });

  it('has room for 4,096 instances with the longest names', () => {
    const control = Array.from({ length: 4096 }, (_, i) => `pod-${i}`.padEnd(250, 'x'));
    expect(parseOptionsFile(JSON.stringify({ control }), 'x').control).toEqual(control);
  });

  it.each(['', '# nothing yet\n', '{}'])('may say nothing: %j', (text) => {
    expect(parseOptionsFile(text, 'x')).toEqual({ generation: 0, options: {}, control: [] });
  });

  it.each([
    ['a list', '[1]', 'options file x must hold a mapping such as {"generation": 1, "samplingRate": 0.1}'],
    ['a text', 'hello', 'must hold a mapping'],
    ['half a mapping', '{"generation": 1', 'is no YAML or JSON'],
    ['a key twice', 'enabled: true\nenabled: false', 'is no YAML or JSON'],
    ['an expansion bomb', 'a: &a [1]\nb: [*a, *a]', 'is no YAML or JSON'],
    ['a generation of half', 'generation: 1.5', 'generation must be a whole number >= 0, got 1.5'],
    ['a generation below 0', 'generation: -1', 'generation must be a whole number >= 0, got -1'],
    [
      'an unknown option',
      'samplngRate: 1',
      'x: there is no option "samplngRate"; did you mean samplingRate?',
    ],
    ['a value out of range', 'samplingRate: 50', 'x: samplingRate must be a number from 0.01 to 1, got 50'],
    ['a text for a number', 'samplingRate: "0.5"', 'samplingRate must be a number from 0.01 to 1, got "0.5"'],
    ['more than it may', ' '.repeat(1_048_577), 'is larger than 1048576 bytes'],
    [
      'one instance in place of a list',
      'control: pod-a',
      'control must be a list of at most 4096 instance names, got "pod-a"',
    ],
    ['instances by number', 'control: [pod-a, 5]', 'control must hold names of instances, got 5'],
    ['a name that no instance has', 'control: ["a b"]', 'control must hold names of instances, got "a b"'],
    [
      'more instances than it may',
      JSON.stringify({ control: Array.from({ length: 4097 }, () => 'a') }),
      'control must be a list of at most 4096 instance names, got 4097 of them',
    ],
  ])('that holds %s is refused, saying what to write', (_what, text, expected) => {
    const parse = (): unknown => parseOptionsFile(text, 'x');
    expect(parse).toThrow(expect.objectContaining({ code: 'PERF_OPTIONS_FILE' }));
    expect(parse).toThrow(expected);
  });

  it('is refused with an option that needs a restart, of which the table says so', () => {
    for (const key of OPTION_KEYS) {
      const text = JSON.stringify({ [key]: OPTIONS[key].default });
      if (OPTIONS[key].live) expect(parseOptionsFile(text, 'x').options).toHaveProperty(key);
      else
        expect(() => parseOptionsFile(text, 'x')).toThrow(`${key} cannot be changed while the service runs`);
    }
  });

  it('that is missing is refused with its path', () => {
    expect(() => readOptionsFile(path)).toThrow(`options file ${path} cannot be read`);
  });
});

describe('a collector with an options file', () => {
  it('lays it above its constructor', async () => {
    await writeFile(path, 'samplingRate: 0.25');
    const collector = new MetricsCollector({ samplingRate: 0.5, optionsFile: path, capacityRecords: 64 });
    expect(collector.options).toMatchObject({ samplingRate: 0.25, capacityRecords: 64 });
    expect(collector.samplingRate).toBe(0.25);
    expect(collector.optionsFileError).toBeUndefined();
  });

  it('is disabled from the first event on where the file says that its instance is', async () => {
    await writeFile(path, 'enabled: true\ncontrol: [pod-a]');
    const enabled = (instance: string): boolean =>
      new MetricsCollector({ instance, optionsFile: path, capacityRecords: 64 }).enabled;
    expect([enabled('pod-a'), enabled('pod-b')]).toEqual([false, true]);
  });

  it('starts without a file that is bad, and says why', async () => {
    await writeFile(path, 'samplingRate: fast');
    const collector = new MetricsCollector({ samplingRate: 0.5, optionsFile: path, capacityRecords: 64 });
    expect(collector.samplingRate).toBe(0.5);
    expect(collector.optionsFileError?.message).toContain('samplingRate must be a number');
  });
});
