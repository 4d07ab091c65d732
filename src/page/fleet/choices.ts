import type { FleetEventStatistics } from '../../contract/fleet.ts';
import type { YScale } from '../choices.ts';
import { type FleetNews, isBroken, servicesOf } from './news.ts';
import type { PastChoice } from './past.ts';

/** What the reader is looking at. Kept in the address, so that a link or a reload shows the same. */
export interface FleetChoices {
  /** `''` is all services together. Null until it is chosen, by the reader or by the first news. */
  readonly service: string | null;
  readonly event: string | null;
  readonly scale: YScale;
  readonly past: PastChoice;
}

export function readFleetChoices(hash: string): FleetChoices {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  return {
    service: given.get('service'),
    event: given.get('event'),
    scale: given.get('scale') === 'linear' ? 'linear' : 'log',
    past: given.get('past') === 'day' ? 'day' : 'minutes',
  };
}

export function writeFleetChoices({ service, event, scale, past }: FleetChoices): string {
  const parts = new URLSearchParams({ scale, past });
  if (service !== null) parts.set('service', service);
  if (event !== null) parts.set('event', event);
  return `#${parts}`;
}

/** The chosen service and event, as far as they are there. */
export interface Chosen {
  readonly service: string;
  readonly event: FleetEventStatistics | undefined;
}

/** Where nothing is chosen: what breaks its SLA, else the first event of the first service. */
export function chosenOf(news: FleetNews, { service, event }: FleetChoices): Chosen {
  const all = servicesOf(news);
  if (service === null) {
    const broken = news.services.find(({ events }) => events.some(isBroken));
    const first = broken ?? news.services[0] ?? news.overall;
    return { service: first.service, event: first.events.find(isBroken) ?? first.events[0] };
  }
  const found = all.find((candidate) => candidate.service === service) ?? all[0] ?? news.overall;
  const named = found.events.find((candidate) => candidate.event === event);
  return { service: found.service, event: named ?? found.events[0] };
}
