import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { MetricsAggregator, MetricsCollector, MetricsExporter, PerfMetricsError } from '../index.ts';
import type { Candle } from './candle.ts';
import { CandleFileError, readRecordedCandles } from './candle-file.ts';
import { demoEvents } from './catalogue.ts';
import { accountLine, banner, slaLine } from './console-text.ts';
import { DataCollector } from './data-collector.ts';
import { handleFaults } from './faults-route.ts';
import { createPaperTrading, type PaperTrading } from './paper-trading.ts';
import { Random } from './random.ts';
import { createService, listen } from './service.ts';
import { readSettings, type Settings, SettingsError } from './settings.ts';
import { slowClock } from './slow-clock.ts';
import { warmUp } from './warm-up.ts';

const SYMBOL = 'SPX';
const MAX_BAD_ROWS_SHOWN = 10;
/** How long a stop waits for candles that are being processed. */
const DRAIN_MILLIS = 3000;
/** How long the banner waits for the endpoint. */
const LISTENING_MILLIS = 1000;
/** What a timer can wait. */
const LONGEST_MILLIS = 2 ** 31 - 1;

/** Runs the demo until it is stopped or its time is over. */
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const candles = await readCandles();
  warmUp(candles, settings.seed);
  const clock = slowClock(settings.overheadMicros);
  const collector = new MetricsCollector({ events: demoEvents, clock });
  const onError = (error: unknown, topic: string): void =>
    warn(`error while handling a ${topic}: ${String(error)}`);
  const trading = createPaperTrading({ collector, seed: settings.seed, onError });
  const feed = createFeed(settings, candles, trading);
  const service = settings.port === null ? null : await startService(settings, settings.port, trading);
  const aggregator = startMetrics(settings, collector, trading);

  const stop = stopSignal(settings.seconds);
  // Where it does listen; a port in use is told of instead, and stays the one to look at.
  await Promise.race([once(aggregator, 'listening'), sleep(LISTENING_MILLIS, undefined, { ref: false })]);
  const { host, port } = aggregator.address ?? collector.options;
  say(banner(settings, { metrics: `http://${host}:${port}`, service: service?.url ?? null }));
  if (settings.rate > 0) await feed.run(stop);
  else await feed.openSession();
  if (!stop.aborted) await once(stop, 'abort');

  trading.faults.clear();
  service?.server.close();
  await Promise.race([trading.engine.idle(), sleep(DRAIN_MILLIS, undefined, { ref: false })]);
  service?.server.closeAllConnections();
  await aggregator.stop();
  say(accountLine(trading, SYMBOL));
  say(new MetricsExporter(aggregator).exportSummaryReport());
}

async function readCandles(): Promise<readonly Candle[]> {
  const { candles, badRows } = await readRecordedCandles();
  for (const { line, reason } of badRows.slice(0, MAX_BAD_ROWS_SHOWN))
    warn(`candle file, line ${line} left out: ${reason}`);
  if (badRows.length > MAX_BAD_ROWS_SHOWN) warn(`candle file: ${badRows.length} rows left out in all`);
  return candles;
}

function createFeed(
  { rate, seed }: Settings,
  candles: readonly Candle[],
  { bus, engine }: PaperTrading,
): DataCollector {
  const random = new Random(seed, 'trace ids of the replay');
  return new DataCollector({ symbol: SYMBOL, candles, rate, bus, random, hasRoom: () => engine.hasRoom });
}

function startMetrics(
  settings: Settings,
  collector: MetricsCollector,
  trading: PaperTrading,
): MetricsAggregator {
  const { bus, engine, faults } = trading;
  const aggregator = new MetricsAggregator(collector.buffer);
  aggregator.registerQueue('candles', () => engine.queued);
  aggregator.registerQueue('event_bus', () => bus.depth);
  aggregator.registerMemory('price_history', () => engine.historyBytes);
  aggregator.on('violation', (change) => say(slaLine('broken', change)));
  aggregator.on('recovery', (change) => say(slaLine('recovered', change)));
  if (settings.hasFaults) aggregator.route('/faults', async (request) => handleFaults(faults, request));
  aggregator.start();
  return aggregator;
}

async function startService({ host, seed }: Settings, port: number, trading: PaperTrading) {
  const server = createService({
    trading,
    random: new Random(seed, 'trace ids of the service'),
    symbol: SYMBOL,
  });
  try {
    return { server, url: await listen(server, port, host) };
  } catch (error) {
    throw new SettingsError(
      `DEMO_PORT=${port} on ${host} cannot be listened on: ${(error as Error).message}.`,
    );
  }
}

/** Aborted by SIGINT, SIGTERM or when the time is over; keeps the process alive until then. A second signal kills it. */
function stopSignal(seconds: number | null): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const timer = setTimeout(stop, seconds === null ? LONGEST_MILLIS : seconds * 1000);
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    clearTimeout(timer);
    stop();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function warn(text: string): void {
  process.stderr.write(`demo: ${text}\n`);
}

/** What the person who started the demo can put right: one sentence and status 2. Anything else is a defect. */
function isTheirs(error: unknown): error is Error {
  return (
    error instanceof SettingsError || error instanceof CandleFileError || error instanceof PerfMetricsError
  );
}

try {
  await main();
} catch (error) {
  if (!isTheirs(error)) throw error;
  warn(error.message);
  process.exitCode = 2;
}
