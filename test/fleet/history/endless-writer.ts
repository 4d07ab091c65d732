/** `node endless-writer.ts DIRECTORY`: writes one minute after the other until it is killed, and says so of each. */
import { FleetHistoryStore } from '../../../src/fleet/history/fleet-history.ts';
import { drawSamples } from '../../sketch/distributions.ts';
import { eventOf, minuteAt } from './minutes.ts';

const ignore = (): void => undefined;
const store = new FleetHistoryStore({
  directory: process.argv[2] ?? null,
  intervalSeconds: 60,
  retentionDays: 3650,
  maxMebibytes: 512,
  log: { info: ignore, warn: ignore, error: ignore },
});
const event = eventOf(drawSamples('lognormal', 2000, 1));
const events = Array.from({ length: 40 }, (_, i) => ({ ...event, event: `event_${i}` }));
const first = Math.floor(Math.random() * 1e6);
for (let i = first; ; i++) {
  await store.addMinute(minuteAt(i, events), new Uint8Array(100_000).fill(i));
  process.stdout.write(`${i}\n`);
}
