import { CONDITIONS, type Condition } from '../../phases.ts';
import { CONDITION_NAMES } from '../wording.ts';
import { PALETTE } from './draw.ts';

/** Each condition has the same colour in every plot. */
export const CONDITION_COLOURS: Readonly<Record<Condition, string>> = {
  off: PALETTE.grey,
  off_again: PALETTE.purple,
  '10': PALETTE.orange,
  '50': PALETTE.green,
  '100': PALETTE.blue,
  burn: PALETTE.vermillion,
};

/** For the colour of a mark, by the name of its condition. */
export function conditionScale(conditions: readonly Condition[] = CONDITIONS) {
  return {
    domain: conditions.map((condition) => CONDITION_NAMES[condition]),
    range: conditions.map((condition) => CONDITION_COLOURS[condition]),
  };
}
