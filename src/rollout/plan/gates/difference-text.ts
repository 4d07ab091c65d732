import { percentText } from '../../../export/report-units.ts';

/** A difference of ratios in percent; what would round to nothing is none. */
export function ratioDifferenceText(difference: number): string {
  return Math.abs(difference) < 0.000_05 ? '0 %' : percentText(difference);
}

/** `0.42 % higher`, `0.42 % lower`. */
export function higherOrLower(difference: number, shown: (value: number) => string): string {
  return `${shown(Math.abs(difference))} ${difference < 0 ? 'lower' : 'higher'}`;
}
