import { defineEvents } from '../index.ts';

/** What the demo measures: the default catalogue's five events, and these of its simulated exchange. */
export const demoEvents = defineEvents({
  exchange_round_trip: { slaMillis: 20, objective: 0.99 },
  order_fill_time: { slaMillis: 50, objective: 0.99 },
  slippage: { unit: 'basis_points' },
});
