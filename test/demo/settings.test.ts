import { describe, expect, it } from 'vitest';
import { readSettings, SettingsError } from '../../src/demo/settings.ts';

describe('readSettings', () => {
  it('has defaults, also for variables that are set to nothing', () => {
    const defaults = {
      rate: 50,
      seconds: null,
      seed: 1,
      hasFaults: false,
      overheadMicros: 0,
      port: null,
      host: '127.0.0.1',
    };
    expect(readSettings({})).toEqual(defaults);
    expect(readSettings({ DEMO_SECONDS: '', DEMO_PORT: ' ', DEMO_HOST: '' })).toEqual(defaults);
  });

  it('reads every variable', () => {
    expect(
      readSettings({
        DEMO_RATE: '0.5',
        DEMO_SECONDS: '20',
        DEMO_SEED: '42',
        DEMO_FAULTS: '1',
        DEMO_OVERHEAD_MICROS: '50',
        DEMO_PORT: '0',
        DEMO_HOST: '::1',
      }),
    ).toEqual({
      rate: 0.5,
      seconds: 20,
      seed: 42,
      hasFaults: true,
      overheadMicros: 50,
      port: 0,
      host: '::1',
    });
  });

  it.each([
    ['DEMO_SECONDS', 'abc'],
    ['DEMO_SECONDS', '0'],
    ['DEMO_SECONDS', '-5'],
    ['DEMO_SECONDS', '1e3'],
    ['DEMO_RATE', '10001'],
    ['DEMO_RATE', 'NaN'],
    ['DEMO_SEED', '1.5'],
    ['DEMO_FAULTS', 'yes'],
    ['DEMO_FAULTS', '2'],
    ['DEMO_OVERHEAD_MICROS', '-1'],
    ['DEMO_PORT', '65536'],
    ['DEMO_PORT', '80x'],
    ['DEMO_HOST', 'example.org'],
  ])('refuses %s=%s in one sentence that names both', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(SettingsError);
    expect(() => readSettings({ [name]: value })).toThrow(
      new RegExp(`^${name} must be .*got "${value}"\\.$`),
    );
  });
});
