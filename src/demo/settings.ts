import { isIP } from 'node:net';

export interface Settings {
  /** Candles per second; 0 replays nothing. */
  readonly rate: number;
  /** Stop after this long; `null` runs until it is stopped. */
  readonly seconds: number | null;
  readonly seed: number;
  readonly hasFaults: boolean;
  /** What each look of the collector at the clock costs on top: a library that is too dear, for trying the rollout's gates. */
  readonly overheadMicros: number;
  /** Port of the HTTP service; `null` starts none, 0 picks a free one. */
  readonly port: number | null;
  readonly host: string;
}

/** A bad environment variable; the message is one sentence that says what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws SettingsError on a value that is not allowed. Empty counts as not set. */
export function readSettings(environment: Environment): Settings {
  return {
    rate: number(environment, 'DEMO_RATE', { min: 0, max: 10_000 }) ?? 50,
    seconds: number(environment, 'DEMO_SECONDS', { min: 1, max: 2_000_000 }),
    seed: number(environment, 'DEMO_SEED', { min: 0, max: 4_294_967_295, isWhole: true }) ?? 1,
    hasFaults: number(environment, 'DEMO_FAULTS', { min: 0, max: 1, isWhole: true }) === 1,
    overheadMicros: number(environment, 'DEMO_OVERHEAD_MICROS', { min: 0, max: 1000 }) ?? 0,
    port: number(environment, 'DEMO_PORT', { min: 0, max: 65_535, isWhole: true }),
    host: host(environment),
  };
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly isWhole?: boolean;
}

function number(environment: Environment, name: string, { min, max, isWhole = false }: Range): number | null {
  const text = environment[name]?.trim() ?? '';
  if (text === '') return null;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
  const kind = isWhole ? 'whole number' : 'number';
  throw new SettingsError(`${name} must be a ${kind} from ${min} to ${max}, got ${JSON.stringify(text)}.`);
}

function host(environment: Environment): string {
  const text = environment.DEMO_HOST?.trim() || '127.0.0.1';
  if (text === 'localhost' || isIP(text) !== 0) return text;
  throw new SettingsError(`DEMO_HOST must be an IP address to listen on, got ${JSON.stringify(text)}.`);
}
