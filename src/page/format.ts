/** A number for people: the unit apart, so that it can be set smaller. */
export interface Figure {
  readonly number: string;
  readonly unit: string;
}

export const NONE = '–';
const NOTHING: Figure = { number: NONE, unit: '' };

const DURATION_STEPS = [
  { unit: 'ns', perSecond: 1e9 },
  { unit: 'µs', perSecond: 1e6 },
  { unit: 'ms', perSecond: 1e3 },
  { unit: 's', perSecond: 1 },
] as const;
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const UNIT_SYMBOLS: Readonly<Record<string, string>> = { basis_points: 'bp', ratio: '', percent: '%' };

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 4 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const minutes = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** Seconds, or a value in the event's own unit, with three significant digits. */
export function figure(value: number | null | undefined, unit = 'seconds'): Figure {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  if (unit !== 'seconds') return { number: digits(value), unit: unitSymbol(unit) };
  if (value === 0) return { number: '0', unit: 'ms' };
  const size = Math.abs(value);
  const step = DURATION_STEPS.find(({ perSecond }) => size * perSecond < 999.5) ?? DURATION_STEPS[3];
  return { number: digits(value * step.perSecond), unit: step.unit };
}

/** Without trailing zeros: for numbers that somebody chose, such as thresholds and the labels of axes. */
export function short({ number, unit }: Figure): Figure {
  return { number: number.includes('.') ? number.replace(/\.?0+$/, '') : number, unit };
}

export function quantity(value: number | null | undefined, unit = 'seconds'): string {
  return join(figure(value, unit));
}

export function unitSymbol(unit: string): string {
  return UNIT_SYMBOLS[unit] ?? unit.replaceAll('_', ' ');
}

export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), BYTE_UNITS.length - 1);
  return `${power === 0 ? whole.format(value) : digits(value / 1024 ** power)} ${BYTE_UNITS[power]}`;
}

/** Counts are estimates under sampling, hence rounded. */
export function count(value: number): string {
  return Math.abs(value) < 1e6 ? whole.format(value) : compact.format(value);
}

export function rate(value: number | null): string {
  if (value === null) return NONE;
  return value >= 100 ? count(value) : digits(value);
}

/** A share, never rounded up to 100 %. */
export function percent(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined) return NONE;
  if (ratio === 0 || ratio === 1) return `${ratio * 100} %`;
  const share = ratio * 100;
  if (share >= 99.99 && share < 100) return '> 99.99 %';
  if (share < 0.01) return '< 0.01 %';
  if (share >= 99) return `${(Math.floor(share * 100 + 1e-6) / 100).toFixed(2)} %`;
  return `${share.toFixed(share < 1 ? 2 : 1)} %`;
}

/** The objective as it was set: `99 %`, `99.95 %`. */
export function objective(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(6))} %`;
}

/** `2 d 3 h`, `4 min 9 s`. */
export function span(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}

/** Unix milliseconds as local wall clock time, `14:03:09`. */
export function timeOfDay(unixMillis: number): string {
  return clock.format(unixMillis);
}

/** A time of this day as `14:03:09`, of another as `20 Nov 14:03`. */
export function momentOf(unixMillis: number, nowMillis: number): string {
  const isToday = day.format(unixMillis) === day.format(nowMillis);
  return isToday ? timeOfDay(unixMillis) : `${day.format(unixMillis)} ${minutes.format(unixMillis)}`;
}

/** A difference of shares: `+0.40 %`, `−1.25 %`. */
export function change(ratio: number): string {
  const share = Number((ratio * 100).toFixed(2));
  if (share === 0) return '0 %';
  return `${share < 0 ? '−' : '+'}${Math.abs(share).toFixed(2)} %`;
}

export function join({ number, unit }: Figure): string {
  return unit === '' ? number : `${number} ${unit}`;
}

function digits(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 99_999.5) return compact.format(value);
  if (size >= 99.95) return whole.format(value);
  return value.toFixed(size >= 9.995 ? 1 : 2);
}
