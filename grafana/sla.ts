import { FAMILIES } from '../src/contract/families.ts';
import type { Limit, State } from './panel-text.ts';
import { BY_EVENT, MINUTE, measured, recorded } from './series.ts';

/** Share of events that broke their SLA, over a short window. Without events there is no share. */
export function breachRatio(window: string, by: string = BY_EVENT): string {
  const over = (family: typeof FAMILIES.slaBreaches | typeof FAMILIES.events): string =>
    `sum by (${by}) (increase(${measured(family)}[${window}]))`;
  return `${over(FAMILIES.slaBreaches)} / (${over(FAMILIES.events)} > 0)`;
}

/** The burn rates at which an alert fires, by its long window. */
export const BURN_ALERTS = { '1h': 14.4, '6h': 6, '1d': 3, '3d': 1 } as const;
export type BurnWindow = keyof typeof BURN_ALERTS;

/** 1: breaches come as fast as uses the budget up by the end of its period; 14.4: that of 30 days in 50 hours. */
export function burnRate(window: BurnWindow): string {
  return recorded(FAMILIES.slaBreaches, `burnrate${window}`);
}

/**
 * Of the breaches that the objective allows over days: 1 is all left, 0 none, below 0 the promise is broken. From recorded
 * rates, whose sums over the same times have the ratio that the counts have.
 */
export function budgetLeft(window: '7d' | '30d'): string {
  const breaches = `sum_over_time(${recorded(FAMILIES.slaBreaches, 'rate5m')}[${window}])`;
  const events = `sum_over_time(${recorded(FAMILIES.events, 'rate5m')}[${window}])`;
  return `1 - ${breaches} / (${events} > 0) / (1 - ${recorded(FAMILIES.sloObjective, 'max')})`;
}

export const BUDGET_STEPS: Limit[] = [
  { value: null, color: 'red' },
  { value: 0, color: 'orange' },
  { value: 0.5, color: 'green' },
];

export const BURN_STEPS: Limit[] = [
  { value: null, color: 'green' },
  { value: BURN_ALERTS['3d'], color: 'orange' },
  { value: BURN_ALERTS['1h'], color: 'red' },
];

/** 1 for each event that breaks its SLA in any instance, over the last minute. */
export const BROKEN_NOW = `max by (${BY_EVENT}) (${measured(FAMILIES.slaBroken, MINUTE)})`;

export const BROKEN_STATES: State[] = [
  { value: 0, text: 'kept', color: 'green' },
  { value: 1, text: 'broken', color: 'red' },
];
