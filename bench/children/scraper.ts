/** Requests several pages at a steady rate each, and notes how long each answer takes. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, input } from './channel.ts';

export interface ScraperInput {
  readonly targets: readonly { readonly name: string; readonly url: string; readonly accept: string }[];
  readonly perSecond: number;
  readonly seconds: number;
}

export interface Scrape {
  readonly target: string;
  /** Milliseconds of the machine's monotonic clock. */
  readonly at: number;
  readonly millis: number;
  readonly bytes: number;
  readonly status: number;
  readonly type: string;
}

const { targets, perSecond, seconds } = input<ScraperInput>();
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const scrapes: Promise<Scrape>[] = [];
const begun = now();
const between = 1e3 / perSecond / targets.length;
for (let i = 0; i < perSecond * seconds * targets.length; i++) {
  const due = begun + i * between;
  const wait = due - now();
  if (wait > 0) await sleep(wait);
  // From when it is sent: how late this process itself is says nothing of the endpoint.
  scrapes.push(scrape(targets[i % targets.length]));
}
await answer(await Promise.all(scrapes));

function scrape({ name, url, accept }: ScraperInput['targets'][number]): Promise<Scrape> {
  const at = now();
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers: { accept } }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('end', () => {
        const type = response.headers['content-type'] ?? '';
        resolve({ target: name, at, millis: now() - at, bytes, status: response.statusCode ?? 0, type });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

function now(): number {
  return Number(process.hrtime.bigint()) * 1e-6;
}
