import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { readLivePage } from '../../src/export/live-page.ts';
import { type FleetNews, fleetHistory } from './fleet-fixture.ts';

const PAGE = new URL('../../dist/page/fleet.html', import.meta.url);
const INTERVAL_MILLIS = 1000;

/** What the page asks of the fleet service, with figures of the test's choosing. */
export class FleetServer {
  readonly url: string;
  /** What is sent from now on, once a second. */
  news: (at: number) => FleetNews;
  private readonly streams: ReadonlySet<ServerResponse>;
  private readonly end: () => Promise<void>;

  private constructor(
    url: string,
    news: (at: number) => FleetNews,
    streams: ReadonlySet<ServerResponse>,
    end: () => Promise<void>,
  ) {
    this.url = url;
    this.news = news;
    this.streams = streams;
    this.end = end;
  }

  /** On a free port of the loopback interface, or on that one. */
  static async start(news: (at: number) => FleetNews, port = 0): Promise<FleetServer> {
    const { html, policy } = await readLivePage(PAGE);
    const streams = new Set<ServerResponse>();
    const server = createServer((request, response) => {
      switch (request.url) {
        case '/':
          response
            .writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy })
            .end(html);
          break;
        case '/history.json':
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end(JSON.stringify(fleetHistory(Date.now())));
          break;
        case '/events':
          response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
          streams.add(response);
          response.on('close', () => streams.delete(response));
          send(response);
          break;
        default:
          response.writeHead(404).end();
      }
    });
    const send = (response: ServerResponse): void => {
      response.write(`event: fleet\ndata: ${JSON.stringify(fleet.news(Date.now()))}\n\n`);
    };
    const timer = setInterval(() => {
      for (const response of streams) send(response);
    }, INTERVAL_MILLIS);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const fleet = new FleetServer(`http://127.0.0.1:${address.port}/`, news, streams, async () => {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return fleet;
  }

  /** As when the service is killed, or a proxy drops the connection. */
  cut(): void {
    for (const response of this.streams) response.destroy();
  }

  async stop(): Promise<void> {
    await this.end();
  }
}
