// A process of its own: scrapes until its input ends, and then prints what it saw, as JSON.
import { setTimeout as delay } from 'node:timers/promises';

export interface Scrape {
  /** Unix milliseconds before the request and after the answer. */
  readonly from: number;
  readonly to: number;
  readonly status: number;
  readonly stallSeconds: number;
}

const [, , url = ''] = process.argv;
const scrapes: Scrape[] = [];
let isOver = false;
process.stdin.on('end', () => {
  isOver = true;
});
process.stdin.resume();
while (!isOver) {
  const from = Date.now();
  const response = await fetch(`${url}/metrics`);
  const line = /^perf_event_loop_stall_seconds\{.*\} (.*)$/m.exec(await response.text());
  scrapes.push({ from, to: Date.now(), status: response.status, stallSeconds: Number(line?.[1]) });
  if (scrapes.length === 1) process.stdout.write('scraping\n');
  await delay(200);
}
process.stdout.write(`${JSON.stringify(scrapes)}\n`);
