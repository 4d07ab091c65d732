import { DURATION_UNIT } from '../contract/events.ts';

export const NOTHING = '-';

const DURATION_UNITS: readonly (readonly [factor: number, unit: string])[] = [
  [1e9, 'ns'],
  [1e6, 'µs'],
  [1e3, 'ms'],
  [1, 's'],
];
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1.23 ms`: three digits, in the unit that leaves fewest zeros. */
export function durationText(seconds: number): string {
  if (seconds === 0) return '0 s';
  for (const [factor, unit] of DURATION_UNITS) {
    const text = threeDigits(seconds * factor);
    if (Math.abs(Number(text)) < 1000 && text !== '0.00') return `${text} ${unit}`;
  }
  return `${wholeText(seconds)} s`;
}

/** A quantile or maximum of an event, in its unit's own terms. */
export function valueText(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return NOTHING;
  return unit === DURATION_UNIT ? durationText(value) : plainText(value);
}

/** A limit as it was written: `50 ms`, not `50.0 ms`. */
export function limitText(value: number, unit: string): string {
  return valueText(value, unit)
    .replace(/(\.\d*?)0+(?= |$)/, '$1')
    .replace(/\.(?= |$)/, '');
}

/** `1,234,567`, and from ten million on `12.3 M`. */
export function countText(count: number): string {
  if (count < 1e7) return wholeText(count);
  if (count < 1e9) return `${threeDigits(count / 1e6)} M`;
  return count < 1e12 ? `${threeDigits(count / 1e9)} G` : count.toExponential(2);
}

export function wholeText(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A ratio as a percentage with two decimals. Neither nothing nor all is said of what only comes near: `>99.99 %`. */
export function percentText(ratio: number | null): string {
  if (ratio === null) return NOTHING;
  if (ratio === 0 || ratio === 1) return `${ratio * 100} %`;
  if (ratio > 0 && ratio < 0.000_05) return '<0.01 %';
  if (ratio >= 0.999_95 && ratio < 1) return '>99.99 %';
  return `${(ratio * 100).toFixed(ratio < 1 ? 2 : 0)} %`;
}

/** A limit as it was written: `99 %`, `99.5 %`. */
export function shortPercentText(ratio: number): string {
  return percentText(ratio)
    .replace(/(\.\d*?)0+ /, '$1 ')
    .replace('. ', ' ');
}

/** `1 breach`, `2 breaches`. */
export function counted(count: number, one: string, many: string): string {
  const text = wholeText(count);
  return `${text} ${text === '1' ? one : many}`;
}

/** Without decimals: `61 %`. */
export function roughPercentText(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}

export function bytesText(bytes: number): string {
  let unit = 0;
  let amount = bytes;
  while (amount >= 1023.5 && unit < BYTE_UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${unit === 0 ? wholeText(amount) : threeDigits(amount)} ${BYTE_UNITS[unit]}`;
}

/** `2d 3h`, `4m 05s`, `12s`: the two largest units. */
export function spanText(seconds: number): string {
  const whole = Math.floor(seconds);
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  const two = (n: number): string => String(n).padStart(2, '0');
  if (days > 0) return `${days}d ${two(hours)}h`;
  if (hours > 0) return `${hours}h ${two(minutes)}m`;
  if (minutes > 0) return `${minutes}m ${two(whole % 60)}s`;
  return `${whole}s`;
}

/** `2026-08-07 10:00:00`, UTC. */
export function dateText(unixMillis: number): string {
  return new Date(unixMillis).toISOString().slice(0, 19).replace('T', ' ');
}

/** `10:00:00.123`, UTC. */
export function clockText(unixMillis: number): string {
  return new Date(unixMillis).toISOString().slice(11, 23);
}

/** A value that is no duration. */
function plainText(value: number): string {
  const magnitude = Math.abs(value);
  if (value === 0) return '0';
  if (magnitude >= 1e7 || magnitude < 1e-3) return value.toExponential(2);
  return magnitude >= 1000 ? (value < 0 ? `-${wholeText(magnitude)}` : wholeText(value)) : threeDigits(value);
}

function threeDigits(value: number): string {
  const magnitude = Math.abs(value);
  return value.toFixed(magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2);
}
