import { FAMILIES } from '../src/contract/families.ts';
import type { Limit, State } from './panel-text.ts';
import { BY_EVENT, MINUTE, measured } from './series.ts';

/** Share of events that broke their SLA, over a window such as `1h`. Without events there is no share. */
export function breachRatio(window: string, by: string = BY_EVENT): string {
  const over = (family: typeof FAMILIES.slaBreaches | typeof FAMILIES.events): string =>
    `sum by (${by}) (increase(${measured(family)}[${window}]))`;
  return `${over(FAMILIES.slaBreaches)} / (${over(FAMILIES.events)} > 0)`;
}

/** What the objective allows to break the SLA: 0.01 for 0.99. */
export const ALLOWED_RATIO = `(1 - max by (${BY_EVENT}) (${measured(FAMILIES.sloObjective)}))`;

/** 1: breaches come as fast as uses the budget up by the end of its period; 14.4: 30 days' budget in 50 hours. */
export function burnRate(window: string): string {
  return `(${breachRatio(window)}) / ${ALLOWED_RATIO}`;
}

/** Of the breaches that the objective allows over the window: 1 is all left, 0 none, below 0 the promise is broken. */
export function budgetLeft(window: string): string {
  return `1 - ${burnRate(window)}`;
}

export const BUDGET_STEPS: Limit[] = [
  { value: null, color: 'red' },
  { value: 0, color: 'orange' },
  { value: 0.5, color: 'green' },
];

/** 1 for each event that breaks its SLA in any instance, over the last minute. */
export const BROKEN_NOW = `max by (${BY_EVENT}) (${measured(FAMILIES.slaBroken, MINUTE)})`;

export const BROKEN_STATES: State[] = [
  { value: 0, text: 'kept', color: 'green' },
  { value: 1, text: 'broken', color: 'red' },
];
