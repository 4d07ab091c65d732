import type { PodEventFigures, PodStatistics } from '../../contract/fleet.ts';
import type { FleetNews } from './news.ts';

/** How many times a typical pod's P99 makes an outlier. */
export const OUTLIER_RATIO = 2;
/** The P99 of fewer events in a minute says little. */
const LEAST_EVENTS = 20;

/** A pod beside the others of its service, as to one event. */
export interface PodLine {
  readonly pod: PodStatistics;
  readonly figures: PodEventFigures | null;
  /** Its P99 against that of a typical pod; null where either is not known or not positive. */
  readonly ratio: number | null;
  readonly isOutlier: boolean;
}

/** The pods of a service (`''`: of all that record the event), each compared with its own service. */
export function podLines(news: FleetNews, service: string, event: string): PodLine[] {
  const typical = new Map<string, number | null>();
  return news.pods
    .filter((pod) => (service === '' ? true : pod.service === service))
    .map((pod) => {
      if (!typical.has(pod.service)) typical.set(pod.service, typicalP99(news, pod.service, event));
      const figures = pod.figures?.events.find((candidate) => candidate.event === event) ?? null;
      const isKnown = pod.state === 'merged' && figures !== null;
      const ratio = isKnown ? against(figures.minute.quantiles?.p99, typical.get(pod.service)) : null;
      const isOutlier =
        isKnown && figures.minute.count >= LEAST_EVENTS && ratio !== null && ratio >= OUTLIER_RATIO;
      return { pod, figures, ratio, isOutlier };
    })
    .filter(({ figures, pod }) => service !== '' || figures !== null || pod.state === 'set_aside');
}

/** The outliers of all events, worst first. */
export function outliers(news: FleetNews): { pod: string; event: string; ratio: number }[] {
  return news.services
    .flatMap(({ service, events }) => events.map(({ event }) => ({ service, event })))
    .flatMap(({ service, event }) =>
      podLines(news, service, event)
        .filter(({ isOutlier }) => isOutlier)
        .map(({ pod, ratio }) => ({ pod: pod.name, event, ratio: ratio ?? 0 })),
    )
    .sort((a, b) => b.ratio - a.ratio);
}

/**
 * The lower median of the pods' P99. One slow pod of a few lifts the service's P99 towards its own, and would hide behind
 * it; of a large service only the pods with the greatest P99 are known, and the service's P99 is the lower.
 */
function typicalP99(news: FleetNews, service: string, event: string): number | null {
  const known = news.pods
    .filter((pod) => pod.service === service && pod.state === 'merged')
    .flatMap(({ figures }) => figures?.events.find((candidate) => candidate.event === event) ?? [])
    .filter(({ minute }) => minute.count >= LEAST_EVENTS)
    .flatMap(({ minute }) => minute.quantiles?.p99 ?? [])
    .sort((a, b) => a - b);
  const median = known[Math.floor((known.length - 1) / 2)];
  if (median === undefined) return null;
  return Math.min(median, serviceP99(news, service, event) ?? median);
}

export function serviceP99(news: FleetNews, service: string, event: string): number | null {
  const found = service === '' ? news.overall : news.services.find((each) => each.service === service);
  const known = found?.events.find((candidate) => candidate.event === event);
  return known?.windows['1m'].quantiles?.p99 ?? null;
}

function against(value: number | null | undefined, typical: number | null | undefined): number | null {
  if (value === null || value === undefined || typical === null || typical === undefined) return null;
  return typical > 0 ? value / typical : null;
}
