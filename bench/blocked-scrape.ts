import { nextMessage, runChild, startChild } from './child-process.ts';
import type { BlockedAppInput, BlockedAppPorts, Blocks } from './children/blocked-app.ts';
import type { Scrape, ScraperInput } from './children/scraper.ts';
import { bootstrap, quantile } from './spread.ts';
import type { Topic } from './table.ts';

const PER_SECOND = 50;
const PAUSE_SECONDS = 2;
const GOAL_MILLIS = 10;

const FORMATS = [
  { name: 'text', accept: 'text/plain;version=0.0.4' },
  { name: 'OpenMetrics', accept: 'application/openmetrics-text;version=1.0.0' },
  {
    name: 'protobuf',
    accept: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
  },
];
const BARE = 'bare node:http in a worker thread, 20 kB';

export async function measureBlockedScrape(isQuick: boolean): Promise<Topic> {
  const given: BlockedAppInput = {
    blocks: isQuick ? 1 : 3,
    blockSeconds: isQuick ? 2.5 : 5,
    pauseSeconds: PAUSE_SECONDS,
  };
  const app = startChild('blocked-app', given);
  try {
    const { library, bare } = await nextMessage<BlockedAppPorts>(app);
    const targets = [
      ...FORMATS.map((format) => ({ ...format, url: `http://127.0.0.1:${library}/metrics` })),
      { name: BARE, url: `http://127.0.0.1:${bare}/`, accept: '*/*' },
    ];
    const seconds = given.blocks * (given.blockSeconds + PAUSE_SECONDS);
    const [blocks, scrapes] = await Promise.all([
      nextMessage<Blocks>(app),
      runChild<Scrape[]>('scraper', { targets, seconds, perSecond: PER_SECOND } satisfies ScraperInput),
    ]);
    return describe(given, blocks, scrapes);
  } finally {
    app.kill();
  }
}

function describe(given: BlockedAppInput, blocks: Blocks, scrapes: readonly Scrape[]): Topic {
  const isBlocked = ({ at }: Scrape) => blocks.some(({ from, to }) => at > from && at < to);
  // The first second is left out: connections are made and the endpoint's code is compiled.
  const warm = scrapes.filter(({ at }) => at > scrapes[0].at + 1e3);
  const rows = [...FORMATS.map(({ name }) => name), BARE].flatMap((target) =>
    [true, false].map((blocked) => {
      const those = warm.filter((scrape) => scrape.target === target && isBlocked(scrape) === blocked);
      const millis = those.map((scrape) => scrape.millis);
      return {
        name: `${target}, ${blocked ? 'thread blocked' : 'thread free'}`,
        scrapes: those.length,
        failed: those.filter(({ status }) => status !== 200).length,
        p50: quantile(millis, 0.5),
        p99: bootstrap(millis, 0.99),
        max: Math.max(...millis),
        kilobytes:
          quantile(
            those.map(({ bytes }) => bytes),
            0.5,
          ) / 1e3,
        type: those[0]?.type.split(';')[0] ?? '',
      };
    }),
  );
  const worst = rows
    .filter(({ name }) => name.endsWith('blocked') && !name.startsWith(BARE))
    .sort((a, b) => b.p99.median - a.p99.median)[0];
  return {
    id: 'blocked-scrape',
    title: `Scrapes while the application thread is blocked for ${given.blockSeconds} s (milliseconds)`,
    columns: [
      { key: 'name', label: '' },
      { key: 'scrapes', label: 'scrapes', digits: 0 },
      { key: 'failed', label: 'failed', digits: 0 },
      { key: 'p50', label: 'P50', digits: 2 },
      { key: 'p99', label: 'P99 (95 % interval)', digits: 2 },
      { key: 'max', label: 'max', digits: 2 },
      { key: 'kilobytes', label: 'kB', digits: 1 },
      { key: 'type', label: 'content type' },
    ],
    rows,
    goals: [
      {
        what: 'scrape while the application thread is blocked',
        goal: `P99 ≤ ${GOAL_MILLIS} ms`,
        measured: `${worst.p99.median.toFixed(2)} ms (${worst.name.split(',')[0]}), ${worst.failed} failed`,
        isMet: worst.p99.median <= GOAL_MILLIS && worst.failed === 0,
      },
    ],
    notes: [
      `${given.blocks} block(s); ${PER_SECOND} scrapes/s of each target from another process, kept-alive connections, in turns`,
      'before and between the blocks the application records 10,000 events/s',
    ],
  };
}
