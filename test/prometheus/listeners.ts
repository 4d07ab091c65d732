import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface Post {
  readonly path: string;
  readonly body: string;
  /** On the clock of `performance.now()`. */
  readonly atMillis: number;
}

/** Takes what is posted to any path, as Slack, PagerDuty and webhooks do. */
export class HttpListener implements AsyncDisposable {
  readonly posts: Post[] = [];
  private readonly server: HttpServer;

  private constructor() {
    this.server = createHttpServer((request, response) => {
      this.take(request, response).catch(() => request.destroy());
    });
  }

  static async listen(): Promise<HttpListener> {
    const listener = new HttpListener();
    listener.server.listen(0, '127.0.0.1');
    await once(listener.server, 'listening');
    return listener;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${path}`;
  }

  /** Bodies of what was posted to a path, oldest first. */
  bodies<T>(path: string): T[] {
    return this.posts.filter((post) => post.path === `/${path}`).map(({ body }) => JSON.parse(body) as T);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    this.posts.push({ path, body: Buffer.concat(chunks).toString('utf8'), atMillis: performance.now() });
    // As PagerDuty answers, and as Slack's webhook does.
    response.writeHead(path === '/pagerduty' ? 202 : 200).end('ok');
  }
}

/** A mail server that takes every mail, without TLS. */
export class MailListener implements AsyncDisposable {
  readonly mails: string[] = [];
  private readonly server: Server;

  private constructor() {
    this.server = createServer((socket) => this.talk(socket));
  }

  static async listen(): Promise<MailListener> {
    const listener = new MailListener();
    listener.server.listen(0, '127.0.0.1');
    await once(listener.server, 'listening');
    return listener;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }

  private talk(socket: Socket): void {
    let text = '';
    let isData = false;
    const answer = (line: string): void => {
      socket.write(`${line}\r\n`);
    };
    socket.on('error', () => socket.destroy());
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      for (;;) {
        const end = text.indexOf(isData ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const taken = text.slice(0, end);
        text = text.slice(end + (isData ? 5 : 2));
        if (isData) {
          this.mails.push(taken);
          isData = false;
          answer('250 taken');
        } else if (taken === 'DATA') {
          isData = true;
          answer('354 go on');
        } else if (taken === 'QUIT') {
          answer('221 bye');
          socket.end();
        } else answer('250 fine');
      }
    });
    answer('220 ready');
  }
}
