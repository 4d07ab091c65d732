import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_OPTIONS,
  environmentName,
  layerOptions,
  OPTION_KEYS,
  OPTIONS,
  type OptionSpec,
  parseEnvironment,
  parseOptions,
} from '../../src/contract/options.ts';
import { MetricsCollector } from '../../src/record/collector.ts';

/** The message of what is thrown, behind its code. */
function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
  return 'accepted';
}

describe('the options table', () => {
  it('has defaults that it accepts itself', () => {
    expect(parseOptions(DEFAULT_OPTIONS, 'defaults')).toEqual(DEFAULT_OPTIONS);
  });

  it('says what each option does, and in which range', () => {
    for (const key of OPTION_KEYS) {
      const spec: OptionSpec = OPTIONS[key];
      expect(spec.text).toMatch(/^[A-Z].*\.$/);
      expect(typeof spec.default === spec.type || spec.type === 'integer').toBe(true);
      if (spec.type === 'number' || spec.type === 'integer')
        expect(spec.max).toBeGreaterThan(spec.min as number);
    }
  });

  it('gives each option an environment variable of its own', () => {
    expect(environmentName('samplingRate')).toBe('PERF_SAMPLING_RATE');
    expect(environmentName('dumpMaxMebibytes')).toBe('PERF_DUMP_MAX_MEBIBYTES');
    expect(new Set(OPTION_KEYS.map(environmentName)).size).toBe(OPTION_KEYS.length);
  });

  it('accepts exactly the numbers in range, at its ends too', () => {
    for (const key of OPTION_KEYS) {
      const { min, max, type, powerOfTwo }: OptionSpec = OPTIONS[key];
      if (min === undefined || max === undefined) continue;
      fc.assert(
        fc.property(fc.oneof(fc.double(), fc.integer(), fc.constantFrom(min, max)), (value) => {
          const isWhole = Number.isInteger(value);
          const isPower = isWhole && Number.isInteger(Math.log2(value));
          const fits =
            value >= min && value <= max && (type !== 'integer' || isWhole) && (!powerOfTwo || isPower);
          expect(refusal(() => parseOptions({ [key]: value }, 'test')) === 'accepted').toBe(fits);
        }),
      );
    }
  });

  it('throws nothing but its own errors, whatever a value is', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const values = fc.oneof(
      fc.anything({ withBigInt: true, withNullPrototype: true }),
      fc.constantFrom(cycle, Symbol('s')),
    );
    fc.assert(
      fc.property(fc.constantFrom(...OPTION_KEYS), values, (key, value) => {
        expect(refusal(() => parseOptions({ [key]: value }, 'test'))).toMatch(
          /^(accepted|PERF_OPTION_INVALID: )/,
        );
      }),
    );
  });
});

describe('an option that is wrong', () => {
  it.each<[Record<string, unknown>, string]>([
    [
      { samplingRate: 0 },
      'PERF_OPTION_INVALID: MetricsCollector: samplingRate must be a number from 0.01 to 1, got 0',
    ],
    [
      { samplingRate: '1' },
      'PERF_OPTION_INVALID: MetricsCollector: samplingRate must be a number from 0.01 to 1, got "1"',
    ],
    [
      { port: 80.5 },
      'PERF_OPTION_INVALID: MetricsCollector: port must be a whole number from 0 to 65535, got 80.5',
    ],
    [
      { capacityRecords: 1000 },
      'PERF_OPTION_INVALID: MetricsCollector: capacityRecords must be a power of two from 4 to 16777216, got 1000',
    ],
    [{ enabled: 'yes' }, 'PERF_OPTION_INVALID: MetricsCollector: enabled must be true or false, got "yes"'],
    [{ host: 5n }, 'PERF_OPTION_INVALID: MetricsCollector: host must be a string, got 5'],
    [{ host: null }, 'PERF_OPTION_INVALID: MetricsCollector: host must be a string, got null'],
    [{ host: [] }, 'PERF_OPTION_INVALID: MetricsCollector: host must be a string, got an array'],
    [
      { sampelRate: 1 },
      'PERF_OPTION_UNKNOWN: MetricsCollector: there is no option "sampelRate"; did you mean samplingRate?',
    ],
    [{ PORT: 1 }, 'PERF_OPTION_UNKNOWN: MetricsCollector: there is no option "PORT"; did you mean port?'],
    [
      { somethingElse: 1 },
      `PERF_OPTION_UNKNOWN: MetricsCollector: there is no option "somethingElse"; known: ${OPTION_KEYS.join(', ')}`,
    ],
  ])('is refused by the constructor with what to write instead, case %#', (given, expected) => {
    expect(refusal(() => new MetricsCollector(given))).toBe(expected);
  });

  it('that is undefined counts as left out', () => {
    expect(parseOptions({ samplingRate: undefined }, 'test')).toEqual({});
  });
});

describe('the environment', () => {
  it('is read by the table: words for switches, numbers, texts', () => {
    const environment = {
      PERF_ENABLED: 'off',
      PERF_KEEP_BREACHES: 'Yes',
      PERF_SAMPLING_RATE: '0.5',
      PERF_PORT: ' 80 ',
      PERF_HOST: '0.0.0.0',
      PERF_DUMP_DIRECTORY: '',
      PERF_CAPACITY_RECORDS: '',
      PERF_UNKNOWN: 'of something else',
      PATH: '/bin',
    };
    expect(parseEnvironment(environment)).toEqual({
      enabled: false,
      keepBreaches: true,
      samplingRate: 0.5,
      port: 80,
      host: '0.0.0.0',
      dumpDirectory: '',
    });
  });

  it.each([
    [
      { PERF_ENABLED: 'maybe' },
      'PERF_OPTION_INVALID: environment: PERF_ENABLED must be true or false, got "maybe"',
    ],
    [
      { PERF_PORT: 'http' },
      'PERF_OPTION_INVALID: environment: PERF_PORT must be a whole number from 0 to 65535, got "http"',
    ],
    [
      { PERF_SAMPLING_RATE: '10%' },
      'PERF_OPTION_INVALID: environment: PERF_SAMPLING_RATE must be a number from 0.01 to 1, got "10%"',
    ],
  ])('that is wrong is refused naming the variable: %o', (environment, expected) => {
    expect(refusal(() => parseEnvironment(environment))).toBe(expected);
  });
});

describe('layers of options', () => {
  afterEach(() => {
    delete process.env.PERF_SAMPLING_RATE;
  });

  it('override one another in their order, each only with what it says', () => {
    const layers = layerOptions({ samplingRate: 0.5, host: 'a' }, { samplingRate: 0.25 }, {});
    expect(layers).toEqual({ ...DEFAULT_OPTIONS, samplingRate: 0.25, host: 'a' });
  });

  it('put the environment above the constructor, and the constructor above the defaults', () => {
    process.env.PERF_SAMPLING_RATE = '0.125';
    const { options } = new MetricsCollector({ samplingRate: 0.5, capacityRecords: 64 });
    expect(options).toEqual({ ...DEFAULT_OPTIONS, samplingRate: 0.125, capacityRecords: 64 });
  });
});

describe('an empty host', () => {
  it('is none in the environment, and refused elsewhere: Node would listen on every address', () => {
    expect(parseEnvironment({ PERF_HOST: '', PERF_DUMP_DIRECTORY: '' })).toEqual({ dumpDirectory: '' });
    expect(refusal(() => parseOptions({ host: '' }, 'constructor'))).toBe(
      'PERF_OPTION_INVALID: constructor: host must be a string that is not empty, got ""',
    );
  });
});

describe('a constructor that is given something else than it takes', () => {
  it.each([
    ['events not from defineEvents', { events: { risk_check: { slaMillis: 2 } } }, 'PERF_EVENT_INVALID'],
    ['a clock that is no function', { clock: 5 }, 'PERF_OPTION_INVALID'],
    ['a ring that is no shared memory', { ring: new ArrayBuffer(64) }, 'PERF_BUFFER_INVALID'],
  ])('refuses %s with a code', (_, settings, code) => {
    expect(refusal(() => new MetricsCollector(settings as never))).toContain(code);
  });
});
