import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monotonicMillis } from '../../contract/clock.ts';
import { PerfMetricsError, thrownText } from '../../contract/errors.ts';
import type { FleetStatistics } from '../../contract/fleet.ts';
import { boundConnections, MOST_CONNECTIONS } from './connections.ts';
import { EventStream, eventText } from './event-stream.ts';
import { fleetApp, SECURITY_HEADERS } from './fleet-app.ts';
import { FleetContent } from './fleet-content.ts';
import type { FleetServerSettings } from './settings.ts';
import { streamedStats } from './stream-text.ts';

/** A connection still busy this long after `close` is cut. */
const CLOSE_MILLIS = 1000;
const MAX_HEADERS = 64;
const LIMITS = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  /** Shorter than the usual scrape intervals: idle connections must not use up those allowed. */
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16 * 1024,
} as const;

export interface FleetServer {
  /** @throws PerfMetricsError `PERF_FLEET` when the address cannot be listened on. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** Resolves when nothing listens any more; answers under way get a second to end. */
  close(): Promise<void>;
  /** Once a round: what is served from now on. `digest` is a snapshot of the merged fleet. */
  update(statistics: FleetStatistics, digest: Uint8Array): void;
}

/**
 * The HTTP server of the aggregation worker. Merging runs on another thread, so clients can take its time only by taking
 * the processor: whatever can be is rendered once a round, and connections are few enough to serve.
 */
export function createFleetServer(settings: FleetServerSettings): FleetServer {
  const stream = new EventStream(SECURITY_HEADERS, monotonicMillis);
  const content = new FleetContent(settings, () => stream.size, monotonicMillis);
  const currentEvent = (): string | null => {
    const stats = content.current();
    return stats === null
      ? null
      : eventText('fleet', stats.round.rounds, JSON.stringify(streamedStats(stats)));
  };
  const server = createServer(LIMITS, fleetApp(settings, content, stream, currentEvent));
  boundConnections(server);
  server.maxHeadersCount = MAX_HEADERS;
  return {
    listen: () => listen(server, settings),
    close: () => {
      stream.close();
      return close(server);
    },
    update(statistics, digest) {
      content.update(statistics, digest);
      stream.send(() => currentEvent() ?? '');
    },
  };
}

async function listen(server: Server, { host, port }: FleetServerSettings) {
  try {
    // Those that come all at once wait in the kernel, instead of trying again after a second.
    server.listen({ port, host, backlog: MOST_CONNECTIONS });
    await once(server, 'listening');
  } catch (error) {
    const isInUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const reason = isInUse ? 'it is in use' : thrownText(error);
    throw new PerfMetricsError(
      'PERF_FLEET',
      `the fleet service cannot listen on ${host}:${port} (${reason}): choose another with --host and --port, where 0 picks a free one`,
      { cause: error },
    );
  }
  const { address, port: bound } = server.address() as AddressInfo;
  return { host: address, port: bound };
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MILLIS);
  server.close();
  await once(server, 'close');
  clearTimeout(cut);
}
