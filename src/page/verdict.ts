import type { EventStatistics, Statistics } from '../contract/statistics.ts';
import type { Verdict } from './verdict-view.ts';

const MAX_NAMES = 2;

export function isBroken({ sla }: EventStatistics): boolean {
  return sla !== null && sla.broken.length > 0;
}

/** In one sentence. */
export function judge(stats: Statistics | undefined): Verdict {
  if (stats === undefined)
    return { state: 'unknown', text: 'Waiting for the first figures', title: 'perf-metrics' };
  const broken = stats.events.filter(isBroken).map(({ event }) => event);
  if (broken.length > 0) {
    const rest = broken.length > MAX_NAMES ? ` and ${broken.length - MAX_NAMES} more` : '';
    const names = broken.slice(0, MAX_NAMES).join(', ') + rest;
    return { state: 'broken', text: `SLA broken: ${names}`, title: '● SLA broken – perf-metrics' };
  }
  if (!stats.sampling.enabled) {
    return { state: 'off', text: 'Measuring is off', title: '○ off – perf-metrics' };
  }
  const judged = stats.events.filter(({ sla }) => sla !== null).length;
  if (judged === 0) return { state: 'unknown', text: 'No event has an SLA', title: 'perf-metrics' };
  return { state: 'kept', text: `All ${judged} SLAs kept`, title: '✓ SLAs kept – perf-metrics' };
}
