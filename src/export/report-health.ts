import type { HealthStatistics } from '../contract/statistics.ts';
import { bytesText, countText, durationText, wholeText } from './report-units.ts';
import { wrappedList } from './text-table.ts';

const WIDTH = 98;

/** Garbage collection by kind, stalls, queues and memory: one line each, longer ones wrapped. */
export function health({ gc, stalls, stallSecondsTotal, queues, memoryBytes }: HealthStatistics): string[] {
  const pauses = gc.map(
    ({ kind, count, seconds, maxSeconds }) =>
      `${kind} ${countText(count)} × ${durationText(seconds / count)} (max ${durationText(maxSeconds)})`,
  );
  const stalled = stalls.filter(({ seconds }) => seconds > 0);
  const now =
    stalled.length === 0
      ? 'none now'
      : stalled.map(({ ring, seconds }) => `${ring} for ${durationText(seconds)}`).join(', ');
  const depths = Object.entries(queues).map(([name, depth]) => `${name} ${wholeText(depth)}`);
  const memory = Object.entries(memoryBytes)
    .sort(([, a], [, b]) => b - a)
    .map(([component, bytes]) => `${component} ${bytesText(bytes)}`);
  return [
    ...wrappedList('GC pauses   ', pauses.length > 0 ? pauses : ['none seen'], WIDTH),
    `stalls      ${now}; ${durationText(stallSecondsTotal)} in all`,
    ...(depths.length > 0 ? wrappedList('queues      ', depths, WIDTH) : []),
    ...(memory.length > 0 ? wrappedList('memory      ', memory, WIDTH) : []),
  ];
}
