import { WINDOW_LABELS } from '../choices.ts';
import { momentOf } from '../format.ts';
import type { Verdict } from '../verdict-view.ts';
import { type FleetNews, isBroken, type Measurement, measurementsOf, serviceLabel } from './news.ts';
import { breakageOf, WINDOWS_BY_WIDTH } from './sla-state.ts';

/** In one sentence; no figure in it changes from second to second. */
export function judge(news: FleetNews | undefined): Verdict {
  const title = 'perf-metrics fleet';
  if (news === undefined) return { state: 'unknown', text: 'Waiting for the first figures', title };
  const measurements = measurementsOf(news);
  const broken = measurements.filter(({ event }) => isBroken(event));
  const [worst] = broken.sort((a, b) => width(a) - width(b));
  if (worst !== undefined) {
    // What all services do together breaks because one of them does: it counts only where it is alone.
    const others = broken.filter((each) => each !== worst && each.service !== '').length;
    const text = brokenText(news, worst) + (others > 0 ? `; ${others} more broken` : '');
    return { state: 'broken', text, title: '● SLA broken – perf-metrics fleet' };
  }
  if (news.round.merged === 0) {
    const text = news.round.targets === 0 ? 'No pod was found' : 'No pod could be merged';
    return { state: 'off', text, title: `○ ${text} – perf-metrics fleet` };
  }
  const judged = measurements.filter(({ event, service }) => event.sla !== null && isOwn(news, service));
  if (judged.length === 0) return { state: 'unknown', text: 'No event has an SLA', title };
  return { state: 'kept', text: `All ${judged.length} SLAs kept`, title: '✓ SLAs kept – perf-metrics fleet' };
}

function brokenText(news: FleetNews, { service, event }: Measurement): string {
  const breakage = breakageOf(news.slaChanges, service, event);
  if (breakage === null) return '';
  const since = breakage.since === null ? '' : ` since ${momentOf(breakage.since, news.at)}`;
  const whose = `${event.event} of ${serviceLabel(service)}`;
  return `${whose} breaks its SLA over ${WINDOW_LABELS[breakage.window]}${since}`;
}

/** Small for the widest window, and for services before all of them together. */
function width({ service, event }: Measurement): number {
  const index = WINDOWS_BY_WIDTH.findIndex((window) => event.sla?.broken.includes(window));
  return index + (service === '' ? WINDOWS_BY_WIDTH.length : 0);
}

function isOwn({ services }: FleetNews, service: string): boolean {
  return service !== '' || services.length === 0;
}
