import type { EventStatistics, Statistics } from '../contract/statistics.ts';
import {
  counted,
  durationText,
  limitText,
  percentText,
  roughPercentText,
  shortPercentText,
  spanText,
  wholeText,
} from './report-units.ts';

/** Less of the tail is not worth a line. */
const NOTABLE_RATIO = 0.1;

/** One sentence for each thing that a reader should know first; none when all is well. */
export function findings(statistics: Statistics): string[] {
  const { events } = statistics;
  return [
    ...events.flatMap(brokenSla),
    ...events.flatMap(tailCauses),
    ...events.flatMap(errors),
    ...events.flatMap(stalled),
    ...losses(statistics),
    ...control(statistics),
  ];
}

function brokenSla({ event, unit, sla, compliance, breaches }: EventStatistics): string[] {
  if (sla === null || compliance === null) return [];
  if (sla.broken.length === 0 && compliance >= sla.objective) return [];
  const limit = limitText(sla.threshold, unit);
  const now = sla.broken.length > 0 ? `; broken now over ${sla.broken.join(', ')}` : '; kept again now';
  return [
    `${event}: ${percentText(compliance)} within ${limit}, objective ${shortPercentText(sla.objective)} (${counted(breaches, 'breach', 'breaches')})${now}`,
  ];
}

function tailCauses({ event, tail }: EventStatistics): string[] {
  if (tail === null) return [];
  const causes = [
    ...(tail.gcRatio >= NOTABLE_RATIO
      ? [`${roughPercentText(tail.gcRatio)} of it is garbage collection`]
      : []),
    ...(tail.stallRatio >= NOTABLE_RATIO ? [`${roughPercentText(tail.stallRatio)} event-loop stalls`] : []),
  ];
  return causes.length === 0 ? [] : [`P99.9 of ${event}: ${causes.join(', ')}`];
}

function errors({ event, errors: failed, count }: EventStatistics): string[] {
  return failed > 0
    ? [`${event}: ${wholeText(failed)} ended in an error (${percentText(failed / count)})`]
    : [];
}

function stalled({ event, stallSeconds, gcSeconds, mean, count }: EventStatistics): string[] {
  const total = (mean ?? 0) * count;
  if (!(total > 0) || gcSeconds / total < NOTABLE_RATIO) return [];
  const stalls = stallSeconds > 0 ? `, ${durationText(stallSeconds)} stalls` : '';
  return [`${event}: ${roughPercentText(gcSeconds / total)} of its time is garbage collection${stalls}`];
}

function losses({ ring, health }: Statistics): string[] {
  const calls = Object.entries(ring.rejected).filter(([, count]) => count > 0);
  const lines: string[] = [];
  if (ring.overwritten > 0) {
    const share = percentText(ring.overwritten / ring.recorded);
    const records = counted(ring.overwritten, 'record was', 'records were');
    lines.push(`${records} overwritten before being read (${share})`);
  }
  if (calls.length > 0) {
    lines.push(
      `calls that recorded nothing: ${calls.map(([why, n]) => `${why} ${wholeText(n)}`).join(', ')}`,
    );
  }
  for (const { ring: name, seconds } of health.stalls) {
    if (seconds > 0) lines.push(`the event loop of ${name} has been stalled for ${durationText(seconds)}`);
  }
  if (health.workerRestarts > 0)
    lines.push(`the worker thread was restarted ${counted(health.workerRestarts, 'time', 'times')}`);
  return lines;
}

function control({ sampling, uptimeSeconds }: Statistics): string[] {
  const lines: string[] = [];
  if (!sampling.enabled) lines.push(`measuring is switched off (${spanText(uptimeSeconds)} since start)`);
  else if (sampling.ratio < sampling.targetRatio) {
    lines.push(
      `sampling is lowered to ${percentText(sampling.ratio)} of the ${shortPercentText(sampling.targetRatio)} asked for: overhead or backlog is over its budget`,
    );
  }
  if (!sampling.configFileOk) lines.push('the options file is bad; what it said before is in force');
  return lines;
}
