import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { type Logger, pino } from 'pino';
import { Registry } from 'prom-client';
import type { FleetHistory } from '../../../src/contract/fleet.ts';
import type { RequestVerb, RolloutHandle, RolloutStatus } from '../../../src/contract/rollout.ts';
import { createFleetServer, type FleetServer } from '../../../src/fleet/serve/fleet-server.ts';
import type { FleetServerSettings } from '../../../src/fleet/serve/settings.ts';
import { historyFixture, rolloutFixture } from './fixture.ts';

export const PAGE = '<!doctype html><style>b{}</style><title>fleet</title><script>let a;</script>';
export const TOKEN = 'correct-horse-battery-staple';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A server on a free port of the loopback interface, with its page in a directory of its own. Call `close` after each test. */
export class Serving {
  readonly server: FleetServer;
  readonly lines: LogLine[];
  readonly rollout: RecordedRollout;
  readonly pagePath: string;
  /** How often the history was asked for. */
  historyReads = 0;
  port = 0;
  private readonly directory: string;
  private readonly sockets: Socket[] = [];

  private constructor(directory: string, change: Partial<FleetServerSettings>) {
    this.directory = directory;
    this.pagePath = join(directory, 'fleet.html');
    this.rollout = new RecordedRollout();
    const { log, lines } = recordedLog();
    this.lines = lines;
    const history = historyFixture();
    this.server = createFleetServer({
      host: '127.0.0.1',
      port: 0,
      log,
      token: TOKEN,
      rollout: this.rollout,
      history: (): FleetHistory => {
        this.historyReads++;
        return history;
      },
      dumps: () => ({ written: 5, failed: 1 }),
      registry: new Registry(),
      pagePath: pathToFileURL(this.pagePath),
      ...change,
    });
  }

  static async start(change: Partial<FleetServerSettings> = {}): Promise<Serving> {
    const directory = await mkdtemp(join(tmpdir(), 'perf-fleet-'));
    await writeFile(join(directory, 'fleet.html'), PAGE);
    const serving = new Serving(directory, change);
    serving.port = (await serving.server.listen()).port;
    return serving;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await this.server.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  ask(path: string, asking: Asking = {}): Promise<Reply> {
    return ask(this.port, path, asking);
  }

  /** A connection that says what it is told to, and nothing else. */
  async connection(text = ''): Promise<Connection> {
    const socket = connect(this.port, '127.0.0.1');
    this.sockets.push(socket);
    const connection = new Connection(socket);
    await once(socket, 'connect');
    if (text !== '') socket.write(text);
    return connection;
  }
}

/** A socket with what it has received. */
export class Connection {
  readonly socket: Socket;
  isClosed = false;
  text = '';

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      this.text += text;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
    });
  }
}

/** Remembers what was asked of it. */
export class RecordedRollout implements RolloutHandle {
  readonly requests: [verb: RequestVerb, by: string][] = [];
  failure: Error | null = null;
  known: RolloutStatus | null = rolloutFixture();

  status(): RolloutStatus | null {
    return this.known;
  }

  isLeader(): boolean {
    return true;
  }

  async request(verb: RequestVerb, by: string): Promise<void> {
    if (this.failure !== null) throw this.failure;
    this.requests.push([verb, by]);
  }
}

export type LogLine = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg: string };

/** A logger whose lines can be looked at. */
export function recordedLog(): { readonly log: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as LogLine);
      done();
    },
  });
  return { log: pino({ level: 'debug' }, stream), lines };
}

export async function ask(
  port: number,
  path: string,
  { method = 'GET', headers, body }: Asking = {},
): Promise<Reply> {
  const asked = request({ host: '127.0.0.1', port, path, method, agent: false, ...(headers && { headers }) });
  asked.end(body);
  const [response] = await once(asked, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const all = Buffer.concat(chunks);
  return { status: response.statusCode, headers: response.headers, body: all, text: all.toString() };
}
