import type { FleetHistory, HistoryEvent, HistoryPoint } from '../../contract/fleet.ts';
import { type Column, HISTORY_SECONDS, QUANTILE_KEYS } from '../history.ts';
import { type FleetNews, servicesOf } from './news.ts';

export type PastChoice = 'minutes' | 'day';

interface Series {
  readonly horizonSeconds: number;
  /** Points further apart leave a gap in the charts. */
  readonly gapSeconds: number;
  /** What each point's count was counted over. */
  readonly windowSeconds: number;
}

export const SERIES: Readonly<Record<PastChoice, Series>> = {
  minutes: { horizonSeconds: HISTORY_SECONDS, gapSeconds: 3.5, windowSeconds: 5 },
  day: { horizonSeconds: 86_400, gapSeconds: 150, windowSeconds: 60 },
};
const MINUTE_MILLIS = 60_000;

/** The columns that a chart draws. */
export interface Lines {
  /** Unix seconds. */
  readonly times: readonly number[];
  readonly quantiles: readonly Column[];
  readonly eventsPerSecond: Column;
}

/** The fleet's percentiles over time: what the service remembers, and what this page has seen since. */
export class FleetPast {
  private readonly points: Record<PastChoice, HistoryPoint[]> = { minutes: [], day: [] };

  load({ seconds, minutes }: FleetHistory): void {
    this.points.minutes = joined(seconds, this.points.minutes);
    this.points.day = joined(minutes, this.points.day);
  }

  add(news: FleetNews): void {
    const { minutes, day } = this.points;
    if (news.at > (minutes.at(-1)?.at ?? 0)) minutes.push(pointOf(news, '5s'));
    if (news.at >= (day.at(-1)?.at ?? 0) + MINUTE_MILLIS) day.push(pointOf(news, '1m'));
    for (const choice of ['minutes', 'day'] as const) {
      const oldest = news.at - SERIES[choice].horizonSeconds * 1000;
      // A clock that was set back leaves points of the future, which would hold back all others.
      this.points[choice] = this.points[choice].filter(({ at }) => at >= oldest && at <= news.at);
    }
  }

  lines(choice: PastChoice, service: string, event: string): Lines {
    const { gapSeconds, windowSeconds } = SERIES[choice];
    const times: number[] = [];
    const quantiles: Column[] = QUANTILE_KEYS.map(() => []);
    const eventsPerSecond: Column = [];
    const push = (at: number, found: HistoryEvent | undefined): void => {
      times.push(at);
      QUANTILE_KEYS.forEach((key, i) => {
        quantiles[i]?.push(found?.[key] ?? null);
      });
      eventsPerSecond.push(found === undefined ? null : found.count / windowSeconds);
    };
    for (const point of this.points[choice]) {
      const at = point.at / 1000;
      const last = times.at(-1);
      if (last !== undefined && at - last > gapSeconds) push(last + gapSeconds / 2, undefined);
      push(
        at,
        point.events.find((candidate) => candidate.service === service && candidate.event === event),
      );
    }
    return { times, quantiles, eventsPerSecond };
  }
}

/** What the service remembers, then what this page saw after it. */
function joined(loaded: readonly HistoryPoint[], seen: readonly HistoryPoint[]): HistoryPoint[] {
  const end = loaded.at(-1)?.at ?? 0;
  return [...loaded, ...seen.filter(({ at }) => at > end)];
}

function pointOf(news: FleetNews, window: '5s' | '1m'): HistoryPoint {
  const events = servicesOf(news).flatMap((statistics) =>
    statistics.events.flatMap(({ event, unit, windows }): HistoryEvent[] => {
      const { count, quantiles, compliance } = windows[window];
      if (quantiles === null) return [];
      return [{ service: statistics.service, event, unit, count, ...quantiles, compliance }];
    }),
  );
  return { at: news.at, events };
}
