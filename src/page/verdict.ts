import type { EventStatistics, Statistics } from '../contract/statistics.ts';
import type { ConnectionState } from './connection.ts';
import { byId, setAttribute, setText } from './dom.ts';

interface Verdict {
  readonly state: 'broken' | 'kept' | 'off' | 'unknown';
  readonly text: string;
  readonly title: string;
}

const MAX_NAMES = 2;

export function isBroken({ sla }: EventStatistics): boolean {
  return sla !== null && sla.broken.length > 0;
}

/** The one sentence that the page exists for: in its head and in the tab's title. */
export function renderVerdict(stats: Statistics | undefined, connection: ConnectionState): void {
  const { state, text, title } = judge(stats);
  const target = byId('verdict');
  const isStale = connection === 'silent' || connection === 'frozen';
  setAttribute(target, 'data-state', state);
  setText(target, isStale && stats !== undefined ? `Last known: ${text}` : text);
  const shownTitle = isStale ? '⚠ No answer – perf-metrics' : title;
  if (document.title !== shownTitle) document.title = shownTitle;
}

function judge(stats: Statistics | undefined): Verdict {
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
