import { count, NONE, percent, quantity, rate } from '../format.ts';
import { showTile, type Tile } from '../tile.ts';
import type { FleetNews } from './news.ts';
import { outliers } from './outliers.ts';
import { PHASE_WORDS } from './rollout-words.ts';

const RATE_WINDOW_SECONDS = 5;

export function renderFleetTiles(news: FleetNews): void {
  const { overall, services, round } = news;
  const events = overall.events.reduce((sum, { windows }) => sum + windows['5s'].count, 0);
  showTile('tile-rate', {
    value: rate(events / RATE_WINDOW_SECONDS),
    note: `of ${services.length} ${services.length === 1 ? 'service' : 'services'}`,
  });
  showTile('tile-pods', pods(news));
  showTile('tile-outliers', outlierTile(news));
  showTile('tile-rollout', rollout(news));
  showTile('tile-lost', {
    value: count(overall.overwritten),
    note: overall.overwritten === 0 ? `of ${count(overall.recorded)} records` : share(overall),
    tone: overall.overwritten > 0 ? 'warn' : 'plain',
  });
  showTile('tile-round', {
    value: quantity(round.durationSeconds),
    note: round.late === 0 ? 'each round on time' : `${count(round.late)} of ${count(round.rounds)} late`,
  });
}

function pods({ round: { merged, targets } }: FleetNews): Tile {
  const aside = targets - merged;
  const note = aside === 0 ? 'none set aside' : `${count(aside)} set aside`;
  return { value: `${count(merged)} of ${count(targets)}`, note, tone: aside === 0 ? 'plain' : 'warn' };
}

function outlierTile(news: FleetNews): Tile {
  const found = outliers(news);
  const [worst] = found;
  if (worst === undefined) return { value: 'none', note: 'all pods alike' };
  const distinct = new Set(found.map(({ pod }) => pod)).size;
  return { value: `${distinct}`, note: `${worst.ratio.toFixed(1)} × ${worst.pod}`, tone: 'bad' };
}

function rollout({ rollout: status }: FleetNews): Tile {
  if (status === null) return { value: NONE, note: 'not switched on' };
  const failing = status.gates.filter(({ verdict }) => verdict === 'fail').length;
  const where = status.step < 0 ? PHASE_WORDS[status.phase] : percent(status.samplingRate);
  const step = status.step < 0 ? 'no step yet' : `step ${status.step + 1} of ${status.stepCount}`;
  const gates = failing === 0 ? '' : `, ${failing} ${failing === 1 ? 'gate fails' : 'gates fail'}`;
  const isBad = failing > 0 || status.phase === 'failed';
  return { value: where, note: `${step}${gates}`, tone: isBad ? 'bad' : 'plain' };
}

function share({ overwritten, recorded }: FleetNews['overall']): string {
  return `${percent(overwritten / Math.max(recorded, 1))} of all`;
}
