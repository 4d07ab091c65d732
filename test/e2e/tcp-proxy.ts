import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a client and a server, and fails as networks do. */
export class TcpProxy {
  private readonly target: URL;
  private readonly pairs = new Map<Socket, Socket>();
  private server: Server | undefined;
  private isSilent = false;
  private port = 0;

  constructor(target: URL) {
    this.target = target;
  }

  /** At the same port again, after a stop. */
  async start(): Promise<number> {
    this.server = createServer((client) => this.join(client)).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
    return this.port;
  }

  private join(client: Socket): void {
    const upstream = connect(Number(this.target.port || 443), this.target.hostname);
    this.pairs.set(client, upstream);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('error', () => undefined);
      from.on('close', () => {
        this.pairs.delete(client);
        to.destroy();
      });
      from.pipe(to);
    }
    if (this.isSilent) this.mute(client, upstream);
  }

  private mute(client: Socket, upstream: Socket): void {
    client.unpipe(upstream);
    upstream.unpipe(client);
  }

  cut(): void {
    for (const [client, upstream] of this.pairs) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  }

  /** The connections there are carry nothing any more, and nobody is told; nor do those to come, until `speak`. */
  silence(): void {
    this.isSilent = true;
    for (const [client, upstream] of this.pairs) this.mute(client, upstream);
  }

  /** For connections to come. */
  speak(): void {
    this.isSilent = false;
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (server?.listening !== true) return;
    server.close();
    this.cut();
    await once(server, 'close');
  }
}
