import type { EventStatistics, Statistics } from '../contract/statistics.ts';
import type { WindowChoice, YScale } from './choices.ts';
import type { History } from './history.ts';

/** Everything that a part of the page needs to draw itself. */
export interface View {
  readonly stats: Statistics;
  readonly history: History;
  readonly window: WindowChoice;
  readonly scale: YScale;
  /** The event that is looked at; undefined while there is none. */
  readonly event: EventStatistics | undefined;
}
