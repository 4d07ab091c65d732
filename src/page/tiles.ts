import type { Statistics } from '../contract/statistics.ts';
import { count, percent, rate, span, timeOfDay } from './format.ts';
import { showTile, type Tile } from './tile.ts';

export function renderTiles(stats: Statistics): void {
  const { health, ring, sampling, uptimeSeconds, startedAt } = stats;
  const restarts = health.workerRestarts;
  showTile('tile-rate', {
    value: rate(health.eventsPerSecond),
    note: `${count(ring.recorded)} records so far`,
  });
  showTile('tile-measuring', measuring(stats));
  showTile('tile-sampling', {
    value: percent(sampling.ratio),
    note: `target ${percent(sampling.targetRatio)}${sampling.keepBreaches ? ', all breaches kept' : ''}`,
    tone: sampling.ratio < sampling.targetRatio ? 'warn' : 'plain',
  });
  showTile('tile-overhead', overhead(stats));
  showTile('tile-lost', {
    value: count(ring.overwritten),
    note:
      ring.overwritten === 0
        ? 'every record was read'
        : `${percent(ring.overwritten / ring.recorded)} of all`,
    tone: ring.overwritten > 0 ? 'warn' : 'plain',
  });
  showTile('tile-uptime', {
    value: span(uptimeSeconds),
    note: restarts > 0 ? `worker restarted ${restarts}×` : `since ${timeOfDay(startedAt)}`,
    tone: restarts > 0 ? 'warn' : 'plain',
  });
}

function measuring({ sampling }: Statistics): Tile {
  const { enabled, configFileOk, configGeneration } = sampling;
  const value = enabled ? 'on' : 'off';
  if (!configFileOk) return { value, note: 'options file is bad', tone: 'bad' };
  const note = configGeneration > 0 ? `options generation ${configGeneration}` : 'no options file';
  return { value, note, tone: enabled ? 'good' : 'warn' };
}

function overhead({ overhead: { recordRatio, aggregateRatio } }: Statistics): Tile {
  const note = `app ${percent(recordRatio)}, worker ${percent(aggregateRatio)}`;
  return { value: percent(recordRatio + aggregateRatio), note, tone: recordRatio > 0.01 ? 'warn' : 'plain' };
}
