import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dumpName } from '../../../src/export/dump-files.ts';
import { minuteText } from '../../../src/fleet/history/minute-dump.ts';
import type { Minute, MinuteEvent } from '../../../src/fleet/minute.ts';
import { TDigest } from '../../../src/sketch/tdigest.ts';
import { WINDOW_COMPRESSION } from '../../../src/state/event-state.ts';
import { feed } from '../../sketch/feed.ts';

export const MINUTE = 60_000;
export const START = Date.UTC(2026, 7, 7, 10);
export const WRITER = '0000000a';
export const OTHER_WRITER = '0000000b';

/** As fine as the 1 m windows. */
const window = TDigest.create(WINDOW_COMPRESSION);

/** An event with these values, all within their SLA of 10 ms unless said otherwise. */
export function eventOf(values: ArrayLike<number>, given: Partial<MinuteEvent> = {}): MinuteEvent {
  window.clear();
  feed(window, values);
  const { centroidCount, min, max, sum, exactCount } = window;
  const [means, weights] = [new Float64Array(centroidCount), new Float64Array(centroidCount)];
  window.copyCentroids(means, weights);
  return {
    service: 'orders',
    event: 'order_execution',
    unit: 'seconds',
    slaThreshold: 0.01,
    objective: 0.99,
    count: values.length,
    errors: 0,
    breaches: 0,
    digest: { means, weights, min, max, sum, exactCount },
    ...given,
  };
}

/** The minute that begins `index` minutes after START. */
export function minuteAt(index: number, events: readonly MinuteEvent[] = [eventOf([0.001])]): Minute {
  return { from: START + index * MINUTE, to: START + (index + 1) * MINUTE, events };
}

export async function putMinute(directory: string, minute: Minute, writer = WRITER): Promise<string> {
  const path = join(directory, dumpName('fleet', minute.to, writer));
  await mkdir(directory, { recursive: true });
  await writeFile(path, minuteText(minute));
  return path;
}

export async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
