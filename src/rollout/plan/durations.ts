/** Prometheus's units, and microseconds, largest first. */
const UNITS: readonly (readonly [unit: string, micros: number])[] = [
  ['y', 365 * 86_400e6],
  ['w', 7 * 86_400e6],
  ['d', 86_400e6],
  ['h', 3600e6],
  ['m', 60e6],
  ['s', 1e6],
  ['ms', 1000],
  ['us', 1],
];

/** `1h30m`, `2d`, `500us`: whole numbers, each unit at most once, the largest first; and a bare `0`. */
export const DURATION = new RegExp(
  `^(?=\\d)(?:0|${UNITS.map(([unit]) => `(?:(\\d{1,9})${unit})?`).join('')})$`,
);
export const DURATION_TEXT = 'a duration such as 90s, 2d or 1h30m';

/** Seconds; NaN of a text that is none. */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text);
  if (match === null) return Number.NaN;
  return UNITS.reduce((sum, [, micros], i) => sum + Number(match[i + 1] ?? 0) * micros, 0) / 1e6;
}

/** As `parseDuration` reads it: `1h30m`. */
export function durationSpec(seconds: number): string {
  let rest = Math.round(seconds * 1e6);
  let text = '';
  for (const [unit, micros] of UNITS) {
    if (unit === 'y' || unit === 'w' || rest < micros) continue;
    text += `${Math.floor(rest / micros)}${unit}`;
    rest %= micros;
  }
  return text === '' ? '0s' : text;
}
