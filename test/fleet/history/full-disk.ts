/**
 * `node full-disk.ts DIRECTORY`, where 64 KiB is the most that can be written and a dump of 40 KiB is beyond its age: two
 * minutes that are too large, of which the first is written to a disk that is full; then small ones.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dumpName } from '../../../src/export/dump-files.ts';
import { FleetHistoryStore } from '../../../src/fleet/history/fleet-history.ts';
import { drawSamples } from '../../sketch/distributions.ts';
import { eventOf, MINUTE, minuteAt, OTHER_WRITER, START } from './minutes.ts';

const directory = process.argv[2] ?? '';
const said: string[] = [];
const say = (_: unknown, message: string): void => void said.push(message);
writeFileSync(join(directory, dumpName('fleet', START - 1500 * MINUTE, OTHER_WRITER)), 'x'.repeat(40_000));
const store = new FleetHistoryStore({
  directory,
  intervalSeconds: 60,
  retentionDays: 1,
  maxMebibytes: 512,
  log: { info: say, warn: say, error: say },
});
const event = eventOf(drawSamples('lognormal', 5000, 1));
const large = Array.from({ length: 50 }, (_, i) => ({ ...event, event: `event_${i}` }));

await store.addMinute(minuteAt(0, large), new Uint8Array(10));
const afterFirst = readdirSync(directory).length;
await store.addMinute(minuteAt(1, large), new Uint8Array(10));
await store.addMinute(minuteAt(2), new Uint8Array(40_000));
await store.addMinute(minuteAt(3), new Uint8Array(10));
const { written, failed } = store;
console.log(JSON.stringify({ written, failed, said, afterFirst, files: readdirSync(directory).sort() }));
