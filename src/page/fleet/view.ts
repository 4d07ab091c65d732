import type { Chosen, FleetChoices } from './choices.ts';
import type { FleetNews } from './news.ts';
import type { FleetPast } from './past.ts';

/** Everything that a part of the page needs to draw itself. */
export interface FleetView {
  readonly news: FleetNews;
  readonly past: FleetPast;
  readonly choices: FleetChoices;
  readonly chosen: Chosen;
}
