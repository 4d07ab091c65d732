import { describe, expect, it } from 'vitest';
import {
  DEFAULT_FLEET_OPTIONS,
  FLEET_OPTION_KEYS,
  FLEET_OPTIONS,
  fleetEnvironmentName,
  layerFleetOptions,
  parseFleetEnvironment,
  parseFleetOptions,
} from '../../src/contract/fleet-options.ts';
import type { OptionSpec } from '../../src/contract/option-table.ts';
import { environmentName, OPTION_KEYS } from '../../src/contract/options.ts';

const refusal = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
  return 'accepted';
};

describe('the table of fleet options', () => {
  it('has defaults that it accepts itself', () => {
    expect(parseFleetOptions(DEFAULT_FLEET_OPTIONS, 'defaults')).toEqual(DEFAULT_FLEET_OPTIONS);
  });

  it('says what each option does, and in which range', () => {
    for (const key of FLEET_OPTION_KEYS) {
      const spec: OptionSpec = FLEET_OPTIONS[key];
      expect(spec.text).toMatch(/^[A-Z].*\.$/);
      if (spec.type === 'number' || spec.type === 'integer')
        expect(spec.max).toBeGreaterThan(spec.min as number);
    }
  });

  it("has variables of its own, none of them the library's", () => {
    const names = FLEET_OPTION_KEYS.map(fleetEnvironmentName);
    expect(names).toContain('PERF_FLEET_HISTORY_MAX_MEBIBYTES');
    expect(new Set([...names, ...OPTION_KEYS.map(environmentName)]).size).toBe(
      FLEET_OPTION_KEYS.length + OPTION_KEYS.length,
    );
  });
});

describe('fleet options from the environment', () => {
  it('are read by the table: lists by comma, words from those there are', () => {
    const environment = {
      PERF_FLEET_TARGETS: 'http://10.0.0.1:9464, engine=http://10.0.0.2:9464,',
      PERF_FLEET_ROLLOUT: 'kubernetes',
      PERF_FLEET_PORT: '0',
      PERF_FLEET_SELECTOR: '',
      PERF_FLEET_SERVICE_LABEL: '',
      PERF_PORT: '1',
    };
    expect(parseFleetEnvironment(environment)).toEqual({
      targets: ['http://10.0.0.1:9464', 'engine=http://10.0.0.2:9464'],
      rollout: 'kubernetes',
      port: 0,
      selector: '',
    });
  });

  it('leave the list of a layer below alone where they are empty', () => {
    const given = parseFleetOptions({ targets: ['http://a:1'] }, 'command line');
    expect(layerFleetOptions(given, parseFleetEnvironment({ PERF_FLEET_TARGETS: '' })).targets).toEqual([
      'http://a:1',
    ]);
  });
});

describe('layers of fleet options', () => {
  it('override one another in their order, each only with what it says', () => {
    const layers = layerFleetOptions({ port: 1, rollout: 'directory' }, { port: 2 });
    expect(layers).toEqual({ ...DEFAULT_FLEET_OPTIONS, port: 2, rollout: 'directory' });
  });
});

describe('a fleet option that is wrong', () => {
  it.each<[Record<string, unknown>, string]>([
    [
      { rollout: 'k8s' },
      'PERF_OPTION_INVALID: fleet: rollout must be one of off, kubernetes, directory, got "k8s"',
    ],
    [
      { logLevel: 3 },
      'PERF_OPTION_INVALID: fleet: logLevel must be one of fatal, error, warn, info, debug, trace, silent, got 3',
    ],
    [
      { targets: 'http://a:1' },
      'PERF_OPTION_INVALID: fleet: targets must be a list of strings that are not empty, got "http://a:1"',
    ],
    [
      { targets: ['http://a:1', 5] },
      'PERF_OPTION_INVALID: fleet: targets must be a list of strings that are not empty, got an array',
    ],
    [
      { historyIntervalSeconds: 0.5 },
      'PERF_OPTION_INVALID: fleet: historyIntervalSeconds must be a number from 1 to 60, got 0.5',
    ],
    [{ target: 'x' }, 'PERF_OPTION_UNKNOWN: fleet: there is no option "target"; did you mean targets?'],
  ])('is refused with what to write instead, case %#', (given, expected) => {
    expect(refusal(() => parseFleetOptions(given, 'fleet'))).toBe(expected);
  });

  it('is refused naming its variable', () => {
    expect(refusal(() => parseFleetEnvironment({ PERF_FLEET_ROLLOUT: 'on' }))).toBe(
      'PERF_OPTION_INVALID: environment: PERF_FLEET_ROLLOUT must be one of off, kubernetes, directory, got "on"',
    );
  });
});
